// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"encoding/hex"
	"testing"

	"owfs/hw/sim"
)

func TestLCD(t *testing.T) {
	r := newRig(t)
	chip := sim.NewLCD(rom(t, "FF.000000000001"))
	r.line.Add(chip)
	r.ask(chip.ROM, "08", 0)
	r.ask(chip.ROM, "05", 0)
	if on, back := chip.On(); on || !back {
		t.Errorf("display %v, backlight %v", on, back)
	}
	r.ask(chip.ROM, "4E 40"+hex.EncodeToString([]byte("hello")), 0)
	r.ask(chip.ROM, "48", 0)
	r.ask(chip.ROM, "12 21", 0)
	if got := chip.Text(0x40, 7); got != "hello! " {
		t.Errorf("the display shows %q", got)
	}
	r.ask(chip.ROM, "49", 0)
	if got := chip.Text(0x40, 5); got != "     " {
		t.Errorf("after clear the display shows %q", got)
	}
	r.ask(chip.ROM, "41", 0)
	r.says(chip.ROM, "BE", hex.EncodeToString([]byte("Emulated LCD 1.0")))
}

func TestLCDPins(t *testing.T) {
	r := newRig(t)
	chip := sim.NewLCD(rom(t, "FF.000000000001"))
	r.line.Add(chip)
	chip.SetLevels(0x0E)
	chip.SetLevels(0x0F)
	chip.SetLevels(0x0B)
	if found := r.alarms(); len(found) != 0 {
		t.Errorf("pins that have changed are an alarm: %v", found)
	}
	r.ask(chip.ROM, "23", 0)
	r.says(chip.ROM, "BE", "02 00 00 00 01 00 00 00")
	r.ask(chip.ROM, "23", 0)
	r.says(chip.ROM, "BE", "00 00 00 00 00 00 00 00")
	r.ask(chip.ROM, "21 07", 0)
	r.ask(chip.ROM, "22", 0)
	r.says(chip.ROM, "BE", "03")
	if chip.GPIO() != 7 {
		t.Errorf("the outputs are %X, want 7", chip.GPIO())
	}
	r.ask(chip.ROM, "4E 60 01 02 03 04", 0)
	r.ask(chip.ROM, "39", 0)
	r.ask(chip.ROM, "4E 62 10", 0)
	r.ask(chip.ROM, "37", 0)
	r.says(chip.ROM, "BE", "03 04 00")
	if got := chip.Memory()[0x60]; got != 1 {
		t.Errorf("the memory at 60 is %02X", got)
	}
}
