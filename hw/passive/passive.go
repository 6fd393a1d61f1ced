// SPDX-License-Identifier: Apache-2.0

// Package passive drives a passive adapter, as the DS9097: a serial port whose
// own words make the pulses on the line, by Dallas application note 74 and
// Maxim's tutorial 214, to which the page numbers here belong.
//
// A word pulls the line low with its start bit and with each of its bits that is
// 0, and comes back as what the line carried. At 9600 baud, F0 is a reset pulse,
// with a presence pulse in its upper half; at 115200 baud, a word of ones is a
// slot that writes 1 or reads, and a word of zeros one that writes 0. Words of 6
// bits make shorter slots than those of 8, but not all ports have them.
//
// What comes back is checked: to each word there must be one, and it must be one
// that the line can make of what was sent. If not, the port is brought in step
// again, and what was asked is an error of the line, since it may be tried again;
// only if that fails, it is one of the adapter.
//
// There is no strong pull-up: all that the line can give is what it has when the
// port is idle.
//
// To debug, give Options.Trace: it is told of each word.
package passive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"owfs/hw"
)

// Options are how to drive the port. The zero value is words of 6 bits, as the C
// suite has it.
type Options struct {
	// EightBit makes slots of words of 8 bits, 87 µs each, not 69 µs: for ports
	// that have no words of 6 bits.
	EightBit bool

	// Timeout is how much later than its time an answer may be. 0 means 0.5 s.
	Timeout time.Duration
	// Trace, if set, is told of what is written and read.
	Trace func(toLine bool, p []byte)
	Log   *slog.Logger // unset: nothing is logged
}

// A Bus is a passive adapter. It is a hw.Bus and a hw.Searcher.
type Bus struct {
	port    Port
	opts    Options
	one     byte // the word that writes 1 or reads
	bits    int
	baud    int
	shorted bool  // at the last reset
	dead    error // why the port can't be used any more
}

// Attach finds an adapter at a port. The port is closed with the Bus, and if
// there is none.
func Attach(ctx context.Context, port Port, opts Options) (hw.Bus, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Timeout == 0 {
		opts.Timeout = 500 * time.Millisecond
	}
	b := &Bus{port: port, opts: opts, one: 0x3F, bits: 6}
	if opts.EightBit {
		b.one, b.bits = 0xFF, 8
	}
	if err := b.begin(ctx); err != nil {
		port.Close()
		return nil, err
	}
	return b, nil
}

// begin brings the port in step and tries whether what is sent comes back.
func (b *Bus) begin(ctx context.Context) error {
	var err error
	silence := quiet
	for range tries {
		if err = ctx.Err(); err != nil {
			return err
		}
		if err = b.drain(silence); err != nil {
			return err
		}
		silence = b.opts.Timeout // what was sent before may still come back
		_, err = b.pulse()
		if err == nil || errors.Is(err, hw.ErrShort) {
			return nil
		}
		if !isSilence(err) {
			return err // the port itself
		}
	}
	return err
}

// Reset implements hw.Bus.
func (b *Bus) Reset(ctx context.Context) (present bool, err error) {
	err = b.do(ctx, "resetting the line", func() error {
		present, err = b.pulse()
		return err
	})
	return present && err == nil, err
}

const resetWord = 0xF0 // low for five bits: 521 µs

// pulse does a reset. The lower half of what comes back is what was sent; in the
// upper half there are zeros if somebody answers (page 5).
func (b *Bus) pulse() (present bool, err error) {
	if err := b.setMode(9600, 8); err != nil {
		return false, err
	}
	got, err := b.converse([]byte{resetWord}, byteTime(9600, 8))
	switch {
	case errors.Is(err, ErrNoAnswer) && b.shorted:
		return false, hw.ErrShort // of a line that stays low a port tells once
	case err != nil:
		return false, err
	}
	b.shorted = got[0] == 0
	switch {
	case b.shorted:
		return false, hw.ErrShort
	case got[0]&0x0F != 0:
		return false, fmt.Errorf("%w: to %02X, %02X comes back", ErrStranger, resetWord, got[0])
	}
	return got[0] != resetWord, nil
}

// Touch implements hw.Bus.
func (b *Bus) Touch(ctx context.Context, p []byte) error {
	return b.do(ctx, "sending bytes", func() error {
		got := make([]byte, 8*len(p))
		for i := range got {
			got[i] = p[i/8] >> (i % 8) & 1
		}
		if err := b.slots(got); err != nil {
			return err
		}
		clear(p)
		for i, bit := range got {
			p[i/8] |= bit << (i % 8)
		}
		return nil
	})
}

// Bits implements hw.Bus.
func (b *Bus) Bits(ctx context.Context, p []byte) error {
	return b.do(ctx, "sending bits", func() error {
		got := make([]byte, len(p))
		for i, bit := range p {
			got[i] = bit & 1
		}
		if err := b.slots(got); err != nil {
			return err
		}
		copy(p, got)
		return nil
	})
}

// Power implements hw.Bus. The line is left alone for d, in which it feeds the
// devices as well as it can.
func (b *Bus) Power(ctx context.Context, v byte, d time.Duration) (byte, error) {
	p := []byte{v}
	if err := b.Touch(ctx, p); err != nil {
		return 0, err
	}
	return p[0], hw.Wall{}.Sleep(ctx, d)
}

// Close implements hw.Bus.
func (b *Bus) Close() error {
	b.dead = errors.New("the port is closed")
	return b.port.Close()
}

// do runs a call and mends the port if it fails. Once begun it is not torn.
func (b *Bus) do(ctx context.Context, what string, f func() error) error {
	if b.dead != nil {
		return b.dead
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := b.unasked()
	if err == nil {
		err = f()
	}
	if err == nil || hw.IsLine(err) {
		return err
	}
	if !isSilence(err) {
		return b.failed(what, err)
	}
	b.opts.Log.Warn("out of step with the passive adapter", "while", what, "err", err)
	if again := b.begin(context.WithoutCancel(ctx)); again != nil {
		return b.failed(what, fmt.Errorf("%w; after that: %w", err, again))
	}
	return fmt.Errorf("%s: %w (%w)", what, err, hw.ErrEcho)
}

// failed is the end of this adapter.
func (b *Bus) failed(what string, why error) error {
	b.dead = fmt.Errorf("passive adapter failed while %s: %w", what, why)
	return b.dead
}
