// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	"owfs/hw/sim"
)

const noPassword = "00 00 00 00 00 00 00 00"

func logWrite(r *rig, chip *sim.DS1922, at, data string) {
	r.Helper()
	es := hexByte((raw(r, at)[0] & 31) + byte(len(raw(r, data))) - 1)
	r.ask(chip.ROM, "0F"+at+data, 0)
	r.says(chip.ROM, "AA", at+es+data)
	r.says(chip.ROM, "99"+at+es+noPassword, "AA")
}

// reads returns what Read Memory with Password & CRC gives.
func reads(r *rig, chip *sim.DS1922, at, want string) {
	r.Helper()
	r.says(chip.ROM, "69"+at+noPassword, want)
}

// The formula of the DS1922L/T data sheet, page 20.
func TestDS1922Convert(t *testing.T) {
	for _, row := range []struct {
		kind    sim.Logger
		celsius float64
		want    string
	}{
		{sim.DS1922L, 25, "00 84"}, {sim.DS1922L, 25.0625, "20 84"}, {sim.DS1922L, -40.5, "00 01"},
		{sim.DS1922T, 25, "00 34"}, {sim.DS1922L, 200, "E0 FF"},
	} {
		r := newRig(t)
		chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, row.kind, func(time.Time) float64 { return row.celsius }, nil)
		r.line.Add(chip)
		r.ask(chip.ROM, "55 FF", 0)
		r.sleep(600 * time.Millisecond)
		reads(r, chip, "0C 02", row.want)
		reads(r, chip, "23 02", "01 00 00")
	}
}

func TestDS1922Mission(t *testing.T) {
	r := newRig(t)
	start := r.clock.Now()
	chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, sim.DS1922L,
		func(at time.Time) float64 { return 20 + at.Sub(start).Seconds()/60/16 }, nil)
	r.line.Add(chip)
	logWrite(r, chip, "00 02", "00 30 15 01 84 02 02 00 00 7B") // the time; every 2 min; 20.5 °C is high
	logWrite(r, chip, "10 02", "02 00 01 C5")                   // high alarm; minutes; 16 bits
	logWrite(r, chip, "16 02", "05 00 00")                      // after 5 min
	reads(r, chip, "15 02", "C0")
	r.ask(chip.ROM, "CC"+noPassword+"FF", 0) // the memory is not clear
	reads(r, chip, "15 02", "C0")
	r.ask(chip.ROM, "96"+noPassword+"FF", 0)
	reads(r, chip, "15 02", "C8")
	r.ask(chip.ROM, "CC"+noPassword+"FF", 0)
	reads(r, chip, "14 02", "70 C2 05 00 00 00 00 00 00 00 00")
	r.sleep(6 * time.Minute)
	reads(r, chip, "14 02", "70 C2 00 00 00 00 35 15 01 84 02")
	reads(r, chip, "20 02", "01 00 00 01 00 00 40")
	r.sleep(4 * time.Minute)
	reads(r, chip, "14 02", "72")
	if found := r.alarms(); len(found) != 1 {
		t.Errorf("%v alarm", found)
	}
	// 20.3125, 20.4375, 20.5625 °C, to 1/16.
	data := "7A A0 7A E0 7B 20" + strings.Repeat("00", 26)
	reads(r, chip, "00 10", crc16(t, "69 00 10", data)+crc16(t, "", strings.Repeat("00", 32)))
	r.ask(chip.ROM, "33"+noPassword+"FF", 0)
	reads(r, chip, "15 02", "C0")
}

func TestDS1922Password(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, sim.DS1922T, func(time.Time) float64 { return 0 }, nil)
	r.line.Add(chip)
	logWrite(r, chip, "28 02", "01 02 03 04 05 06 07 08 11 12 13 14 15 16 17 18")
	logWrite(r, chip, "27 02", "AA")
	reads(r, chip, "26 02", "FF FF")
	r.says(chip.ROM, "69 26 02 01 02 03 04 05 06 07 08", "60 AA 00 00")
	r.says(chip.ROM, "69 26 02 11 12 13 14 15 16 17 18", "60 AA 00 00")
	r.ask(chip.ROM, "96 01 02 03 04 05 06 07 08 FF", 0)
	r.says(chip.ROM, "69 15 02 01 02 03 04 05 06 07 08", "C0")
	r.ask(chip.ROM, "96 11 12 13 14 15 16 17 18 FF", 0)
	r.says(chip.ROM, "69 15 02 01 02 03 04 05 06 07 08", "C8")
}

// Both logs of a DS1923, of 8 and 16 bits.
func TestDS1923(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, sim.DS1923,
		func(time.Time) float64 { return 25 }, func(time.Time) float64 { return 50 })
	r.line.Add(chip)
	logWrite(r, chip, "06 02", "01 00")
	logWrite(r, chip, "13 02", "CB")
	r.ask(chip.ROM, "96"+noPassword+"FF", 0)
	r.ask(chip.ROM, "CC"+noPassword+"FF", 0)
	r.sleep(time.Minute)
	// 50 %: 0.958 V + 50 · 0.0307 V = 2.493 V, of 5.02 V in 4096 steps: 2034 = 7F2.
	reads(r, chip, "0C 02", "00 84 20 7F")
	reads(r, chip, "00 10", "84 84 00")
	reads(r, chip, "00 1A", "7F 20 7F 20 00")
}
