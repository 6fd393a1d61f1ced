// SPDX-License-Identifier: Apache-2.0

package ds2480b

import "time"

// The answers to a reset, in its two lowest bits (table 3, page 12).
const (
	lineShort  = 0
	presence   = 1
	alarming   = 2
	noPresence = 3
)

// reset does a reset and presence sequence (figure 6a, page 16: 512 + 584 µs,
// at overdrive 64 + 74 µs).
func (c *Chip) reset() (time.Duration, []answer) {
	d := 1096 * time.Microsecond
	if c.speed == 2 {
		d = 138 * time.Microsecond
	}
	present, short := c.line.ResetPulse(c.speed == 2, d)
	reply := 0xC0 | c.Revision<<2
	if c.Volts12 {
		reply |= 0x20
	}
	switch {
	case short:
		reply |= lineShort
	case !present:
		reply |= noPresence
	case c.Alarming != nil && c.Alarming():
		reply |= alarming
	default:
		reply |= presence
	}
	return d, []answer{{b: reply, after: d}}
}

func (c *Chip) bit(b byte) (byte, time.Duration) {
	d := c.slot(b)
	return c.line.SlotPulse(c.speed == 2, b, d), d
}

// singleBit does one slot. The answer is the command with the two lowest bits
// both what was read; a strong pull-up begins with it, and is answered at its
// end (page 21).
func (c *Chip) singleBit(b byte) (time.Duration, []answer) {
	c.speed = b >> 2 & 3
	got, d := c.bit(b >> 4 & 1)
	out := []answer{{b: b&0xFC | got*3, after: d}}
	if b&2 == 0 {
		return d, out
	}
	return c.pullUp(d, out)
}

// pullUp begins a strong pull-up after d, with the answers before it.
func (c *Chip) pullUp(d time.Duration, out []answer) (time.Duration, []answer) {
	last, ok := c.pulseTime(false)
	if !ok {
		c.pulse = &pulse{since: c.line.Clock().Now().Add(d)}
		return d, out
	}
	end := answer{b: pulseAnswer(false), after: last, then: func() { c.line.PulledUp(last) }}
	return d + last, append(out, end)
}

// data is a byte of slots, or four bits of a search.
func (c *Chip) data(b byte) (time.Duration, []answer) {
	run := c.plain
	if c.search {
		run = c.accelerated
	}
	got, d := run(b)
	out := []answer{{b: got, after: d}}
	if c.armed {
		return c.pullUp(d, out)
	}
	return d, out
}

func (c *Chip) plain(b byte) (got byte, takes time.Duration) {
	for i := range 8 {
		bit, d := c.bit(b >> i & 1)
		got |= bit << i
		takes += d
	}
	return got, takes
}

// accelerated does four steps of a search. In what is received the higher bit
// of each pair is the way to go where there is a choice; in the answer it is the
// way that was gone, and the lower bit tells of a choice (pages 9 and 10).
func (c *Chip) accelerated(b byte) (got byte, takes time.Duration) {
	slot := func(send byte) byte {
		bit, d := c.bit(send)
		takes += d
		return bit
	}
	for i := 0; i < 8; i += 2 {
		way, choice := b>>(i+1)&1, byte(0)
		id, complement := slot(1), slot(1)
		switch {
		case c.lost || id == 1 && complement == 1:
			c.lost = true
			way, choice = 1, 1
		case id == complement:
			choice = 1
		default:
			way = id
		}
		slot(way)
		got |= (way<<1 | choice) << i
	}
	return got, takes
}

// startPulse arms or disarms the pull-up after bytes, and does a pulse now
// (pages 11 and 18).
func (c *Chip) startPulse(b byte) (time.Duration, []answer) {
	volts12 := b&0x10 != 0
	if !volts12 {
		c.armed = b&2 != 0
	}
	if volts12 && !c.Volts12 {
		c.odd++
		return 0, []answer{{b: pulseAnswer(true)}}
	}
	d, ok := c.pulseTime(volts12)
	if !ok {
		c.pulse = &pulse{volts12: volts12, since: c.line.Clock().Now()}
		return 0, nil
	}
	end := func() { c.line.PulledUp(d) }
	if volts12 {
		end = func() { c.line.Pulse12V(d) }
	}
	return d, []answer{{b: pulseAnswer(volts12), after: d, then: end}}
}

// pulseAnswer is the pulse command with its two lowest bits undefined (page 12).
func pulseAnswer(volts12 bool) byte {
	if volts12 {
		return 0xFC
	}
	return 0xEC
}
