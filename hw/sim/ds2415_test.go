// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"
	"time"

	"owfs/hw/sim"
)

// The clock functions of the DS2415 and DS2417 data sheets, pages 4 and 5.
func TestClock(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2415(rom(t, "24.000000000001"), r.clock)
	r.line.Add(chip)
	r.says(chip.ROM, "66", "00 00 00 00 00 00 00")
	r.ask(chip.ROM, "99 A4 10 20 30 40", 0) // bit 3 says: no oscillator
	r.sleep(time.Hour)
	if chip.Count() != 0 {
		t.Error("the time counts before the reset")
	}
	r.says(chip.ROM, "66", "A0 10 20 30 40 A0 10")
	r.ask(chip.ROM, "99 5B FE FF FF FF", 0)
	r.ask(chip.ROM, "66", 0)
	r.sleep(3 * time.Second)
	r.says(chip.ROM, "66", "5C 01 00 00 00 5C 01")
	r.ask(chip.ROM, "99 00", 0)
	r.sleep(time.Minute)
	if chip.Count() != 1 || chip.Control() != 0 {
		t.Errorf("the stopped clock is at %d, %02X", chip.Count(), chip.Control())
	}
}

func TestDS2417Interrupt(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2417(rom(t, "27.000000000001"), r.clock)
	r.line.Add(chip)
	for control, want := range map[string]int{
		"8C": 1, "9C": 4, "AC": 32, "BC": 64, "CC": 2048, "DC": 4096, "EC": 65536, "FC": 131072, "7C": 0, "F0": 0,
	} {
		r.ask(chip.ROM, "99"+control, 0)
		r.says(chip.ROM, "66", control)
		if got := chip.Interrupt(); got != time.Duration(want)*time.Second {
			t.Errorf("with %s an interrupt every %v", control, got)
		}
	}
}
