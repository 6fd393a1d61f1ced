// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"owfs/hw"
)

// do does something that keeps the chip busy for some time. Once begun it is not
// torn.
func (b *Bus) do(ctx context.Context, what string, busy time.Duration, f func(ctx context.Context) error) error {
	if b.dead != nil {
		return b.dead
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, busy+b.opts.Timeout)
	defer cancel()
	err := f(limited)
	switch {
	case err == nil, hw.IsLine(err):
		return err
	case limited.Err() != nil:
		err = fmt.Errorf("%w (%w)", err, os.ErrDeadlineExceeded)
	}
	return b.astray(ctx, what, err)
}

// astray gets back in step with a chip that has not done what it should. If it
// comes back, the error is one of the line, so that it is tried again.
func (b *Bus) astray(ctx context.Context, what string, why error) error {
	if errors.Is(why, ErrGone) {
		return b.failed(what, why)
	}
	b.opts.Log.Warn("out of step with the DS2490", "while", what, "err", why)
	if err := b.restart(ctx); err != nil {
		return b.failed(what, fmt.Errorf("%w; after that: %w", why, err))
	}
	return fmt.Errorf("%s: %w (%w)", what, why, hw.ErrEcho)
}

// failed is the end of this adapter.
func (b *Bus) failed(what string, why error) error {
	b.dead = fmt.Errorf("USB stick failed while %s: %w", what, why)
	return b.dead
}

const tries = 3

// restart brings a stick back that may be in any state.
func (b *Bus) restart(ctx context.Context) error {
	var err error
	for range tries {
		if err = b.port.ClearHalts(ctx); err != nil {
			err = fmt.Errorf("clearing halts: %w", err)
		} else if err = b.start(ctx); err == nil {
			return nil
		}
		if errors.Is(err, ErrGone) || ctx.Err() != nil {
			break
		}
	}
	return err
}

// start makes the chip forget everything and sets it up.
func (b *Bus) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	// This ends whatever is under way, and empties the FIFOs (page 18).
	if err := b.port.Control(ctx, controlCommand, resetDevice, 0); err != nil {
		return fmt.Errorf("resetting the chip: %w", err)
	}
	b.pullUp = 0
	pulses := uint16(pulse5V)
	if b.volts12 {
		pulses |= pulse12V
	}
	for _, mode := range [...]struct{ command, value uint16 }{
		{modePulses, pulses},
		{modeSpeed, b.speed},
		{modeSlew, b.slew},
		{modeWrite1Low, b.write1Low},
		{modeSampleOffset, b.sampleOffset},
	} {
		if err := b.port.Control(ctx, modeCommand, mode.command, mode.value); err != nil {
			return fmt.Errorf("setting up the chip: %w", err)
		}
	}
	s, err := b.wait(ctx, has(0))
	if err != nil {
		return fmt.Errorf("setting up the chip: %w", err)
	}
	b.has12V = s.flags&flag12V != 0
	return nil
}

// comm sends a communication command.
func (b *Bus) comm(ctx context.Context, value, index uint16) error {
	if err := b.port.Control(ctx, commCommand, value, index); err != nil {
		return fmt.Errorf("sending the command %04X: %w", value, err)
	}
	return nil
}

// send fills the FIFO of EP2.
func (b *Bus) send(ctx context.Context, p []byte) error {
	n, err := b.port.Out(ctx, EndpointOut, p)
	if err == nil && n != len(p) {
		err = errors.New("the transfer was cut short")
	}
	if err != nil {
		return fmt.Errorf("sending data, %d of %d bytes: %w", n, len(p), err)
	}
	return nil
}

// receive empties the FIFO of EP3, in which there are n bytes.
func (b *Bus) receive(ctx context.Context, n int) ([]byte, error) {
	p := make([]byte, (n+packet-1)/packet*packet)
	got, err := b.port.In(ctx, EndpointIn, p)
	if err == nil && got != n {
		err = errors.New("the transfer has another length")
	}
	if err != nil {
		return nil, fmt.Errorf("reading data, %d of %d bytes: %w", got, n, err)
	}
	return p[:n], nil
}

// rest lets the time pass that the chip will be busy, instead of asking it each
// millisecond.
func rest(ctx context.Context, busy time.Duration) error {
	const asking = time.Millisecond // what the first question takes
	if busy <= 2*asking {
		return nil
	}
	return hw.Wall{}.Sleep(ctx, busy-asking)
}
