// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

// Pages 5, 7 and 11 of the data sheet: match ROM toggles, a search does not,
// skip ROM means nothing; both end in read slots that tell the level.
func TestDS2405(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2405(rom(t, "05.000000000001"))
	other := sim.NewDS2405(rom(t, "05.000000000002"))
	r.line.Add(chip, other)
	for i, want := range []string{"00 00", "FF FF", "00"} {
		r.says(chip.ROM, "", want)
		if on := i%2 == 0; chip.On() != on || other.On() {
			t.Errorf("after %d match ROMs: %v and %v", i+1, chip.On(), other.On())
		}
	}
	if found := r.alarms(); len(found) != 1 || found[0] != chip.ROM {
		t.Errorf("the active-only search finds %v", found)
	}
	r.says(hw.ROM{}, "", "FF")
	r.do(func(tx *hw.Tx) error {
		for c, want := range map[*sim.DS2405]byte{chip: 0, other: 1} {
			there, err := tx.Verify(hw.SearchROM, c.ROM)
			if err != nil || !there {
				return err
			}
			if b, err := tx.Bit(); b != want || err != nil {
				t.Errorf("after the search %v reads %d, %v, want %d", c.ROM, b, err, want)
			}
		}
		return nil
	})
	if !chip.On() || other.On() {
		t.Error("a search has toggled")
	}
	other.PullLow(true)
	r.do(func(tx *hw.Tx) error {
		_, err := tx.Verify(hw.SearchROM, other.ROM)
		if b, _ := tx.Bit(); b != 0 {
			t.Error("a pin pulled low from outside reads 1")
		}
		return err
	})
}
