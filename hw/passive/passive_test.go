// SPDX-License-Identifier: Apache-2.0

package passive_test

import (
	"context"
	"errors"
	"io/fs"
	"math/bits"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/bustest/faults"
	"owfs/hw/passive"
	"owfs/hw/serialport"
	"owfs/hw/sim"
	emulated "owfs/hw/sim/passive"
)

// A rig is a master at an emulated adapter.
type rig struct {
	adapter *emulated.Adapter
	line    *sim.Line
	bus     hw.Bus
}

func connect(t *testing.T, opts passive.Options, change func(*rig)) *rig {
	t.Helper()
	r := &rig{line: sim.NewLine(hw.Wall{})}
	r.adapter = emulated.New(r.line)
	if change != nil {
		change(r)
	}
	bus, err := passive.Attach(t.Context(), r.adapter, opts)
	if err != nil {
		t.Fatal(err)
	}
	r.bus = bus
	t.Cleanup(func() {
		bus.Close()
		r.line.Close()
		if n := r.adapter.Odd(); n != 0 {
			t.Errorf("%d pulses were neither a 1 nor a 0", n)
		}
	})
	return r
}

// weak tells the one test of the contract that wants a line which feeds nothing
// once the strong pull-up is over. Here there is none that could end, so it gets
// a port that feeds nothing at all.
func weak(t *testing.T) bool { return strings.HasSuffix(t.Name(), "strong_pull-up_too_short") }

func TestContract(t *testing.T)         { contract(t, passive.Options{}) }
func TestContractEightBit(t *testing.T) { contract(t, passive.Options{EightBit: true}) }

func contract(t *testing.T, opts passive.Options) {
	bustest.RunVirtual(t, func(t *testing.T) (hw.Bus, *sim.Line) {
		r := connect(t, opts, func(r *rig) { r.adapter.Weak = weak(t) })
		return r.bus, r.line
	})
}

// Devices differ in how long they hold the line.
func TestHolds(t *testing.T) {
	for _, hold := range []time.Duration{15, 20, 45, 60} {
		for _, eight := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, passive.Options{EightBit: eight}, func(r *rig) { r.adapter.Hold = hold * time.Microsecond })
				thermometer(t, r.line, "28.123456789ABC")
				found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
				if err != nil || len(found) != 1 || found[0].String() != "28.123456789ABC" {
					t.Errorf("held for %d µs: %v, %v", hold, found, err)
				}
			})
		}
	}
}

func thermometer(t *testing.T, line *sim.Line, name string) {
	t.Helper()
	line.Add(sim.NewDS18B20(romOf(t, name), line.Clock(), func() float64 { return 21.5 }))
}

func romOf(t *testing.T, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// onPTY is an adapter behind a pseudo terminal.
func onPTY(t *testing.T, bits int, change func(*emulated.Adapter)) (*emulated.PTY, *sim.Line) {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	a := emulated.New(line)
	if change != nil {
		change(a)
	}
	pty, err := emulated.OpenPTY(a, bits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pty.Close()
		line.Close()
	})
	return pty, line
}

// The contract through the kernel's terminals, in real time.
func TestContractOnPTY(t *testing.T) {
	t.Parallel() // it mostly waits
	bustest.Run(t, func(t *testing.T) (hw.Bus, *sim.Line) {
		pty, line := onPTY(t, 6, func(a *emulated.Adapter) { a.Weak = weak(t) })
		bus, err := passive.Open(t.Context(), pty.Name, passive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { bus.Close() })
		return bus, line
	})
}

func TestEightBitOnPTY(t *testing.T) {
	pty, line := onPTY(t, 8, nil)
	all := faults.Put(t, line, "28.000000000001")
	l := hw.NewLine(func(ctx context.Context) (hw.Bus, error) {
		return passive.Open(ctx, pty.Name, passive.Options{EightBit: true})
	})
	defer l.Close()
	err := l.Do(t.Context(), func(tx *hw.Tx) error {
		if err := all.List(t, tx); err != nil {
			return err
		}
		return all.Read(t, tx)
	})
	if err != nil {
		t.Error(err)
	}
}

// Whether a device is there is asked in few turns, as each may take 16 ms at a
// USB port: the reset, the way to the last 1 of the code at once, and one for
// each bit behind that.
func TestFewTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := 0
		r := connect(t, passive.Options{Trace: func(toLine bool, _ []byte) {
			if toLine {
				turns++
			}
		}}, nil)
		for _, name := range []string{"28.000000000001", "28.000000000002", "28.FFFFFFFFFFFF"} {
			thermometer(t, r.line, name)
			rom := romOf(t, name)
			want := 2 + bits.LeadingZeros8(rom[7])
			turns = 0
			there, err := hw.Verify(t.Context(), r.bus, hw.SearchROM, rom)
			if !there || err != nil || turns > want {
				t.Errorf("%s: %v, %v in %d turns, want %d", name, there, err, turns, want)
			}
		}
		// One that is not there is missed where its code leaves that of the last
		// other: the code ends in 03, the other in 01, from bit 49 on.
		left, there, err := hw.Follow(t.Context(), r.bus, hw.SearchROM, romOf(t, "28.000000000003"))
		if there || err != nil || left != 50 {
			t.Errorf("a device that is not there: missed at bit %d, %v, %v", left, there, err)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	want := func(name string, cause error, hint string) {
		t.Helper()
		bus, err := passive.Open(t.Context(), name, passive.Options{Timeout: 50 * time.Millisecond})
		if err == nil {
			bus.Close()
			t.Fatalf("%s was opened", name)
		}
		var e *passive.OpenError
		if !errors.As(err, &e) || !errors.Is(err, cause) || hw.IsLine(err) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: %v; want %v with a hint that says %q", name, err, cause, hint)
		}
	}
	want("/dev/ttyNOWHERE", fs.ErrNotExist, "plugged in")
	pty, _ := onPTY(t, 6, nil)
	pty.Adapter.SetFaults(emulated.Faults{Lose: 1, Rand: seeded()})
	want(pty.Name, passive.ErrNoAnswer, "--device=")
	pty.Adapter.SetFaults(emulated.Faults{})
	bus, err := passive.Open(t.Context(), pty.Name, passive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want(pty.Name, serialport.ErrInUse, "fuser")
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	bus, err = passive.Open(t.Context(), pty.Name, passive.Options{})
	if err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	bus.Close()
}
