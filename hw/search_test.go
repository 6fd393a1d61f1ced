// SPDX-License-Identifier: Apache-2.0

package hw_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

func romOf(t testing.TB, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func thermometers(t testing.TB, n int) (*sim.Line, map[hw.ROM]*sim.DS18B20) {
	clock := &sim.Virtual{}
	line := sim.NewLine(clock)
	all := map[hw.ROM]*sim.DS18B20{}
	rnd := rand.New(rand.NewPCG(1, 2))
	for len(all) < n {
		rom := romOf(t, fmt.Sprintf("28.%012X", rnd.Uint64()&0xFFFFFFFFFFFF))
		if all[rom] == nil {
			all[rom] = sim.NewDS18B20(rom, clock, func() float64 { return 21.5 })
			line.Add(all[rom])
		}
	}
	return line, all
}

// The minimum for a search: a reset, 8 slots for the command and 3 for each
// bit of each code (application note 187).
func TestSearchFindsAll(t *testing.T) {
	for _, n := range []int{0, 1, 2, 20, 100} {
		line, all := thermometers(t, n)
		found, err := hw.Search(context.Background(), line, hw.SearchROM)
		if err != nil || len(found) != n {
			t.Fatalf("%d devices: found %d, %v", n, len(found), err)
		}
		for _, rom := range found {
			if all[rom] == nil {
				t.Errorf("found %v, which is not there", rom)
			}
		}
		c := line.Counts()
		if want := uint64(n * (8 + 192)); c.Slots > want || c.Resets != uint64(max(1, n)) {
			t.Errorf("%d devices took %d slots and %d resets, want %d and %d", n, c.Slots, c.Resets, want, n)
		}
	}
}

func TestAlarmSearch(t *testing.T) {
	clock := &sim.Virtual{}
	line := sim.NewLine(clock)
	cold := sim.NewDS18B20(romOf(t, "28.000000000001"), clock, func() float64 { return 72 })
	hot := sim.NewDS18B20(romOf(t, "28.000000000002"), clock, func() float64 { return 99 })
	line.Add(cold, hot)
	l := hw.NewLine(func(context.Context) (hw.Bus, error) { return line, nil })
	err := l.Do(t.Context(), func(tx *hw.Tx) error {
		if err := tx.Command(hw.ROM{}, 0x44); err != nil {
			return err
		}
		return clock.Sleep(context.Background(), 750e6)
	})
	if err != nil {
		t.Fatal(err)
	}
	// Power-on limits are 75 and 70 °C: 72 is within, 99 is not.
	found, err := hw.Search(t.Context(), line, hw.AlarmSearch)
	if err != nil || len(found) != 1 || found[0] != hot.ROM {
		t.Errorf("the alarm search finds %v, %v", found, err)
	}
	for rom, want := range map[hw.ROM]bool{hot.ROM: true, cold.ROM: false} {
		if got, err := hw.Verify(t.Context(), line, hw.AlarmSearch, rom); got != want || err != nil {
			t.Errorf("alarm of %v: %v, %v", rom, got, err)
		}
	}
}

func TestVerify(t *testing.T) {
	line, all := thermometers(t, 20)
	for rom := range all {
		there, err := hw.Verify(t.Context(), line, hw.SearchROM, rom)
		if err != nil || !there {
			t.Errorf("%v is there, but: %v, %v", rom, there, err)
		}
		other := rom
		other[6] ^= 0x10
		other[7] = hw.CRC8(other[:7])
		if all[other] != nil {
			continue
		}
		if there, err := hw.Verify(t.Context(), line, hw.SearchROM, other); err != nil || there {
			t.Errorf("%v is not there, but: %v, %v", other, there, err)
		}
	}
	if there, _ := hw.Verify(t.Context(), sim.NewLine(&sim.Virtual{}), hw.SearchROM, hw.ROM{1}); there {
		t.Error("a device is there on an empty line")
	}
}

// A line with bit errors gives an error or the right devices: a code with a
// wrong CRC is never returned.
func TestSearchUnderBitErrors(t *testing.T) {
	line, all := thermometers(t, 10)
	line.SetFaults(sim.Faults{BitErrors: 0.001, Rand: rand.New(rand.NewPCG(3, 4))})
	failed := 0
	for range 300 {
		found, err := hw.Search(t.Context(), line, hw.SearchROM)
		if err != nil {
			failed++
			if !hw.IsLine(err) {
				t.Fatalf("a bit error became %v", err)
			}
		}
		for _, rom := range found {
			if all[rom] == nil {
				t.Errorf("found %v, which is not there", rom)
			}
		}
	}
	if failed == 0 || failed == 300 {
		t.Errorf("%d of 300 searches failed", failed)
	}
	t.Logf("%d of 300 searches failed", failed)
}
