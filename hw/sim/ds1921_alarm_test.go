// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"fmt"
	"testing"
	"time"

	"owfs/hw/sim"
)

// clears sets the control register and takes the flags back.
func chronClears(r *rig, chip *sim.DS1921, control string) {
	r.Helper()
	chronWrite(r, chip, "0E 02", control)
	chronWrite(r, chip, "14 02", "00")
}

// The table "RTC Alarm Control" of the DS1921G data sheet, page 12, with the alarm
// at second 30, minute 20, hour 10 of the third day of the week.
func TestDS1921TimerAlarm(t *testing.T) {
	for _, row := range []struct {
		alarm  string
		before string        // the clock, so long before an alarm
		in     time.Duration // which is then, and not before
		again  time.Duration // and then after so long
	}{
		{"B0 A0 90 83", "07 15 05 06 01 84 02", time.Second, time.Second},
		{"30 A0 90 83", "25 15 05 06 01 84 02", 5 * time.Second, time.Minute},
		{"30 20 90 83", "25 19 05 06 01 84 02", 65 * time.Second, time.Hour},
		{"30 20 10 83", "30 20 09 06 01 84 02", time.Hour, 24 * time.Hour},
		{"30 20 10 03", "30 20 10 02 01 84 02", 24 * time.Hour, 7 * 24 * time.Hour},
	} {
		t.Run(row.alarm, func(t *testing.T) {
			r := newRig(t)
			chip := sim.NewDS1921(rom(t, "21.000000000001"), r.clock, sim.DS1921G, func(time.Time) float64 { return 20 })
			r.line.Add(chip)
			chronWrite(r, chip, "07 02", row.alarm)
			chronWrite(r, chip, "0E 02", "01") // TAS
			chronWrite(r, chip, "00 02", row.before)
			set := r.clock.Now()
			chronWrite(r, chip, "14 02", "00")
			until := func(d time.Duration, want int) {
				t.Helper()
				if early := d - r.clock.Now().Sub(set); early > 0 {
					r.sleep(early)
				}
				if got := r.alarms(); len(got) != want {
					t.Errorf("%v after the clock was set: %d alarms, want %d", d, len(got), want)
				}
			}
			const soon = 300 * time.Millisecond // before a second's end, so that a search is in it
			until(row.in-soon, 0)
			until(row.in, 1)
			r.says(chip.ROM, "F0 14 02", "81") // TAF
			chronWrite(r, chip, "0E 02", "06")
			until(row.in, 0) // TAS is off
			chronClears(r, chip, "01")
			if row.again > time.Second {
				until(row.in+row.again-soon, 0)
			}
			until(row.in+row.again, 1)
		})
	}
}

// Without the oscillator (EOSC, page 11) the clock stands, there is no timer alarm
// and no mission; one can begin when the clock has run for a second.
func TestDS1921Oscillator(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1921(rom(t, "21.000000000001"), r.clock, sim.DS1921G, func(time.Time) float64 { return 20 })
	r.line.Add(chip)
	chronWrite(r, chip, "00 02", "00 30 15 01 01 84 02")
	chronWrite(r, chip, "0E 02", "C1") // EOSC, EMCLR, TAS
	r.ask(chip.ROM, "3C", 0)
	chronWrite(r, chip, "07 02", "80 80 80 80") // each second
	chronWrite(r, chip, "14 02", "00")
	r.sleep(time.Hour)
	r.says(chip.ROM, "F0 00 02", "00 30 15 01 01 84 02")
	r.says(chip.ROM, "F0 14 02", "C0")
	chronWrite(r, chip, "0E 02", "01")
	chronWrite(r, chip, "0D 02", "0A")
	r.says(chip.ROM, "F0 14 02", "C0") // no mission
	r.sleep(time.Second)
	chronWrite(r, chip, "0D 02", "0A")
	r.says(chip.ROM, "F0 14 02", "A1")
	if found := r.alarms(); len(found) != 1 {
		t.Errorf("%v alarm", found)
	}
	r.says(chip.ROM, "F0 01 02", "30 15 01 01 84 02")
}

// A sample on a minute of the clock raises the flags; which of them are an alarm
// the control register tells (page 11 of the DS1921H/Z: "Mission samples occur on
// minute boundaries", the first of them a sample rate after the time stamp).
func TestDS1921TemperatureAlarm(t *testing.T) {
	for _, row := range []struct {
		low, high byte
		flags     string // of the status register, in a mission
		search    [8]int // how many answer with the lower three bits of the control register
	}{
		{0x7D, 0x7F, "A0", [8]int{}},                       // 22.5, 23.5 °C
		{0x7E, 0x7F, "A4", [8]int{0, 0, 0, 0, 1, 1, 1, 1}}, // equal is enough
		{0x7D, 0x7E, "A2", [8]int{0, 0, 1, 1, 0, 0, 1, 1}},
		{0xFA, 0x00, "A6", [8]int{0, 0, 1, 1, 1, 1, 1, 1}},
	} {
		r := newRig(t)
		chip := sim.NewDS1921(rom(t, "21.000000000001"), r.clock, sim.DS1921G, func(time.Time) float64 { return 23 })
		r.line.Add(chip)
		chronWrite(r, chip, "0E 02", "40")
		r.ask(chip.ROM, "3C", 0)
		chronWrite(r, chip, "00 02", "58 30 15 01 01 84 02")
		set := r.clock.Now()
		chronWrite(r, chip, "0B 02", fmt.Sprintf("%02X %02X 01", row.low, row.high))
		r.sleep(set.Add(1900 * time.Millisecond).Sub(r.clock.Now()))
		r.says(chip.ROM, "F0 14 02", "A0 30 15 01 84 02 00 00 00")
		r.sleep(100 * time.Millisecond)
		r.says(chip.ROM, "F0 14 02", row.flags+"30 15 01 84 02 01 00 00")
		chronWrite(r, chip, "14 02", "DF") // stops; the flags stay
		for control, want := range row.search {
			chronWrite(r, chip, "0E 02", fmt.Sprintf("%02X", control))
			if found := r.alarms(); len(found) != want {
				t.Errorf("thresholds %02X and %02X, control %02X: %v", row.low, row.high, control, found)
			}
		}
		chronClears(r, chip, "07")
		if found := r.alarms(); len(found) != 0 {
			t.Errorf("cleared: %v", found)
		}
	}
}
