// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

// Read ROM does not set the flag that resume goes by (DS2408 data sheet page 21).
func TestReadROMAndResume(t *testing.T) {
	r, chip := newDS2408(t)
	r.do(func(tx *hw.Tx) error {
		if err := tx.Reset(); err != nil {
			return err
		}
		if err := tx.Write(hw.ReadROM); err != nil {
			return err
		}
		got := make([]byte, 8)
		err := tx.Read(got)
		if hw.ROM(got) != chip.ROM {
			t.Errorf("read ROM reads % X", got)
		}
		return err
	})
	r.resumes("F0 8900", "FF FF FF FF")
	r.ask(chip.ROM, "", 0)
	r.resumes("F0 8B00", "00 00")
}

// Only the chip that overdrive match ROM names is at overdrive after it
// (DS28E04-100 data sheet page 27).
func TestOverdriveMatch(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2413(rom(t, "3A.000000000001"))
	other := sim.NewDS2413(rom(t, "3A.000000000002"))
	r.line.Add(chip, other)
	r.do(func(tx *hw.Tx) error {
		if err := tx.Reset(); err != nil {
			return err
		}
		if err := tx.Write(hw.OverdriveROM); err != nil {
			return err
		}
		if err := r.line.SetOverdrive(r.Context(), true); err != nil {
			return err
		}
		if err := tx.Write(chip.ROM[:]...); err != nil {
			return err
		}
		found, err := tx.Search(hw.SearchROM)
		if len(found) != 1 || found[0] != chip.ROM {
			t.Errorf("at overdrive there are %v, want %v", found, chip.ROM)
		}
		return err
	})
}
