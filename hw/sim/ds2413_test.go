// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

// The examples of the data sheet (page 17), and the case of a wrong complement
// (page 16).
func TestDS2413(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2413(rom(t, "3A.000000000001"))
	r.line.Add(chip)
	r.says(hw.ROM{}, "F5", "0F 0F 0F")
	r.says(hw.ROM{}, "5A FC 03", "AA F0")
	if chip.Latches() != 0 || chip.Levels() != 0 {
		t.Errorf("latches %02X, levels %02X, want 00", chip.Latches(), chip.Levels())
	}
	r.do(func(tx *hw.Tx) error {
		got, err := tx.Exchange(chip.ROM, 2, 0x5A, 0xFD, 0x02)
		if string(got) != "\xAA\xC3" {
			t.Errorf("FD is answered % X, want AA C3", got)
		}
		if err := tx.Write(0xFE, 0x01); err != nil {
			t.Error(err)
		}
		if err := tx.Read(got); err != nil || string(got) != "\xAA\x3C" {
			t.Errorf("FE is answered % X, want AA 3C", got)
		}
		return err
	})
	r.says(hw.ROM{}, "5A FF 01", "FF FF")
	r.says(hw.ROM{}, "5A FF 00", "AA 0F")
	chip.PullLow(1) // pin A low, latch A still 1
	r.says(hw.ROM{}, "F5", "1E")
	r.resumes("F5", "FF") // skip ROM has cleared the flag that resume goes by
	r.says(chip.ROM, "F5", "1E")
	r.resumes("F5", "1E")
}
