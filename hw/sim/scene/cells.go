// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"math"
	"time"

	"owfs/hw/sim"
)

// What battery chips measure, the weather station that looks like one, and the
// sensors of Embedded Data Systems with inputs.
var (
	shunt      = quantity{"vis", -0.064, 0.064, wave(0.01, 0.005, 0.0005), 0}
	cell       = append(room[:1:1], quantity{"volt", 0, 4.75, wave(3.7, 0.2, 0.01), 0.1}, shunt)
	twoCells   = append(room[:1:1], quantity{"volt", 0, 9.99, wave(7.4, 0.4, 0.01), 0.2}, shunt)
	pack       = append(room[:1:1], quantity{"volt", 0, 10, wave(7.2, 0.4, 0.01), 0.2})
	weather    = append(room[:1:1], quantity{"wind", 0, 180, wave(6, 4, 0.5), 0}, quantity{"direction", 0, 255, constant(4), 0}, quantity{"brightness", 0, 255, wave(120, 120, 0), 0})
	shaking    = []quantity{{"vibration", 0, 1023, wave(40, 20, 2), 0}}
	voltage    = quantity{"volts", 0, 10, wave(5, 2, 0.01), 0.5}
	loop       = quantity{"current", 0, 0.024, wave(0.012, 0.004, 0.00005), 0.001}
	eightVolts = channels(8, voltage)
	fourVolts  = channels(4, voltage)
	eightLoops = channels(8, loop)
	fourLoops  = channels(4, loop)
)

func gauge(kind sim.Battery) func(parts) sim.Slave {
	return func(p parts) sim.Slave { return sim.NewDS2760(p.rom, p.clock, kind) }
}

func station(p parts) sim.Slave { return sim.NewWS603(p.rom, p.clock, 10*time.Millisecond) }

// discharge puts what a battery chip measures into its registers.
func (st *stage) discharge(d *device, chip *sim.DS2760, since time.Duration) {
	chip.Measure(st.value(d, "volt", since), st.value(d, "vis", since), st.value(d, "temperature", since))
}

// blow lets a weather station measure. A count of the wind is 2.453 km/h, times
// what its cups need.
func (st *stage) blow(d *device, chip *sim.WS603, since time.Duration) {
	const count = 2.453 * 1.069 / 3.6
	raw := func(key string, unit float64) byte { return byte(math.Round(min(st.value(d, key, since)/unit, 255))) }
	chip.Measure(5, 0, st.value(d, "temperature", since))
	chip.Set(func(s *sim.WS603) {
		s.Readings[0], s.Readings[1], s.Readings[3] = raw("wind", count), raw("direction", 1), raw("brightness", 1)
	})
}

// sample puts what the inputs of an EDS sensor measure where programs look for
// it, and tells whether it has any.
func (st *stage) sample(d *device, chip *sim.EDS, since time.Duration) bool {
	switch {
	case d.measures("vibration"):
		chip.Vibrate(int(math.Round(st.value(d, "vibration", since))))
	case d.measures("volts.0"), d.measures("current.0"):
		for n, q := range d.kind.curves {
			unit := 1.
			if d.measures("current.0") {
				unit = 1e-3
			}
			chip.Input(n, uint16(math.Round(st.value(d, q.key, since)/unit*2048)))
		}
	default:
		return len(d.kind.curves) == 0
	}
	return true
}
