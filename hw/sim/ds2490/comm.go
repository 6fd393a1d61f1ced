// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"time"
)

// doReset resets the line, at a new speed if the command brings one and speed
// changes are enabled (page 21).
func (c *Chip) doReset(ctx context.Context, q command) (code byte, err error) {
	c.changeSpeed(q, byte(q.index))
	for {
		code, err = c.resetPulse(ctx)
		if err != nil || !q.has(bitPST) || code != resultNRS || c.stopped {
			return code, err
		}
	}
}

func (c *Chip) changeSpeed(q command, to byte) {
	if q.has(bitSE) && c.mode[enabled]&speedEnabled != 0 && to <= overdrive {
		c.mode[speed] = to
	}
}

// embedded is the reset that RST puts before a command.
func (c *Chip) embedded(ctx context.Context, on bool) error {
	if !on {
		return nil
	}
	_, err := c.resetPulse(ctx)
	return err
}

// doBit does one slot (page 21).
func (c *Chip) doBit(ctx context.Context, q command) error {
	var bit byte
	if q.has(bitD) {
		bit = 1
	}
	got := c.slot(bit)
	if err := c.settle(ctx); err != nil {
		return err
	}
	if !q.quiet() {
		if err := c.give(ctx, got); err != nil {
			return err
		}
	}
	if q.has(bitSPU) && (got == 0 || !q.has(bitCIB)) {
		return c.pullUp(ctx)
	}
	return nil
}

// doByte does the slots of one byte (page 22).
func (c *Chip) doByte(ctx context.Context, q command) error {
	got, err := c.touch(ctx, byte(q.index))
	if err == nil && !q.quiet() {
		err = c.give(ctx, got)
	}
	if err == nil && q.has(bitSPU) {
		err = c.pullUp(ctx)
	}
	return err
}

// doBlock does the slots of a block of bytes (page 22).
func (c *Chip) doBlock(ctx context.Context, q command) error {
	if err := c.embedded(ctx, q.has(bitRST)); err != nil {
		return err
	}
	for range q.index {
		if err := c.exchange(ctx, true); err != nil {
			return err
		}
	}
	if q.has(bitSPU) {
		return c.pullUp(ctx)
	}
	return nil
}

// exchange sends the next byte of EP2.
func (c *Chip) exchange(ctx context.Context, answer bool) error {
	b, err := c.take(ctx)
	if err != nil {
		return err
	}
	got, err := c.touch(ctx, b)
	if err != nil || !answer {
		return err
	}
	return c.give(ctx, got)
}

// doStraight sends some bytes and reads others. Its value holds the number of
// those to send.
func (c *Chip) doStraight(ctx context.Context, q command) error {
	if err := c.embedded(ctx, q.has(straightRST)); err != nil {
		return err
	}
	for range q.value >> 8 {
		if err := c.exchange(ctx, false); err != nil {
			return err
		}
	}
	for range q.index {
		got, err := c.touch(ctx, 0xFF)
		if err == nil {
			err = c.give(ctx, got)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// doMatch selects a device by its ROM code. The overdrive form changes the
// speed behind the command.
func (c *Chip) doMatch(ctx context.Context, q command) error {
	if err := c.embedded(ctx, q.has(bitRST)); err != nil {
		return err
	}
	if _, err := c.touch(ctx, byte(q.index)); err != nil {
		return err
	}
	c.changeSpeed(q, byte(q.index>>8))
	for range 8 {
		if err := c.exchange(ctx, false); err != nil {
			return err
		}
	}
	return nil
}

// doPulse drives the line to 5 V or to 12 V (page 20).
func (c *Chip) doPulse(ctx context.Context, q command) (code byte, err error) {
	switch {
	case !q.has(bitType):
		return 0, c.pullUp(ctx)
	case c.mode[enabled]&programEnabled == 0:
		return 0, nil
	case !c.Volts12:
		return resultVPP, nil
	}
	return 0, c.drive(ctx, statusProgram, c.duration(programPulse, 8*time.Microsecond), c.line.Pulse12V)
}
