// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"math"
	"testing"
	"time"

	"owfs/hw/sim"
)

// The flags and enable bits of the DS1922L/T data sheet (pages 15, 18 and 19) and of
// the DS1923: a search finds a chip whose limit was passed, and whose alarm was
// enabled before. A mission's first sample is at once if there is no delay (page 24).
func TestDS1922Alarm(t *testing.T) {
	for _, row := range []struct {
		limits, enable string // registers 208 to 20B, and 210 and 211
		status         string
	}{
		{"83 85 7E 80", "03 03", "70"}, // around 25 °C (84) and 50 % (7F)
		{"84 85 7E 80", "03 03", "71"}, // equal is enough
		{"83 84 7E 80", "03 03", "72"},
		{"83 85 7F 80", "03 03", "74"},
		{"83 85 7E 7F", "03 03", "78"},
		{"FF 00 FF 00", "03 03", "7F"},
		{"FF 00 FF 00", "00 00", "70"},
		{"FF 00 FF 00", "01 02", "79"},
	} {
		r := newRig(t)
		chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, sim.DS1923,
			func(time.Time) float64 { return 25 }, func(time.Time) float64 { return 50 })
		r.line.Add(chip)
		r.ask(chip.ROM, "96"+noPassword+"FF", 0)
		logWrite(r, chip, "06 02", "01 00"+row.limits)
		logWrite(r, chip, "10 02", row.enable)
		logWrite(r, chip, "13 02", "C3")
		in := func(what string) {
			t.Helper()
			want := 1
			if row.status == "70" {
				want = 0
			}
			reads(r, chip, "14 02", row.status)
			if found := r.alarms(); len(found) != want {
				t.Errorf("%s, limits %s, enabled %s: %v", what, row.limits, row.enable, found)
			}
		}
		if found := r.alarms(); len(found) != 0 {
			t.Errorf("no measurement yet: %v", found)
		}
		r.ask(chip.ROM, "55 FF", 0) // "A forced conversion can affect the bit" (page 23)
		r.sleep(time.Second)
		in("forced conversion")
		r.ask(chip.ROM, "96"+noPassword+"FF", 0)
		if found := r.alarms(); len(found) != 0 {
			t.Errorf("Clear Memory leaves %v", found)
		}
		r.ask(chip.ROM, "CC"+noPassword+"FF", 0)
		in("mission")
		r.ask(chip.ROM, "33"+noPassword+"FF", 0)
		logWrite(r, chip, "10 02", "00 00")
		in("stopped") // the flags are of what was enabled then
	}
}

// The oscillator must run for a conversion (page 18, EOSC): without it the chip is
// lost.
func TestDS1922Oscillator(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, sim.DS1922L, func(time.Time) float64 { return 25 }, nil)
	r.line.Add(chip)
	logWrite(r, chip, "00 02", "00 30 15 01 84 02")
	logWrite(r, chip, "12 02", "00")
	reads(r, chip, "01 02", "30 15")
	r.sleep(time.Hour)
	reads(r, chip, "01 02", "30 15")
	logWrite(r, chip, "12 02", "01")
	r.sleep(time.Hour)
	reads(r, chip, "01 02", "30 16")
	logWrite(r, chip, "12 02", "00")
	r.ask(chip.ROM, "55 FF", 0)
	for range 2 {
		if present, err := r.line.Reset(t.Context()); present || err != nil {
			t.Errorf("a chip that is lost answers a reset: %v, %v", present, err)
		}
	}
}

// What another program has set up: limits, and a mission that is under way.
func TestDS1922SetUp(t *testing.T) {
	r := newRig(t)
	none := sim.Limits{Low: math.NaN(), High: math.NaN()}
	chip := sim.NewDS1922(rom(t, "41.000000000001"), r.clock, sim.DS1923,
		func(time.Time) float64 { return 25 }, func(time.Time) float64 { return 50 })
	r.line.Add(chip)
	chip.SetLimits(sim.Limits{Low: 10, High: 25.5}, sim.Limits{Low: math.NaN(), High: 70})
	// 10 °C is (10 + 41) · 2 = 66; 70 % is 3.107 V, 158 = 9E of 256 steps of 5.02 V.
	reads(r, chip, "08 02", "66 85 00 9E")
	reads(r, chip, "10 02", "03 02")
	chip.BeginMission(10 * time.Second)
	reads(r, chip, "06 02", "0A 00")
	reads(r, chip, "12 02", "03 CF 70 C2")
	reads(r, chip, "20 02", "01 00 00")
	r.sleep(10 * time.Second)
	reads(r, chip, "20 02", "02 00 00")
	chip.SetLimits(sim.Limits{Low: math.NaN(), High: 25}, none)
	reads(r, chip, "10 02", "02 00")
	if found := r.alarms(); len(found) != 0 {
		t.Errorf("%v alarm before the next sample", found)
	}
	r.sleep(10 * time.Second)
	if found := r.alarms(); len(found) != 1 {
		t.Errorf("%v alarm", found)
	}
	chip.BeginMission(5 * time.Hour) // too long for seconds
	reads(r, chip, "06 02", "2C 01")
	reads(r, chip, "12 02", "01 CF 72 C2")
	reads(r, chip, "20 02", "01 00 00")
}
