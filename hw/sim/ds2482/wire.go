// SPDX-License-Identifier: Apache-2.0

package ds2482

import "time"

// How long things take, typically (pages 3 and 4): reset low and high, a slot,
// at standard speed and at overdrive.
func (c *Chip) resetTime() time.Duration {
	if c.fast() {
		return (72 + 74) * time.Microsecond
	}
	return (600 + 584) * time.Microsecond
}

func (c *Chip) slotTime() time.Duration {
	if c.fast() {
		return 10500 * time.Nanosecond
	}
	return 69300 * time.Nanosecond
}

// begin is what all 1-Wire commands do first.
func (c *Chip) begin(canPullUp bool) {
	c.endPullUp()
	if c.config&strongPullUp != 0 && !canPullUp {
		c.odd++
	}
	c.pointer = pointStatus
	c.after = c.at
}

// lasts makes the chip busy.
func (c *Chip) lasts(d time.Duration) { c.until = c.clock.Now().Add(d) }

func (c *Chip) resetLine() {
	c.begin(false)
	d := c.resetTime()
	present, short := c.line().ResetPulse(c.fast(), d)
	c.after.ppd, c.after.sd, c.shorted[c.channel] = present && !short, short, short
	c.lasts(d)
}

func (c *Chip) slot(bit byte) byte { return c.line().SlotPulse(c.fast(), bit, c.slotTime()) }

// bytes does eight slots. What the line carried can be read from the data
// register after either command: the data sheet says so of Read Byte only, but
// the C suite reads all bytes in that way, on chips of every kind.
func (c *Chip) bytes(b byte, canPullUp bool) {
	c.begin(canPullUp)
	var got byte
	for i := range 8 {
		got |= c.slot(b>>i&1) << i
	}
	c.after.data = got
	c.lasts(8 * c.slotTime())
	c.pullUp(canPullUp)
}

func (c *Chip) oneBit(b byte) {
	c.begin(true)
	c.after.sbr = c.slot(b) == 1
	c.lasts(c.slotTime())
	c.pullUp(true)
}

// pullUp begins the strong pull-up with the end of the last slot.
func (c *Chip) pullUp(can bool) {
	if can && c.config&strongPullUp != 0 {
		c.pulling, c.since = true, c.until
	}
}

// threeBits reads a bit and its complement, and writes the way to go: the bit
// where there is no choice, 1 where nobody answers (page 14).
func (c *Chip) threeBits(way byte) {
	c.begin(false)
	id, complement := c.slot(1), c.slot(1)
	if id|complement == 1 {
		way = id
	}
	c.slot(way)
	c.after.sbr, c.after.tsb, c.after.dir = id == 1, complement == 1, way == 1
	c.lasts(3 * c.slotTime())
}
