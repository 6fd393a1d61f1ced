// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

const (
	// startRate is that of a chip after power-on or a break.
	startRate = 9600
	// raised is the fastest rate at which the line keeps up with the port for
	// a while, and promptly how late answers may be for that to be worth it.
	//
	// In a search a byte is 12 slots of 70 µs, longer than the port takes for it,
	// and the chip holds just one. So two are sent in one go, and the next two
	// when the first of their answers is there. A pass takes 20.7 ms in nine
	// turns, at 9600 baud 27.1 ms in one, so that answers that are 0.8 ms late
	// would spend what is gained.
	raised   = 19200
	promptly = 500 * time.Microsecond
)

// errFixed is a rate that is not the port's to change.
var errFixed = errors.New("the other end of this connection sets the rate")

// raise goes to the rate that is wanted. late is how late answers are.
func (b *Bus) raise(ctx context.Context, late time.Duration) error {
	if err := b.toRate(ctx, b.goal(late), late); err != nil {
		return err
	}
	if b.opts.Settings != nil {
		b.opts.Settings.inUse(b.want, b.rate)
	}
	return nil
}

// goal is the rate that is wanted.
func (b *Bus) goal(late time.Duration) int {
	switch {
	case b.opts.Baud != 0:
		return b.opts.Baud
	case b.auto && !b.fixed && late <= promptly:
		return raised
	}
	return b.rate
}

func (b *Bus) toRate(ctx context.Context, rate int, late time.Duration) error {
	code := byte(slices.Index(bauds(), rate))
	if b.opts.Reverse {
		code |= reversed
	}
	if code == b.codes[paramBaud] {
		return nil
	}
	if b.fixed && rate != b.rate {
		return fmt.Errorf("the chip is at %d baud: %w, %d can't be had from here", b.rate, errFixed, rate)
	}
	err := b.changeBaud(ctx, rate, code, late)
	if err == nil {
		return nil
	}
	b.opts.Log.Warn("staying at 9600 baud", "wanted", rate, "err", err)
	b.opts.Baud, b.opts.Reverse, b.auto = startRate, false, false
	if b.fixed {
		b.opts.Baud = 0
	}
	return b.sync(ctx)
}

// changeBaud changes the rate of the chip and then that of the port, and checks
// that they understand each other. The answer to the change itself comes in the
// middle of it, and is let pass.
func (b *Bus) changeBaud(ctx context.Context, rate int, code byte, late time.Duration) error {
	if err := b.write(append(b.toCommand(), command(writeParameter(paramBaud, code), 0))); err != nil {
		return err
	}
	// The bytes have to leave the port, and adapters have buffers of their own.
	if err := sleep(ctx, 3*byteTime(b.rate)+5*time.Millisecond+max(0, late)); err != nil {
		return err
	}
	if rate != b.rate {
		if err := b.port.SetBaud(rate); err != nil {
			return err
		}
	}
	b.rate, b.codes[paramBaud] = rate, code
	if err := b.pass(patience, quiet+max(0, late)); err != nil {
		return err
	}
	return b.proves()
}

// pass lets pass what comes: a first byte within some time, and others until
// there is silence.
func (b *Bus) pass(first, silence time.Duration) error {
	for within := first; ; within = silence {
		switch _, err := b.read(64, within); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
	}
}

// proves reads parameters that are known, often enough to see whether bytes pass.
func (b *Bus) proves() error {
	var steps []step
	var want []byte
	for range 4 {
		for _, code := range []byte{paramBaud, paramPulse5V, paramWrite1Low} {
			steps = append(steps, answered(readParameter(code), 0))
			want = append(want, b.codes[code]<<1)
		}
	}
	got, err := b.converse(steps)
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("the chip answers % X, not % X", got, want)
	}
	return err
}
