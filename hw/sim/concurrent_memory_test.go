// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"sync"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// As TestWorldChangesWhileLineSpeaks, for thermometers, memories, clocks and
// the coupler.
func TestStateIsSeenWhileLineSpeaks(t *testing.T) {
	r := newRig(t)
	hub := sim.NewDS2409(rom(t, "1F.000000000001"), r.clock)
	warm := func() float64 { return 20 }
	d28 := sim.NewDS18B20(rom(t, "28.000000000001"), r.clock, warm)
	d3b := sim.NewMAX31850(rom(t, "3B.000000000001"), r.clock, 1, warm, warm)
	d42 := sim.NewDS28EA00(rom(t, "42.000000000001"), r.clock, warm)
	d2d := sim.NewDS2431(rom(t, "2D.000000000001"), r.clock)
	d14 := sim.NewDS2430A(rom(t, "14.000000000001"), r.clock)
	d24 := sim.NewDS2415(rom(t, "24.000000000001"), r.clock)
	d21 := sim.NewDS1921(rom(t, "21.000000000001"), r.clock, sim.DS1921G, func(time.Time) float64 { return 20 })
	d09 := sim.NewEPROM(rom(t, "09.000000000001"))
	r.line.Add(d28, d3b, d42, d2d, d14, d24, d21, d09, hub)
	var world sync.WaitGroup
	world.Go(func() {
		for i := range 200 {
			d28.SetParasite(i%2 == 0)
			d28.SetTemperature(warm)
			d3b.SetFaults(byte(i))
			d42.SetPins(byte(i))
			d2d.SetMemory(0, d2d.Memory()[:8])
			d14.Memory()
			d24.Count()
			d21.SetMemory(0, []byte{byte(i)})
			d09.SetStatus(1, d09.Status()[1:2])
			hub.Add(sim.Main)
			hub.Control()
		}
	})
	for range 10 {
		for rom, send := range map[hw.ROM]string{
			d28.ROM: "44", d3b.ROM: "44", d42.ROM: "F5", d2d.ROM: "0F 00 00 01 02 03 04 05 06 07 08",
			d14.ROM: "F0 00", d24.ROM: "66", d21.ROM: "44", d09.ROM: "F0 00 00", hub.ROM: "CC FF",
		} {
			r.ask(rom, send, 4)
		}
		r.alarms()
	}
	world.Wait()
}
