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
	// raised is the fastest rate at which the line keeps up with the port for
	// a while, and promptly how late answers may be for that to be worth it.
	raised   = 19200
	promptly = 2 * time.Millisecond
)

// raise goes to the rate that is wanted. late is how late answers are.
func (b *Bus) raise(ctx context.Context, late time.Duration) error {
	rate := b.opts.Baud
	if rate == 0 {
		if !b.auto || b.fixed || late > promptly {
			return nil
		}
		rate = raised
	}
	if rate == b.rate {
		return nil
	}
	if b.fixed {
		return fmt.Errorf("the chip is at %d baud: the other end of this connection sets the rate, %d can't be had from here", b.rate, rate)
	}
	err := b.changeBaud(ctx, rate)
	if err == nil {
		return nil
	}
	b.opts.Log.Warn("staying at 9600 baud", "wanted", rate, "err", err)
	b.opts.Baud, b.auto = 9600, false
	return b.sync(ctx)
}

// changeBaud changes the rate of the chip and then that of the port, and checks
// that they understand each other. The answer to the change itself comes in the
// middle of it, and is let pass.
func (b *Bus) changeBaud(ctx context.Context, rate int) error {
	code := byte(slices.Index(bauds(), rate))
	p := []byte{writeParameter(paramBaud, code)}
	b.trace(true, p)
	if _, err := b.port.Write(p); err != nil {
		return err
	}
	// The byte has to leave the port, and adapters have buffers of their own.
	if err := sleep(ctx, 2*byteTime(b.rate)+5*time.Millisecond); err != nil {
		return err
	}
	if err := b.port.SetBaud(rate); err != nil {
		return err
	}
	b.rate = rate
	for {
		if _, err := b.read(64, 5*time.Millisecond); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			return err
		}
	}
	return b.proves(code)
}

// proves reads parameters that are known, often enough to see whether bytes pass.
func (b *Bus) proves(baud byte) error {
	var steps []step
	var want []byte
	codes := b.codes
	codes[paramBaud] = baud
	for range 4 {
		for _, code := range []byte{paramBaud, paramPulse5V, paramWrite1Low} {
			steps = append(steps, answered(readParameter(code), 0))
			want = append(want, codes[code]<<1)
		}
	}
	got, err := b.converse(steps)
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("the chip answers % X, not % X", got, want)
	}
	return err
}
