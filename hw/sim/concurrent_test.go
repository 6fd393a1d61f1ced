// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"sync"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

// The world outside of the chips changes while the line speaks to them; the
// race detector looks on.
func TestWorldChangesWhileLineSpeaks(t *testing.T) {
	r := newRig(t)
	d05 := sim.NewDS2405(rom(t, "05.000000000001"))
	d12 := sim.NewDS2406(rom(t, "12.000000000001"))
	d1d := sim.NewDS2423(rom(t, "1D.000000000001"))
	d20 := sim.NewDS2450(rom(t, "20.000000000001"), r.clock)
	d26 := sim.NewDS2438(rom(t, "26.000000000001"), r.clock)
	d29 := sim.NewDS2408(rom(t, "29.000000000001"))
	d3a := sim.NewDS2413(rom(t, "3A.000000000001"))
	lcd := sim.NewLCD(rom(t, "FF.000000000001"))
	r.line.Add(d05, d12, d1d, d20, d26, d29, d3a, lcd)
	var world sync.WaitGroup
	world.Go(func() {
		for i := range 200 {
			b := byte(i)
			d05.PullLow(b&1 == 1)
			d12.PullLow(b & 3)
			d1d.Count(0, 1)
			d20.SetVoltage(0, float64(i)/100)
			d26.SetTemperature(float64(i))
			d29.PullLow(b)
			d3a.PullLow(b & 3)
			lcd.SetLevels(b & 15)
		}
	})
	for range 10 {
		for rom, send := range map[hw.ROM]string{
			d05.ROM: "", d12.ROM: "F5 4D FF", d1d.ROM: "A5 C001", d20.ROM: "3C 0F 00",
			d26.ROM: "44", d29.ROM: "F5", d3a.ROM: "F5", lcd.ROM: "23",
		} {
			r.ask(rom, send, 8)
		}
		r.alarms()
	}
	world.Wait()
	if d1d.Counter(14) != 200 {
		t.Errorf("input A has counted %d, want 200", d1d.Counter(14))
	}
}
