// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"time"
)

// slotTime is how long a slot takes (figure 7, page 8; table 6, page 15).
func (c *Chip) slotTime() time.Duration {
	switch c.mode[speed] {
	case overdrive:
		return 10 * time.Microsecond
	case flexible:
		return time.Duration(65+c.mode[sampleOffset]) * time.Microsecond
	}
	return 68 * time.Microsecond
}

func (c *Chip) fast() bool { return c.mode[speed] == overdrive }

// slot does one slot. Its time is owed.
func (c *Chip) slot(bit byte) byte {
	d := c.slotTime()
	c.owed += d
	return c.line.SlotPulse(c.fast(), bit, d)
}

// touch does the eight slots of a byte.
func (c *Chip) touch(ctx context.Context, b byte) (got byte, err error) {
	for i := range 8 {
		got |= c.slot(b>>i&1) << i
	}
	return got, c.settle(ctx)
}

// resetPulse does a reset and presence sequence.
func (c *Chip) resetPulse(ctx context.Context) (code byte, err error) {
	d := 1096 * time.Microsecond
	if c.fast() {
		d = 138 * time.Microsecond
	}
	present, short := c.line.ResetPulse(c.fast(), d)
	c.owed += d
	switch {
	case short:
		code = resultSH
	case !present:
		code = resultNRS
	case c.Alarming != nil && c.Alarming():
		code = resultAPP
	}
	return code, c.settle(ctx)
}

// drive drives the line for d, or until a halt command if that is 0.
func (c *Chip) drive(ctx context.Context, status byte, d time.Duration, on func(time.Duration)) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	began := c.clock.Now()
	c.pulse = status
	var err error
	if d > 0 {
		err = c.sleep(ctx, d)
	} else {
		err = c.wait(ctx, func() bool { return c.stopped })
	}
	c.pulse = 0
	on(c.clock.Now().Sub(began))
	return err
}

// pullUp is a strong pull-up, if that is enabled.
func (c *Chip) pullUp(ctx context.Context) error {
	if c.mode[enabled]&pullUpEnabled == 0 {
		return nil
	}
	return c.drive(ctx, statusPullUp, c.duration(strongPullUp, 16*time.Millisecond), c.line.PulledUp)
}

// take takes a byte from the FIFO of EP2.
func (c *Chip) take(ctx context.Context) (byte, error) {
	if err := c.wait(ctx, func() bool { return len(c.out) > 0 }); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b := c.out[0]
	c.out = c.out[1:]
	c.changed.Broadcast()
	return b, nil
}

// give puts bytes into the FIFO of EP3.
func (c *Chip) give(ctx context.Context, p ...byte) error {
	for _, b := range p {
		if err := c.wait(ctx, func() bool { return len(c.in) < fifoData }); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c.in = append(c.in, b)
		c.changed.Broadcast()
	}
	return nil
}
