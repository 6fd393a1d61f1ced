// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"time"
)

// Limits are those of an alarm: it is raised by a value that is not above Low,
// or not below High. NaN is no limit.
type Limits struct{ Low, High float64 }

// longestRate is the longest sample rate, in minutes or in seconds (DS1922L/T
// page 19).
const longestRate = 1<<14 - 1

// SetLimits enables the alarms of these limits, of the temperature in °C and,
// for a DS1923, of the humidity in %, and disables the others. A logger has
// limits to half a degree, and to 0.6 % (DS1922L/T page 20, DS1923 page 18).
func (d *DS1922) SetLimits(temp, humidity Limits) {
	d.mark(func() {
		m := d.memory
		enable := func(register int, l Limits, low int, code func(float64) float64) {
			for i, limit := range []float64{l.Low, l.High} {
				m[register] &^= 1 << i
				if !math.IsNaN(limit) {
					m[register] |= 1 << i
					m[low+i] = byte(math.Max(0, math.Min(255, math.Round(code(limit)))))
				}
			}
		}
		enable(logEnable, temp, logTempLow, func(x float64) float64 { return (x - d.kind.Zero) * 2 })
		if d.kind.Humidity {
			enable(logEnable+1, humidity, logDataLow, func(x float64) float64 { return (x*0.0307 + 0.958) * 256 / 5.02 })
		}
	})
}

// BeginMission clears the memory and begins a mission: a sample of all that the
// logger measures at once, and then one each so many seconds, or minutes if that
// is too long for seconds.
func (d *DS1922) BeginMission(every time.Duration) {
	d.mark(func() {
		m := d.memory
		m[logStatus] &^= logMIP
		d.clear()
		unit := time.Second
		m[logRTC] |= rtcEHSS
		if every > longestRate*time.Second {
			unit = time.Minute
			m[logRTC] &^= rtcEHSS
		}
		n := max(1, min(longestRate, every/unit))
		m[logRate], m[logRate+1] = byte(n), byte(n>>8)
		m[logMission] |= missionETL | missionTLFS
		if d.kind.Humidity {
			m[logMission] |= missionEHL | missionHLFS
		}
		d.start()
	})
}
