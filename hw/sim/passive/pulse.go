// SPDX-License-Identifier: Apache-2.0

package passive

import "time"

// How long the line is low for what (DS18B20 data sheet pages 15 and 16).
const (
	longestOne  = 15 * time.Microsecond
	shortestOff = 60 * time.Microsecond  // of a 0
	resetLow    = 480 * time.Microsecond // and longer

	presenceAfter = 30 * time.Microsecond // 15 to 60
	presenceLasts = 120 * time.Microsecond
)

// A span is a time within a word in which the line is low, from its start.
type span struct{ from, to time.Duration }

func (a *Adapter) bit() time.Duration { return time.Second / time.Duration(a.baud) }

// pulses puts a word on the line, and returns what is received at the same time.
// A word is a low start bit, the bits of data, the lowest first, and a high stop
// bit; each run of low bits is one pulse.
func (a *Adapter) pulses(w byte) byte {
	sent := func(i int) bool { return i > 0 && (i > a.bits || w>>(i-1)&1 == 1) } // high at bit i?
	var low []span
	for i := 0; i <= a.bits; i++ {
		if sent(i) {
			continue
		}
		first := i
		for !sent(i) {
			i++
		}
		from, to := time.Duration(first)*a.bit(), time.Duration(i)*a.bit()
		low = append(low, span{from, to})
		low = append(low, a.pulse(from, to)...)
	}
	var got byte
	for i := range a.bits {
		at := time.Duration(i+1)*a.bit() + a.bit()/2
		high := true
		for _, s := range low {
			high = high && (at < s.from || at >= s.to)
		}
		if high {
			got |= 1 << i
		}
	}
	return got
}

// pulse does what a low pulse does, and returns when the devices hold the line.
func (a *Adapter) pulse(from, to time.Duration) []span {
	d := to - from
	forever := span{from, time.Hour}
	switch {
	case d >= resetLow:
		present, short := a.line.ResetPulse(false, 2*d)
		switch {
		case short:
			return []span{forever}
		case present:
			return []span{{to + presenceAfter, to + presenceAfter + presenceLasts}}
		}
	case d <= longestOne:
		if a.line.SlotPulse(false, 1, time.Duration(a.bits+2)*a.bit()) == 0 {
			hold := a.Hold
			if hold == 0 {
				hold = 30 * time.Microsecond
			}
			return []span{{from, from + hold}}
		}
	default:
		if d < shortestOff {
			a.odd++
		}
		a.line.SlotPulse(false, 0, time.Duration(a.bits+2)*a.bit())
	}
	return nil
}
