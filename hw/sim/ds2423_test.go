// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"context"
	"strings"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

func newDS2423(t *testing.T) (*rig, *sim.DS2423) {
	r := newRig(t)
	chip := sim.NewDS2423(rom(t, "1D.000000000001"))
	r.line.Add(chip)
	return r, chip
}

// What a real chip said when it was read from the last byte of page 12 on, from
// the Linux kernel's documentation (w1_ds2423). It shows what the CRCs cover.
func TestDS2423Counters(t *testing.T) {
	r, chip := newDS2423(t)
	chip.SetMemory(0x1A0, raw(t, "00 FF FF 00 00 FE FF"+strings.Repeat("00 00 FF FF", 6)+"00"))
	chip.SetMemory(0x1C0, raw(t, strings.Repeat("00 FF FF 00", 8)))
	chip.SetCounter(12, 2)
	chip.SetCounter(13, 2)
	chip.SetCounter(14, 0x185DC629)
	r.says(chip.ROM, "A5 9F01", "00 02000000 00000000 6D38"+
		"00 FF FF 00 00 FE FF"+strings.Repeat("00 00 FF FF", 6)+"00 02000000 00000000 E01F")
	chip.Count(0, 3)
	r.says(chip.ROM, "A5 DF01", crc16(t, "A5 DF01", "00 2CC65D18 00000000"))
	r.says(chip.ROM, "A5 FF01", crc16(t, "A5 FF01", "00 00000000 00000000")+"FF FF")
	r.says(chip.ROM, "A5 3F00", crc16(t, "A5 3F00", "00 FFFFFFFF 00000000"))
}

// The example of page 12 of the data sheet.
func TestDS2423WriteTwoBytes(t *testing.T) {
	r, chip := newDS2423(t)
	r.ask(hw.ROM{}, "0F 2600 12 34", 0)
	r.says(hw.ROM{}, "AA", "26 00 07 12 34")
	r.says(hw.ROM{}, "5A 2600 06", "FF FF")
	r.says(hw.ROM{}, "5A 2600 07", "AA AA")
	r.says(hw.ROM{}, "AA", "26 00 87")
	r.says(hw.ROM{}, "F0 2500", "00 12 34 00")
	r.says(hw.ROM{}, "F0 FF01", "00 FF FF")
	if got := chip.Memory()[0x26:0x28]; string(got) != "\x12\x34" {
		t.Errorf("the memory is % X", got)
	}
}

// The example of page 13: a whole page ends with a CRC, and page 12 counts.
func TestDS2423WritePage(t *testing.T) {
	r, chip := newDS2423(t)
	data := strings.Repeat("A5", 32)
	r.says(chip.ROM, "0F 8001"+data, crc16(t, "0F 8001"+data, "")+"FFFF")
	r.says(chip.ROM, "5A 8001 1F", "AA")
	if chip.Counter(12) != 1 || chip.Counter(13) != 0 {
		t.Errorf("the write cycle counters are %d and %d, want 1 and 0", chip.Counter(12), chip.Counter(13))
	}
	r.says(chip.ROM, "A5 8001", crc16(t, "A5 8001", data+"01000000 00000000"))
}

// A byte that is cut off sets PF, and then nothing is copied.
func TestDS2423PartialByte(t *testing.T) {
	r, chip := newDS2423(t)
	r.do(func(tx *hw.Tx) error { return tx.Command(chip.ROM, 0x0F, 0x00, 0x00, 0x11) })
	if err := r.line.Bits(context.Background(), []byte{1, 0, 1}); err != nil {
		t.Fatal(err)
	}
	r.says(chip.ROM, "AA", "00 00 20 11")
	r.says(chip.ROM, "5A 0000 20", "FF")
}
