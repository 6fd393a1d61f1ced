// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/w1"
	"owfs/owproto"
)

// w1Log sends what w1 logs to the test's log.
func w1Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// w1Open plugs a stick in and opens the kernel's bus master for it.
func w1Open(t testing.TB, s *stick, opts w1.Options) hw.Bus {
	t.Helper()
	opts.Log = w1Log(t)
	s.plug()
	w1Finds(t, s)
	found, err := w1.Find(within(t, time.Minute), opts)
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	bus, err := w1.Open(within(t, time.Minute), found[0].ID, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

// w1Search finds the stick's devices and nothing else.
func w1Search(t testing.TB, s *stick, bus hw.Bus, command byte, want []hw.ROM) {
	t.Helper()
	began := time.Now()
	found, err := hw.Search(within(t, 60*time.Second), bus, command)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range want {
		if !slices.Contains(found, id) {
			t.Errorf("%v is missing", id)
		}
	}
	if len(found) != len(want) {
		t.Errorf("found %v, want %d devices", found, len(want))
	}
	t.Logf("a search for %d devices took %v", len(want), time.Since(began).Round(time.Millisecond))
}

// w1Convert lets all thermometers convert.
func w1Convert(t testing.TB, bus hw.Bus) {
	t.Helper()
	ctx := within(t, 60*time.Second)
	if present, err := bus.Reset(ctx); err != nil || !present {
		t.Fatalf("reset: %v, %v", present, err)
	}
	if err := bus.Touch(ctx, []byte{hw.SkipROM}); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Power(ctx, 0x44, 750*time.Millisecond); err != nil {
		t.Fatal(err)
	}
}

// w1Reads compares a thermometer's scratchpad, whose CRC must be right.
func w1Reads(t testing.TB, bus hw.Bus, id hw.ROM, celsius float64) {
	t.Helper()
	ctx := within(t, 60*time.Second)
	if present, err := bus.Reset(ctx); err != nil || !present {
		t.Fatalf("reset: %v, %v", present, err)
	}
	p := slices.Concat([]byte{hw.MatchROM}, id[:], []byte{0xBE}, slices.Repeat([]byte{0xFF}, 9))
	began := time.Now()
	if err := bus.Touch(ctx, p); err != nil {
		t.Fatal(err)
	}
	p = p[10:]
	if got := float64(int16(p[0])|int16(p[1])<<8) / 16; hw.CRC8(p) != 0 || got != celsius {
		t.Errorf("%v reads % X, %v °C, want %v", id, p, got, celsius)
	}
	t.Logf("%v: %v °C in %v", id, celsius, time.Since(began).Round(time.Millisecond))
}

func (s *stick) ids() (all []hw.ROM) {
	for id := range s.celsius {
		all = append(all, id)
	}
	return append(all, s.id)
}

// Twenty thermometers behind the kernel's ds2490, by netlink.
func TestW1Netlink(t *testing.T) {
	s := newStick(t, 1, 20)
	bus := w1Open(t, s, w1.Options{})
	if _, ok := bus.(*w1.Bus); !ok {
		t.Fatalf("the bus is a %T, not one by netlink", bus)
	}
	w1Search(t, s, bus, hw.SearchROM, s.ids())
	w1Search(t, s, bus, hw.AlarmSearch, nil)
	w1Convert(t, bus)
	for id, celsius := range s.celsius {
		w1Reads(t, bus, id, celsius)
	}
	for id := range s.celsius {
		there, err := hw.Verify(within(t, time.Minute), bus, hw.SearchROM, id)
		if err != nil || !there {
			t.Errorf("%v is there, but: %v, %v", id, there, err)
		}
		break
	}
	there, err := hw.Verify(within(t, time.Minute), bus, hw.SearchROM, romOf(t, 0x28, 0x55AA55AA))
	if err != nil || there {
		t.Errorf("a device that is not there: %v, %v", there, err)
	}
	s.odd()
	// The kernel's own driver reads the same.
	for id := range s.celsius {
		w1Temperature(t, s, id)
		break
	}
}

// The kernel's search is off while the master is used, and on again after.
func TestW1KernelSearchOff(t *testing.T) {
	s := newStick(t, 1, 1)
	bus := w1Open(t, s, w1.Options{})
	name := w1Masters(t)[0] + "/w1_master_search"
	if text, err := readTrimmed(name); text != "0" {
		t.Errorf("w1_master_search is %q, %v; want 0", text, err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	if text, err := readTrimmed(name); text != "-1" {
		t.Errorf("w1_master_search is %q, %v; want -1", text, err)
	}
}

// A stick that is pulled out is an error at once, and comes back as a master of
// a new number; both are told by Watch.
func TestW1Replug(t *testing.T) {
	s := newStick(t, 1, 2)
	var mu sync.Mutex
	var seen []string
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- w1.Watch(ctx, w1.Options{Log: w1Log(t)}, func(e w1.Event) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, e.String())
		})
	}()
	tells := func(what string) {
		t.Helper()
		took := eventually(t, hung, what, func() error {
			mu.Lock()
			defer mu.Unlock()
			if !slices.ContainsFunc(seen, func(have string) bool { return strings.Contains(have, what) }) {
				return fmt.Errorf("told of %v", seen)
			}
			return nil
		})
		t.Logf("%q after %v", what, took)
	}
	bus := w1Open(t, s, w1.Options{})
	tells("w1_bus_master1 has come")
	for id := range s.celsius {
		tells(id.String() + " has come")
	}
	s.unplug()
	began := time.Now()
	_, err := bus.Reset(within(t, time.Minute))
	if err == nil || hw.IsLine(err) {
		t.Errorf("a stick that was pulled out: %v", err)
	}
	t.Logf("%v after %v", err, time.Since(began).Round(time.Millisecond))
	tells("w1_bus_master1 has left")
	bus.Close()
	mu.Lock()
	seen = nil
	mu.Unlock()
	bus = w1Open(t, s, w1.Options{})
	tells("w1_bus_master")
	w1Search(t, s, bus, hw.SearchROM, s.ids())
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A stick that is pulled out while it is spoken to leaves nobody waiting.
func TestW1UnpluggedInTransaction(t *testing.T) {
	s := newStick(t, 1, 1)
	for _, after := range []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond} {
		bus := w1Open(t, s, w1.Options{})
		ctx := within(t, 60*time.Second)
		ended := make(chan error)
		go func() {
			for {
				if _, err := bus.Reset(ctx); err != nil {
					ended <- err
					return
				}
				err := bus.Touch(ctx, slices.Concat([]byte{hw.SkipROM, 0xBE}, slices.Repeat([]byte{0xFF}, 9)))
				if err != nil && !hw.IsLine(err) {
					ended <- err
					return
				}
			}
		}()
		time.Sleep(after)
		began := time.Now()
		s.unplug()
		select {
		case err := <-ended:
			t.Logf("%v after %v", err, time.Since(began).Round(time.Millisecond))
		case <-time.After(hung):
			t.Fatal("the reader still waits")
		}
		bus.Close()
	}
}

// Where netlink is refused, the same temperatures come from sysfs.
func TestW1Sysfs(t *testing.T) {
	s := newStick(t, 1, 3)
	bus := w1Open(t, s, w1.Options{Dial: w1Elsewhere})
	if _, ok := bus.(*w1.SysBus); !ok {
		t.Fatalf("the bus is a %T", bus)
	}
	w1Search(t, s, bus, hw.SearchROM, s.ids())
	w1Convert(t, bus)
	for id, celsius := range s.celsius {
		w1Reads(t, bus, id, celsius)
	}
}

// The C program lists and reads the same, by the same netlink.
func TestW1Owserver(t *testing.T) {
	s := newStick(t, 1, 5)
	bus := w1Open(t, s, w1.Options{})
	w1Search(t, s, bus, hw.SearchROM, s.ids())
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	c := &owproto.Client{Addr: startOwserver(t, "--w1"), Deadline: time.Minute}
	defer c.Close()
	ctx := within(t, 2*time.Minute)
	var found []string
	eventually(t, time.Minute, "owserver's listing", func() error {
		if found = list(ctx, t, c); len(found) < len(s.ids()) {
			return fmt.Errorf("it lists %v", found)
		}
		return nil
	})
	for id, want := range s.celsius {
		text, err := c.Read(ctx, "/"+id.String()+"/temperature", 0, 64, 0)
		got, bad := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err != nil || bad != nil || got != want {
			t.Errorf("%v: owserver reads %q, %v, want %v", id, text, err, want)
		}
	}
}
