// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"slices"
	"strings"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

func newDS2408(t *testing.T) (*rig, *sim.DS2408) {
	r := newRig(t)
	chip := sim.NewDS2408(rom(t, "29.000000000001"))
	r.line.Add(chip)
	return r, chip
}

// Example 1 of the data sheet (pages 33 and 34), and the case of a wrong
// complement (page 33).
func TestDS2408Write(t *testing.T) {
	r, chip := newDS2408(t)
	r.ask(hw.ROM{}, "CC 8D00 04", 0)
	r.says(hw.ROM{}, "F0 8D00", "84")
	r.says(hw.ROM{}, "5A 5A A5", "AA 5A")
	r.says(hw.ROM{}, "5A 0F F1", "FF FF")
	if got := chip.Latches(); got != 0x5A {
		t.Errorf("the latches are %02X, want 5A", got)
	}
	if chip.Strobes() != 1 {
		t.Errorf("%d strobes, want 1", chip.Strobes())
	}
	r.do(func(tx *hw.Tx) error { // the loop
		if err := tx.Command(chip.ROM, 0x5A); err != nil {
			return err
		}
		for _, b := range []byte{0x00, 0x81} {
			if err := tx.Write(b, ^b); err != nil {
				return err
			}
			got := make([]byte, 2)
			if err := tx.Read(got); err != nil || got[0] != 0xAA || got[1] != b {
				t.Errorf("%02X is answered % X, %v", b, got, err)
			}
		}
		return nil
	})
}

// Example 2 of the data sheet (page 35): 32 samples and a CRC, of which the
// first covers the command.
func TestDS2408ChannelRead(t *testing.T) {
	r, chip := newDS2408(t)
	chip.PullLow(0x0F)
	samples := strings.Repeat("F0", 32)
	r.says(chip.ROM, "F5", crc16(t, "F5", samples)+crc16(t, "", samples))
}

// The register page (page 8): state at power-on, CRC of command, address and
// data, then ones.
func TestDS2408Registers(t *testing.T) {
	r, chip := newDS2408(t)
	chip.PullLow(0x01)
	r.says(chip.ROM, "F0 8800", crc16(t, "F0 8800", "FE FF 01 00 00 88 FF FF")+"FFFF")
	r.says(chip.ROM, "F0 8C00", crc16(t, "F0 8C00", "00 88 FF FF"))
	r.says(chip.ROM, "F0 9000", "FF FF FF")
	chip.SetVCC(false)
	r.says(chip.ROM, "F0 8D00", "08")
	r.ask(chip.ROM, "CC 8D00 00", 0)
	r.ask(chip.ROM, "CC 8D00 FF", 0)
	r.says(chip.ROM, "F0 8D00", "07") // PORL can't be set
	r.ask(chip.ROM, "CC 8900 55", 0)  // not a register to write
	r.says(chip.ROM, "F0 8900", "FF")
}

// Example 3 of the data sheet (pages 35 to 37): buttons found by conditional
// search, with resume.
func TestDS2408Buttons(t *testing.T) {
	r, chip := newDS2408(t)
	if !slices.Contains(r.alarms(), chip.ROM) {
		t.Error("the power-on reset latch gives no alarm")
	}
	r.ask(chip.ROM, "CC 8B00 FF FF 01", 0)
	r.resumes("F0 8B00", "FF FF 81")
	r.resumes("5A FF 00", "AA FF")
	r.resumes("C3", "AA AA")
	if found := r.alarms(); len(found) != 0 {
		t.Errorf("no button is pressed, but %v give an alarm", found)
	}
	chip.PullLow(0x10)
	chip.PullLow(0)
	if !slices.Contains(r.alarms(), chip.ROM) {
		t.Error("a button was pressed, but gives no alarm")
	}
	r.resumes("F0 8800", crc16(t, "F0 8800", "FF FF 10 FF FF 81 FF FF"))
	r.resumes("C3", "AA")
	r.says(chip.ROM, "F0 8A00", "00")
}

// resumes asks the chip that was selected last.
func (r *rig) resumes(send, want string) {
	r.Helper()
	r.do(func(tx *hw.Tx) error {
		if err := tx.Reset(); err != nil {
			return err
		}
		if err := tx.Write(append([]byte{hw.ResumeROM}, raw(r, send)...)...); err != nil {
			return err
		}
		got := make([]byte, len(raw(r, want)))
		err := tx.Read(got)
		if string(got) != string(raw(r, want)) {
			r.Errorf("resumed with % X, says % X, want % X", raw(r, send), got, raw(r, want))
		}
		return err
	})
}

// The conditional search logic (page 12): OR and AND, pins, polarity.
func TestDS2408Search(t *testing.T) {
	r, chip := newDS2408(t)
	for _, row := range []struct {
		registers string
		low       byte
		alarm     bool
	}{
		{"03 03 00", 0x02, true}, // P0 or P1 high
		{"03 03 00", 0x03, false},
		{"03 03 02", 0x02, false}, // P0 and P1 high
		{"03 03 02", 0x00, true},
		{"03 01 02", 0x02, true}, // P0 high and P1 low
		{"80 00 00", 0x80, true}, // P7 low
		{"80 00 00", 0x7F, false},
		{"00 FF 00", 0x00, false}, // nothing selected
	} {
		r.ask(chip.ROM, "CC 8B00"+row.registers, 0)
		chip.PullLow(row.low)
		if got := len(r.alarms()) == 1; got != row.alarm {
			t.Errorf("%s with %02X pulled low: alarm %v", row.registers, row.low, got)
		}
	}
}

func TestDS2408RSTZ(t *testing.T) {
	r, chip := newDS2408(t)
	r.ask(chip.ROM, "5A 00 FF", 2)
	chip.PulseRSTZ()
	r.says(chip.ROM, "F0 8800", "FF FF 00")
}
