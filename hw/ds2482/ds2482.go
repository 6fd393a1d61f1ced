// SPDX-License-Identifier: Apache-2.0

// Package ds2482 drives the DS2482-100, the DS2482-800 and the DS2483, chips that
// make an I²C bus into a 1-Wire bus master, by the data sheets of the DS2482-100
// (19-4930), to which the page numbers here belong, the DS2482-800 (19-4932) and
// the DS2483 (19-5975). The DS2484 is a DS2483 with another sleep input.
//
// Each command is one short I²C message; the chip then works at the line and
// tells in its status register when it is done and what it saw. I²C has no check
// sums, so what is read is read twice, what is configured is read back, and of
// each byte that is sent the chip's data register tells what the line carried.
// The data sheet says so of bytes that are read only, but the C suite relies on
// it for all bytes, on chips of every kind.
//
// When the chip does not acknowledge, stays busy, or turns out to have been reset
// by something else, it is reset and set up anew. What was asked then is an error
// of the line, since it may be tried again; only if the chip does not come back,
// it is one of the adapter. A chip that was reset has forgotten its channel, so
// the transactions that were under way on the others fail too, up to their next
// reset.
//
// To debug, give Options.Trace: it is told of each I²C transfer.
package ds2482

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"owfs/hw"
)

// Options are how to drive the chip and the line. The zero value is active
// pull-up without presence pulse masking, as the C suite has it.
type Options struct {
	// PassivePullUp leaves the rising edges to the resistor. The data sheet
	// recommends active ones for lines of 30 m or more, or with many devices
	// (DS2482-800 page 6).
	PassivePullUp bool
	// MaskPresence makes the chip pull the line low while a presence pulse
	// begins, whose edge may be too steep for long lines (DS2482-800 page 7).
	// The DS2483 and later revisions of the DS2482-100 can't.
	MaskPresence bool

	// Trace, if set, is told of each transfer: what was written to the chip at
	// an address, and what was then read from it.
	Trace func(address uint8, w, r []byte, err error)
	Log   *slog.Logger // unset: nothing is logged
}

// The ways in which a chip fails.
var (
	ErrNoChip   = errors.New("no DS2482 answers")
	ErrLockedUp = errors.New("the DS2482 stays busy")
	ErrReset    = errors.New("the DS2482 was reset by something else, such as a dip of its supply")
	ErrGarbled  = errors.New("the I²C bus garbles what it carries")
	ErrInUse    = errors.New("the chip is in use")
)

// A Bus is a channel of a chip. It is a hw.Bus, a hw.Tripleter and a hw.Speeder.
// Channels of one chip take turns, call by call; a strong pull-up makes the
// others wait for its end.
type Bus struct {
	chip    *chip
	channel int
	fast    bool
	life    uint64 // of the chip, at the last reset of the line
	closed  bool
}

var (
	_ hw.Tripleter = (*Bus)(nil)
	_ hw.Speeder   = (*Bus)(nil)
)

var errClosed = errors.New("the channel is closed")

// do runs a call when it is the channel's turn, and mends the chip if it fails.
// Once begun it is not torn.
func (b *Bus) do(ctx context.Context, what string, f func(c *chip) error) error {
	c := b.chip
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.unlock()
	switch {
	case b.closed:
		return errClosed
	case c.dead != nil:
		return c.dead
	}
	err := f(c)
	switch {
	case err == nil:
		c.strikes = 0
	case !hw.IsLine(err):
		err = c.mend(what, err)
	}
	return err
}

// onLine is do for what goes on with a transaction.
func (b *Bus) onLine(ctx context.Context, what string, f func(c *chip) error) error {
	return b.do(ctx, what, func(c *chip) error {
		if b.life != c.life {
			return fmt.Errorf("%s: the chip was reset in the middle of the transaction (%w)", what, hw.ErrEcho)
		}
		if err := c.prepare(b); err != nil {
			return err
		}
		return f(c)
	})
}

// Reset implements hw.Bus.
func (b *Bus) Reset(ctx context.Context) (present bool, err error) {
	err = b.do(ctx, "resetting the line", func(c *chip) error {
		if err := c.prepare(b); err != nil {
			return err
		}
		status, err := c.command(c.resetTime(), wireReset)
		if err != nil {
			return err
		}
		b.life = c.life
		if status&statusShort != 0 {
			return hw.ErrShort
		}
		present = status&statusPresence != 0
		return nil
	})
	return present && err == nil, err
}

// Touch implements hw.Bus.
func (b *Bus) Touch(ctx context.Context, p []byte) error {
	return b.onLine(ctx, "sending bytes", func(c *chip) error {
		got := make([]byte, len(p))
		for i, v := range p {
			var err error
			if got[i], err = c.byte(v); err != nil {
				return err
			}
		}
		copy(p, got)
		return nil
	})
}

// Bits implements hw.Bus.
func (b *Bus) Bits(ctx context.Context, p []byte) error {
	return b.onLine(ctx, "sending bits", func(c *chip) error {
		got := make([]byte, len(p))
		for i, bit := range p {
			status, err := c.command(c.slotTime(), singleBit, bit<<7)
			if err != nil {
				return err
			}
			got[i] = status >> singleBitAt & 1
		}
		copy(p, got)
		return nil
	})
}

// Triplet implements hw.Tripleter.
func (b *Bus) Triplet(ctx context.Context, dir byte) (id, complement, taken byte, err error) {
	err = b.onLine(ctx, "searching", func(c *chip) error {
		status, err := c.command(3*c.slotTime(), triplet, dir<<7)
		if err != nil {
			return err
		}
		id, complement, taken = status>>singleBitAt&1, status>>secondBitAt&1, status>>directionAt&1
		want := dir & 1 // what the chip takes is told on page 14
		if id|complement == 1 {
			want = id
		}
		if taken != want {
			return fmt.Errorf("the chip went %d after %d %d (%w)", taken, id, complement, hw.ErrEcho)
		}
		return nil
	})
	if err != nil {
		return 0, 0, 0, err
	}
	return id, complement, taken, nil
}

// Power implements hw.Bus. The pull-up begins with the last slot, by the chip
// itself, and ends when the bit in the configuration is taken back (page 7).
func (b *Bus) Power(ctx context.Context, v byte, d time.Duration) (got byte, err error) {
	var ended error
	err = b.onLine(ctx, "sending a byte with strong pull-up", func(c *chip) error {
		if d <= 0 {
			got, err = c.byte(v)
			return err
		}
		with := c.config | configStrong
		if err := c.configure(with); err != nil {
			return err
		}
		got, err = c.written(v)
		if err != nil {
			return err
		}
		ended = hw.Wall{}.Sleep(ctx, d)
		// Whatever happens, the pull-up must not stay on; and if it has not been
		// on all the time, that must be known.
		if still, err := c.register(pointConfig); err != nil {
			return err
		} else if still != with {
			return fmt.Errorf("the strong pull-up has ended too soon, the configuration reads %02Xh: %w", still, ErrReset)
		}
		return c.configure(with &^ configStrong)
	})
	if err == nil {
		err = ended
	}
	if err != nil {
		return 0, err
	}
	return got, nil
}

// SetOverdrive implements hw.Speeder. The chip changes with the next call.
func (b *Bus) SetOverdrive(ctx context.Context, on bool) error {
	return b.do(ctx, "setting the speed", func(*chip) error {
		b.fast = on
		return nil
	})
}

// Close implements hw.Bus. The I²C bus is closed with the last channel.
func (b *Bus) Close() error {
	c := b.chip
	if err := c.lock(context.Background()); err != nil {
		return err
	}
	defer c.unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	return c.leave()
}

// ActivePullUp and MasksPresence tell how the chip of this channel is set up,
// for all its channels.
func (b *Bus) ActivePullUp() bool  { return b.setting(configActive) }
func (b *Bus) MasksPresence() bool { return b.setting(configMask) }

func (b *Bus) setting(bit byte) bool {
	if b.chip.lock(context.Background()) != nil {
		return false
	}
	defer b.chip.unlock()
	return b.chip.base&bit != 0
}

// SetActivePullUp and SetMasksPresence change that, from the next call on.
func (b *Bus) SetActivePullUp(ctx context.Context, on bool) error {
	return b.set(ctx, configActive, on)
}
func (b *Bus) SetMasksPresence(ctx context.Context, on bool) error {
	return b.set(ctx, configMask, on)
}

func (b *Bus) set(ctx context.Context, bit byte, on bool) error {
	return b.do(ctx, "changing the configuration", func(c *chip) error {
		base := c.base &^ bit
		if on {
			base |= bit
		}
		base, err := c.settle(base)
		if err != nil {
			return err
		}
		c.base = base
		return nil
	})
}
