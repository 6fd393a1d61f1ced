// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"owfs/hw/sim"
)

// The keys of what another program has set up in a logger: the limits of its
// alarms, and a mission.
const (
	keyLow     = "low"
	keyHigh    = "high"
	keyMission = "mission"
)

var setUp = []string{keyLow, keyHigh, keyMission}

// A logbook is what was set up in a logger.
type logbook struct {
	low, high map[string]float64 // by quantity
	every     time.Duration      // between the samples of a mission; 0: there is none
}

// longestMission is how far apart samples can be, and longestBySecond up to
// where that is a number of seconds (DS1922L/T data sheet page 19).
const (
	longestMission  = 16383 * time.Minute
	longestBySecond = 16383 * time.Second
)

// readLogbook reads what was set up.
func (d *device) readLogbook(t *table) {
	if !d.kind.has(keyMission) {
		return
	}
	d.logbook.low, d.logbook.high = d.readLimits(t, keyLow), d.readLimits(t, keyHigh)
	every := t.duration(keyMission, time.Second, 0)
	unit := time.Second
	if every > longestBySecond {
		unit = time.Minute
	}
	if every > longestMission || every%unit != 0 {
		t.fail(keyMission, "is a number of seconds up to \"4h33m3s\", or of minutes up to \"273h3m\"")
	}
	d.logbook.every = every
}

// readLimits reads the limits of one side.
func (d *device) readLimits(t *table, key string) (limits map[string]float64) {
	s := t.sub(key, "a table of limits")
	if s == nil {
		return nil
	}
	limits = map[string]float64{}
	for _, q := range d.kind.curves {
		low, high := q.low, q.high
		if q.key == "temperature" {
			low, high = limitRange(d.kind)
		}
		if x := s.number(q.key, low, high, 0); s.has(q.key) {
			limits[q.key] = x
		}
	}
	s.end()
	return limits
}

// limitRange is what the registers for limits of the temperature can hold: all
// that a byte of half degrees can tell, from the temperature of the code 0 on
// (DS1922L/T page 20).
func limitRange(k *kind) (low, high float64) {
	if k.name == "DS1922T" {
		return -1, 126.5
	}
	return -41, 86.5
}

// apply sets a logger up.
func (b *logbook) apply(c *sim.DS1922) {
	limits := func(quantity string) sim.Limits {
		return sim.Limits{Low: orNone(b.low, quantity), High: orNone(b.high, quantity)}
	}
	c.SetLimits(limits("temperature"), limits("humidity"))
	if b.every > 0 {
		c.BeginMission(b.every)
	}
}

func orNone(limits map[string]float64, quantity string) float64 {
	if x, ok := limits[quantity]; ok {
		return x
	}
	return math.NaN()
}

// spellLimits is the value of a key of limits.
func spellLimits(limits map[string]float64) string {
	var all []string
	for _, quantity := range slices.Sorted(maps.Keys(limits)) {
		all = append(all, quantity+" = "+number(limits[quantity]))
	}
	return "{ " + strings.Join(all, ", ") + " }"
}
