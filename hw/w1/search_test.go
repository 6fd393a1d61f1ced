// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/w1kernel"
)

// A search takes the kernel's slots and one reset more.
func TestSearch(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.finds(hw.SearchROM, nil)
		for _, n := range []int{1, 2, 17} {
			want := r.crowd(n)
			before := r.line.Counts()
			found, err := hw.Search(r.Context(), r.bus, hw.SearchROM)
			r.check(err)
			for _, name := range want {
				if !slices.Contains(names(found), name) {
					r.Errorf("%s is missing", name)
				}
			}
			after := r.line.Counts()
			if got, want := after.Slots-before.Slots, uint64(len(found)*200); got != want {
				r.Errorf("a search for %d devices took %d slots, want %d", len(found), got, want)
			}
			if got, want := after.Resets-before.Resets, uint64(len(found)+1); got != want {
				r.Errorf("a search for %d devices took %d resets, want %d", len(found), got, want)
			}
		}
	})
}

// The kernel takes no more than so many devices at once, and may be in the
// middle when we come.
func TestSearchManyDevices(t *testing.T) {
	for _, n := range []int{9, 10, 11, 23, 30} {
		virtual(t, w1kernel.Driver{Most: 10}, func(r *rig) {
			want := r.crowd(n)
			r.finds(hw.SearchROM, want)
			r.check(r.bus.Close())
			r.opts.Shared = true
			r.open()
			for range 5 {
				r.check(r.kernel.Tick(r.id)) // the kernel's own search goes on as well
				r.finds(hw.SearchROM, want)
			}
		})
	}
}

func TestAlarmSearch(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 72)
		r.thermometer("28.000000000002", 99)
		r.thermometer("28.000000000003", 20)
		r.finds(hw.AlarmSearch, nil)
		r.command(hw.SkipROM, 0x44)
		r.check(hw.Wall{}.Sleep(r.Context(), 760*time.Millisecond))
		r.finds(hw.AlarmSearch, []string{"28.000000000002", "28.000000000003"}) // TH is 75, TL 70
	})
}

// Verify selects the device, and takes one pass whether it is there or not.
func TestVerify(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 20)
		r.thermometer("28.000000000002", 20)
		for name, want := range map[string]bool{"28.000000000001": true, "28.000000000002": true, "28.000000000003": false, "28.FFFFFFFFFFFF": false} {
			before := r.line.Counts()
			there, err := hw.Verify(r.Context(), r.bus, hw.SearchROM, r.rom(name))
			if err != nil || there != want {
				r.Errorf("%s: %v, %v", name, there, err)
			}
			after := r.line.Counts()
			if slots, resets := after.Slots-before.Slots, after.Resets-before.Resets; slots != 200 || resets != 1 {
				r.Errorf("%s: %d slots and %d resets, want 200 and 1", name, slots, resets)
			}
		}
		there, err := hw.Verify(r.Context(), r.bus, hw.SearchROM, r.rom("28.000000000002"))
		if err != nil || !there {
			r.Fatal(there, err)
		}
		r.touch(0x4E, 11, 12, 0x7F)
		for name, th := range map[string]byte{"28.000000000001": 75, "28.000000000002": 11} {
			rom := r.rom(name)
			r.command(slices.Concat([]byte{hw.MatchROM}, rom[:], []byte{0xBE})...)
			if p := r.touch(ff(9)...); hw.CRC8(p) != 0 || p[2] != th {
				r.Errorf("%s has % X in its scratchpad, want TH %d", name, p, th)
			}
		}
		// The bit at which 03 leaves the way of the others, which are 01 and 02.
		left, there, err := hw.Follow(r.Context(), r.bus, hw.SearchROM, r.rom("28.000000000003"))
		if there || err != nil || left != 50 {
			r.Errorf("left at bit %d, %v, %v; want 50", left, there, err)
		}
	})
}

func TestSearchPass(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		// In the order of the search, 01 differs from 02 and 03 at bit 9.
		for _, name := range []string{"28.010000000000", "28.020000000000", "28.030000000000"} {
			r.thermometer(name, 20)
		}
		for range 2 {
			var from hw.ROM
			turn := 0
			for i, want := range []struct {
				name string
				last int
			}{{"28.020000000000", 9}, {"28.010000000000", 10}, {"28.030000000000", 0}} {
				r.reset()
				rom, last, found, err := r.bus.SearchPass(r.Context(), hw.SearchROM, from, turn)
				if err != nil || !found || rom.String() != want.name || last != want.last {
					r.Fatalf("pass %d gives %v, %d, %v, %v; want %v, %d", i, rom, last, found, err, want.name, want.last)
				}
				from, turn = rom, last
			}
		}
		// A search that is left in the middle leaves the line as it should be.
		r.reset()
		_, _, _, err := r.bus.SearchPass(r.Context(), hw.SearchROM, hw.ROM{}, 0)
		r.check(err)
		before := r.line.Counts().Resets
		r.command(hw.SkipROM)
		if n := r.line.Counts().Resets - before; n != 1 {
			r.Errorf("%d resets before the next command", n)
		}
		r.reset()
		_, _, _, err = r.bus.SearchPass(r.Context(), hw.SearchROM, hw.ROM{}, 0)
		r.check(err)
		r.line.SetFaults(sim.Faults{NoPresence: true})
		_, err = r.bus.Reset(r.Context())
		r.check(err)
		if present, err := r.bus.Reset(r.Context()); present || err != nil {
			r.Errorf("two resets after a search that was left, with nobody there: %v, %v", present, err)
		}
		r.line.SetFaults(sim.Faults{})
		r.reset()
		_, _, found, err := r.bus.SearchPass(r.Context(), hw.AlarmSearch, hw.ROM{}, 0)
		if found || err != nil {
			r.Errorf("a search in which nobody takes part: %v, %v", found, err)
		}
	})
}

// Errors of the line are such, no code is invented, and none gets lost of those
// that the kernel knows.
func TestSearchBitErrors(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		want := r.crowd(5)
		r.finds(hw.SearchROM, want)
		r.line.SetFaults(sim.Faults{BitErrors: 0.003, Rand: rand.New(rand.NewPCG(3, 4))})
		failed := 0
		for range 100 {
			found, err := hw.Search(context.WithoutCancel(r.Context()), r.bus, hw.SearchROM)
			switch {
			case err != nil && !hw.IsLine(err):
				r.Errorf("a bit error became %v", err)
			case err != nil:
				failed++
			case !slices.Equal(names(found), want):
				r.Errorf("found %v, want %v", names(found), want)
			}
		}
		if failed == 0 || failed > 50 {
			r.Errorf("%d of 100 searches failed", failed)
		}
		r.line.SetFaults(sim.Faults{})
		r.finds(hw.SearchROM, want)
	})
}

// Behind a coupler there is no search, and the error says so.
func TestSearchBehindCoupler(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.crowd(2)
		r.command(hw.SkipROM)
		_, _, found, err := r.bus.SearchPass(r.Context(), hw.SearchROM, hw.ROM{}, 0)
		if found || !errors.Is(err, errors.ErrUnsupported) || !hw.IsLine(err) {
			r.Errorf("a search after other bytes: %v, %v", found, err)
		}
	})
}
