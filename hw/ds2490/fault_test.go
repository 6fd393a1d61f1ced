// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest/faults"
	"owfs/hw/sim/usb"
)

// With transfers that stall, are cut short or babble, each operation gives the
// right value or an error, and nearly all errors are such that another try is
// made.
func TestFaults(t *testing.T) {
	for name, f := range map[string]usb.Faults{
		"stall":  {Stall: 0.005},
		"short":  {Short: 0.005},
		"babble": {Babble: 0.005},
		"all":    {Stall: 0.01, Short: 0.01, Babble: 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { underFaults(t, f) })
		})
	}
}

func underFaults(t *testing.T, f usb.Faults) {
	var all *faults.Thermometers
	r := connect(t, Options{}, func(r *rig) {
		all = faults.Put(t, r.line, faults.Three()...)
		for _, chip := range all.Chips {
			chip.SetParasite(true)
		}
	})
	f.Rand = rand.New(rand.NewPCG(5, 6))
	r.faulty.SetFaults(f)
	faults.Run(t, faults.Trial{
		// The cable stays plugged in when the master is opened anew.
		Line: hw.NewLine(func(ctx context.Context) (hw.Bus, error) { return Attach(ctx, r.cable, Options{}) }),
		Steps: []faults.Step{
			all.List,
			func(t testing.TB, tx *hw.Tx) error { return bitsRight(t, tx, all.Next()) },
			func(t testing.TB, tx *hw.Tx) error { return convertsRight(t, tx, all.Next()) },
		},
		Heal: func() {
			t.Logf("%d transfers disturbed", r.faulty.Hits())
			r.faulty.SetFaults(usb.Faults{})
		},
		Good: 1. / 2, Adapter: 1. / 50, Sick: true, Back: 1,
	})
}

func convertsRight(t testing.TB, tx *hw.Tx, rom hw.ROM) error {
	if err := tx.Command(rom); err != nil {
		return err
	}
	if err := tx.Power(0x44, 750*time.Millisecond); err != nil {
		return err
	}
	p, err := tx.Exchange(rom, 9, 0xBE)
	if err != nil {
		return err
	}
	if hw.CRC8(p) != 0 {
		return tx.CRCFailed("scratchpad")
	}
	if got := int(p[1])<<8 | int(p[0]); got != 344 { // in 1/16 °C; without power it stays at 85 °C
		t.Errorf("%d/16 °C, want 21.5 °C", got)
	}
	return nil
}

// bitsRight reads a scratchpad bit by bit.
func bitsRight(t testing.TB, tx *hw.Tx, rom hw.ROM) error {
	if err := tx.Command(rom, 0xBE); err != nil {
		return err
	}
	var p [9]byte
	for i := range 72 {
		bit, err := tx.Bit()
		if err != nil {
			return err
		}
		p[i/8] |= bit << (i % 8)
	}
	if hw.CRC8(p[:]) != 0 || p[2] != 75 || p[3] != 70 {
		t.Errorf("scratchpad % X by bits, on a good line", p)
	}
	return nil
}

// Each single transfer of an operation fails once in each way: the operation
// gives the right value or an error of the line, and is well at the next try.
func TestEachTransfer(t *testing.T) {
	for name, how := range map[string]usb.Faults{"stall": {Stall: 1}, "short": {Short: 1}, "babble": {Babble: 1}} {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				reached := false
				synctest.Test(t, func(t *testing.T) { reached = failsOnce(t, how, n) })
				if !reached {
					t.Logf("%d transfers", n)
					break
				}
			}
		})
	}
}

// failsOnce lets transfer number n fail. It returns false if there were fewer.
func failsOnce(t *testing.T, how usb.Faults, n int) (reached bool) {
	var at *nth
	r := connect(t, Options{}, func(r *rig) {
		r.thermometer(t, "28.000000000001")
		r.thermometer(t, "28.000000000002")
	})
	how.Rand = rand.New(rand.NewPCG(1, 1))
	at = &nth{Device: r.chip, faulty: r.faulty, how: how, left: n}
	r.cable.device = at
	all := func() (found []hw.ROM, p []byte, power byte, err error) {
		if found, err = hw.Search(t.Context(), r.bus, hw.SearchROM); err != nil {
			return
		}
		if _, err = r.bus.Reset(t.Context()); err != nil {
			return
		}
		p = append([]byte{hw.SkipROM, 0xBE}, slices.Repeat([]byte{0xFF}, 9)...)
		if err = r.bus.Touch(t.Context(), p); err != nil {
			return
		}
		if err = r.bus.Bits(t.Context(), []byte{1, 0, 1}); err != nil {
			return
		}
		if _, err = r.bus.Reset(t.Context()); err != nil {
			return
		}
		power, err = r.bus.Power(t.Context(), 0xCC, 100*time.Millisecond)
		return
	}
	for try := range 2 {
		found, p, power, err := all()
		switch {
		case try == 0 && hw.IsLine(err):
			continue
		case err != nil:
			t.Errorf("transfer %d, try %d: %v", n, try, err)
		case len(found) != 2 || hw.CRC8(p[2:]) != 0 || p[2] != 0x50 || power != 0xCC:
			t.Errorf("transfer %d, try %d: %v, % X, %02X", n, try, found, p, power)
		}
		break
	}
	return at.left < 0
}

// An nth is a device of which one transfer fails.
type nth struct {
	usb.Device
	faulty *usb.Faulty
	how    usb.Faults
	left   int // before the one that fails
}

func (n *nth) turn() usb.Device {
	n.left--
	if n.left == -1 {
		n.faulty.SetFaults(n.how)
		return n.faulty
	}
	n.faulty.SetFaults(usb.Faults{})
	return n.Device
}

func (n *nth) Control(ctx context.Context, s usb.Setup, out []byte) ([]byte, error) {
	return n.turn().Control(ctx, s, out)
}

func (n *nth) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	return n.turn().In(ctx, endpoint, most)
}

func (n *nth) Out(ctx context.Context, endpoint byte, p []byte) (int, error) {
	return n.turn().Out(ctx, endpoint, p)
}

// Unplugged in the middle of a conversion: who waits is told at once, and so is
// who comes next.
func TestUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		r.thermometer(t, "28.000000000001")
		go func() {
			time.Sleep(200 * time.Millisecond)
			r.chip.Close()
		}()
		began := time.Now()
		_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
		if !errors.Is(err, ErrGone) || hw.IsLine(err) {
			t.Errorf("a pull-up gives %v", err)
		}
		if took := time.Since(began); took > 800*time.Millisecond {
			t.Errorf("it took %v to tell", took)
		}
		for range 2 {
			began = time.Now()
			if _, err := r.bus.Reset(t.Context()); !errors.Is(err, ErrGone) || hw.IsLine(err) || time.Since(began) > 0 {
				t.Errorf("a reset gives %v after %v", err, time.Since(began))
			}
		}
	})
}
