// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/ds2490"
	"owfs/hw/sim/usb"
)

// patient is for a machine that is ten times slower than others.
func patient() ds2490.Options { return ds2490.Options{Timeout: 3 * time.Second} }

// readsAll lists a stick with our master and reads each of its thermometers.
func readsAll(t testing.TB, l *hw.Line, s *stick) {
	t.Helper()
	if err := tryAll(t.Context(), l, s); err != nil {
		t.Error(err)
	}
}

func tryAll(ctx context.Context, l *hw.Line, s *stick) error {
	return l.Do(ctx, func(tx *hw.Tx) error {
		found, err := tx.Search(hw.SearchROM)
		if err != nil {
			return err
		}
		own := false
		for _, id := range found {
			if _, ok := s.celsius[id]; !ok && id != s.id {
				return fmt.Errorf("found %v, which is not there", id)
			}
			own = own || id == s.id
		}
		if len(found) != len(s.celsius)+1 || !own {
			return fmt.Errorf("found %d devices, want %d; the stick's own: %v", len(found), len(s.celsius)+1, own)
		}
		if err := tx.Command(hw.ROM{}); err != nil {
			return err
		}
		if err := tx.Power(0x44, 750*time.Millisecond); err != nil {
			return err
		}
		for id, want := range s.celsius {
			p, err := tx.Exchange(id, 9, 0xBE)
			if err != nil {
				return err
			}
			if !tx.CheckCRC8(p) {
				return tx.CRCFailed("scratchpad")
			}
			if got := float64(int16(uint16(p[0])|uint16(p[1])<<8)) / 16; got != want {
				return fmt.Errorf("%v has %v °C, want %v: %w", id, got, want, errWrong)
			}
		}
		return nil
	})
}

var errWrong = errors.New("a wrong value")

// Our master takes the stick from the kernel's driver, reads it, and gives it
// back.
func TestMasterTakesDS2490(t *testing.T) {
	s := newStick(t, 1, 20)
	name := s.plug()
	w1Finds(t, s) // the kernel's driver has it

	sticks, err := ds2490.Find(t.Context())
	if err != nil || len(sticks) != 1 || sticks[0].Path() != name {
		t.Fatalf("finds %v, %v, want %s", sticks, err, name)
	}
	if bus, device, err := s.port.Address(); err != nil || sticks[0].Bus != bus || sticks[0].Address != device {
		t.Errorf("it is at %v, want %d:%d, %v", sticks[0], bus, device, err)
	}
	began := time.Now()
	bus, err := ds2490.Open(t.Context(), "", patient())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("opened in %v", time.Since(began).Round(time.Millisecond))
	if n := len(w1Masters(t)); n != 0 {
		t.Errorf("the kernel still has %d bus masters", n)
	}
	id, ok, err := bus.(*ds2490.Bus).OwnID(t.Context())
	if err != nil || !ok || id != s.id {
		t.Errorf("its own code is %v, %v, %v, want %v", id, ok, err, s.id)
	}
	odd := s.chip.Odd() // what the kernel's driver has asked for is its own affair
	l := hw.NewLine(func(context.Context) (hw.Bus, error) { return bus, nil })
	began = time.Now()
	readsAll(t, l, s)
	t.Logf("20 sensors listed, converted and read in %v", time.Since(began).Round(time.Millisecond))
	if _, err := ds2490.Open(t.Context(), name, patient()); !errors.Is(err, ds2490.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if all := s.chip.Oddities(); len(all) > odd {
		t.Errorf("requests that the data sheet does not know: %q", all[odd:])
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	w1Finds(t, s) // it has it again
}

// The adapter may come late, go at any time, and come back.
func TestMasterReplugsDS2490(t *testing.T) {
	s := newStick(t, 1, 3)
	open := ds2490.Opener("", patient())
	if _, err := open(t.Context()); !errors.Is(err, ds2490.ErrNotFound) {
		t.Fatalf("without a stick: %v", err)
	}
	l := hw.NewLine(open)
	defer l.Close()
	s.plug()
	comesBack(t, l, s)
	var healed []time.Duration
	var told time.Duration
	const times = 10 // fifty are TestMountReplug's
	for i := range times {
		s.hunger()
		// In the middle of a conversion, or between.
		if i%5 == 0 {
			done := make(chan error, 1)
			go func() {
				done <- l.Do(context.Background(), func(tx *hw.Tx) error {
					if err := tx.Command(hw.ROM{}); err != nil {
						return err
					}
					return tx.Power(0x44, 750*time.Millisecond)
				})
			}()
			time.Sleep(200 * time.Millisecond)
			s.unplug()
			if err := <-done; err == nil || hw.IsLine(err) {
				t.Errorf("unplugged while converting: %v", err)
			}
		} else {
			s.unplug()
		}
		began := time.Now()
		err := l.Do(t.Context(), func(tx *hw.Tx) error { return tx.Reset() })
		if err == nil || hw.IsLine(err) {
			t.Errorf("unplugged: %v", err)
		}
		told = max(told, time.Since(began))
		s.plug()
		healed = append(healed, answers(t, l).Round(time.Millisecond))
		if i%5 == 0 {
			readsAll(t, l, s)
		}
	}
	slices.Sort(healed)
	limit := s.healing()
	t.Logf("replugged %d times; an error came within %v, the first good answer within %v, mostly %v, limit %v, starved by %.1f",
		times, told.Round(time.Millisecond), healed[times-1], healed[times/2], limit, s.starved)
	// How long it takes to get the stick from the kernel's driver, which has it
	// first, goes by how busy this slow machine is.
	if healed[times/2] > limit || told > 2*limit {
		t.Errorf("it is told after %v, and heals after %v", told, healed)
	}
}

// comesBack waits for a reset that is answered, and then reads all.
func comesBack(t testing.TB, l *hw.Line, s *stick) {
	t.Helper()
	answers(t, l)
	readsAll(t, l, s)
}

// answers waits for a reset that is answered.
func answers(t testing.TB, l *hw.Line) time.Duration {
	t.Helper()
	return eventually(t, hung, "our master's return", func() error {
		began := time.Now()
		err := l.Do(t.Context(), func(tx *hw.Tx) error { return tx.Reset() })
		if err != nil {
			t.Logf("not yet, after %v: %v", time.Since(began).Round(time.Millisecond), err)
		}
		return err
	})
}

// Two sticks, each by all of its names.
func TestMasterTwoDS2490(t *testing.T) {
	one, two := newStick(t, 1, 2), newStick(t, 2, 3)
	place := map[*stick]string{one: one.plug(), two: two.plug()}
	for i, s := range []*stick{one, two} {
		bus, device, err := s.port.Address()
		if err != nil {
			t.Fatal(err)
		}
		for _, which := range []string{fmt.Sprint(i + 1), place[s], fmt.Sprintf("%d:%d", bus, device), s.id.String()} {
			l := hw.NewLine(func(ctx context.Context) (hw.Bus, error) { return ds2490.Open(ctx, which, patient()) })
			if err := tryAll(t.Context(), l, s); err != nil {
				t.Errorf("stick %d as %q: %v", i+1, which, err)
			}
			if err := l.Close(); err != nil {
				t.Errorf("stick %d as %q: %v", i+1, which, err)
			}
		}
	}
	// Both at once; the first one goes and comes back while the other works.
	lines := map[*stick]*hw.Line{one: hw.NewLine(ds2490.Opener("1", patient())), two: hw.NewLine(ds2490.Opener("", patient()))}
	readsAll(t, lines[one], one)
	readsAll(t, lines[two], two) // the first one is taken
	one.unplug()
	readsAll(t, lines[two], two)
	if err := tryAll(t.Context(), lines[one], one); err == nil {
		t.Error("a stick that is gone answers")
	}
	one.plug()
	comesBack(t, lines[one], one)
	readsAll(t, lines[two], two)
	for _, l := range lines {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Transfers that fail on their way through the kernel: never a wrong value.
func TestMasterOnBadCable(t *testing.T) {
	s := newStick(t, 1, 2)
	faulty := &usb.Faulty{Device: s.chip}
	s.device = faulty
	s.plug()
	opts := patient()
	opts.Timeout = time.Second
	l := hw.NewLine(ds2490.Opener("", opts))
	defer l.Close()
	readsAll(t, l, s)
	faulty.SetFaults(usb.Faults{Stall: 0.005, Short: 0.005, Babble: 0.005, Rand: rand.New(rand.NewPCG(1, 2))})
	good, failed := 0, 0
	for range 20 {
		err := tryAll(t.Context(), l, s)
		switch {
		case err == nil:
			good++
		case errors.Is(err, errWrong) || strings.Contains(err.Error(), "found"):
			t.Error(err)
		default:
			failed++
		}
	}
	t.Logf("%d transfers disturbed, %d of 20 rounds good", faulty.Hits(), good)
	if good == 0 || failed == 0 {
		t.Errorf("%d rounds good, %d failed", good, failed)
	}
	faulty.SetFaults(usb.Faults{})
	comesBack(t, l, s)
}

// Who may not use the stick is told which udev rule mends it.
func TestMasterWithoutPermission(t *testing.T) {
	s := newStick(t, 1, 1)
	s.plug()
	if err := syscall.Setresuid(-1, 65534, 0); err != nil {
		t.Fatal(err)
	}
	_, err := ds2490.Open(t.Context(), "", patient())
	if back := syscall.Setresuid(-1, 0, 0); back != nil {
		t.Fatal(back)
	}
	var e *ds2490.OpenError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &e) || !strings.Contains(e.Advice(), "60-owfs.rules") {
		t.Errorf("%v", err)
	}
}
