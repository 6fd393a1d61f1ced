// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	"owfs/hw/sim"
)

// chronWrite writes registers as the DS1921G data sheet does, pages 36 to 40.
func chronWrite(r *rig, chip *sim.DS1921, at, data string) {
	r.Helper()
	ta, n := raw(r, at), len(raw(r, data))
	es := (ta[0] & 31) + byte(n) - 1
	r.ask(chip.ROM, "0F"+at+data, 0)
	r.says(chip.ROM, "AA", at+strings.ToUpper(hexByte(es))+data)
	r.says(chip.ROM, "55"+at+hexByte(es), "AA")
}

func hexByte(b byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// The mission example of the data sheet, pages 36 to 40: thresholds of −5 and
// 0 °C, a sample every 10 minutes.
func TestDS1921Mission(t *testing.T) {
	r := newRig(t)
	start := r.clock.Now()
	temps := []float64{-2.5, -2.5, 0, 1, -2.5, -5, -90, -2.5, 0, 99}
	chip := sim.NewDS1921(rom(t, "21.000000000001"), r.clock, sim.DS1921G, func(at time.Time) float64 {
		return temps[max(0, min(len(temps)-1, int(at.Sub(start)/(10*time.Minute))-1))]
	})
	r.line.Add(chip)
	chronWrite(r, chip, "00 02", "00 30 15 01 01 84 02") // step 1: set the clock
	r.says(chip.ROM, "F0 00 02", "00 30 15 01 01 84 02")
	chronWrite(r, chip, "0E 02", "40")
	r.says(chip.ROM, "F0 0E 02", "00") // Clear Memory must come next
	r.ask(chip.ROM, "3C", 0)
	r.says(chip.ROM, "F0 14 02", "80")
	chronWrite(r, chip, "0E 02", "40") // step 2: clear the memory
	r.ask(chip.ROM, "3C", 0)
	r.says(chip.ROM, "F0 14 02", "C0")
	chronWrite(r, chip, "0E 02", "02")       // step 3: search for high, no delay
	chronWrite(r, chip, "0B 02", "46 50 0A") // step 4
	r.says(chip.ROM, "F0 14 02", "A0 30 15 01 84 02 00 00 00")
	if len(r.alarms()) != 0 {
		t.Error("an alarm before the first sample")
	}
	r.sleep(101 * time.Minute)
	r.says(chip.ROM, "F0 14 02", "A6 30 15 01 84 02 0A 00 00 0A 00 00"+
		"06 00 00 02 00 00 00 00")
	r.says(chip.ROM, "F0 50 02", "03 00 00 02 09 00 00 02 00")
	r.says(chip.ROM, "F0 00 10", "4B 4B 50 52 4B 46 00 4B 50 FA 00")
	r.says(chip.ROM, "F0 00 08", "01 00 00 00")
	r.says(chip.ROM, "F0 22 08", "01 00 04 00 00 00 03 00") // bins 17 to 20
	r.says(chip.ROM, "F0 7C 08", "01 00")
	if found := r.alarms(); len(found) != 1 {
		t.Errorf("%v alarm", found)
	}
	log := "4B 4B 50 52 4B 46 00 4B 50 FA" + strings.Repeat("00", 22)
	r.says(chip.ROM, "A5 00 10", crc16(t, "A5 00 10", log)+crc16(t, "", strings.Repeat("00", 32)))
	chronWrite(r, chip, "14 02", "00")
	r.says(chip.ROM, "F0 14 02", "80")
}

// A conversion between missions; the formulas of DS1921G page 13 and
// DS1921H/Z page 9.
func TestDS1921Convert(t *testing.T) {
	for _, row := range []struct {
		kind    sim.Thermochron
		celsius float64
		want    string
	}{{sim.DS1921G, 23, "7E"}, {sim.DS1921G, 120, "FA"}, {sim.DS1921H, 35, "A4"}, {sim.DS1921Z, 5, "54"}} {
		r := newRig(t)
		chip := sim.NewDS1921(rom(t, "21.000000000001"), r.clock, row.kind, func(time.Time) float64 { return row.celsius })
		r.line.Add(chip)
		r.ask(chip.ROM, "44", 0)
		r.says(chip.ROM, "F0 14 02", "00")
		r.sleep(100 * time.Millisecond)
		r.says(chip.ROM, "F0 11 02", row.want+"00 00 80")
		r.says(chip.ROM, "F0 1D 02", "01 00 00")
	}
}
