// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// How a port can be without a DS2480B.
var (
	ErrNoAnswer = errors.New("nothing on the port answers")
	ErrPassive  = errors.New("the port sends back what it is sent: that is a passive adapter or a loopback, not a DS2480B")
	ErrStranger = errors.New("what answers on the port is not a DS2480B")
)

const (
	tries    = 3
	maxDrain = 4096

	breakTime = 5 * time.Millisecond // longer than a byte; the chip needs one without a stop bit (page 5)
	settle    = 2 * time.Millisecond
	quiet     = 30 * time.Millisecond // USB adapters keep bytes back for up to 16 ms
	patience  = 500 * time.Millisecond
)

// sync resets the chip, whatever state it is in, and sets it up at 9600 baud,
// and then at the rate that is wanted.
func (b *Bus) sync(ctx context.Context) error {
	var err error
	for try := range tries {
		if err = ctx.Err(); err != nil {
			return err
		}
		var late time.Duration
		late, err = b.begin(ctx, try > 0)
		if err == nil {
			b.late = late
			return b.raise(ctx, late)
		}
		if !isSilence(err) {
			return err // the port itself
		}
	}
	return err
}

// isSilence tells errors that another try may mend.
func isSilence(err error) bool {
	return errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrPassive) || errors.Is(err, ErrStranger)
}

// begin does one try. It returns how much later than the bytes took the answers
// have come. The thorough way is for ports that carry no break.
func (b *Bus) begin(ctx context.Context, thorough bool) (late time.Duration, err error) {
	b.data, b.rate = false, startRate
	if err := b.breakNow(ctx); err != nil {
		return 0, err
	}
	// A chip that has seen the break takes this byte's measure and is silent;
	// another may answer anything.
	silence := quiet
	if thorough { // answers to what was asked before may still be on their way
		silence = min(b.opts.Timeout, patience)
	}
	if err := b.tell(ctx, silence, timingByte); err != nil {
		return 0, err
	}
	if thorough {
		if err := b.tell(ctx, quiet, toCommand, terminate, searchOff|b.speed<<2); err != nil {
			return 0, err
		}
	}
	return b.configure()
}

// breakNow makes the chip start as after power-on.
func (b *Bus) breakNow(ctx context.Context) error {
	err := b.port.SetBaud(startRate)
	b.fixed = errors.Is(err, errors.ErrUnsupported)
	if err != nil && !b.fixed {
		return fmt.Errorf("setting 9600 baud: %w", err)
	}
	if err := b.port.Break(breakTime); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sending a break: %w", err)
	}
	return sleep(ctx, settle)
}

// tell sends bytes, and lets pass what comes until nothing does.
func (b *Bus) tell(ctx context.Context, silence time.Duration, p ...byte) error {
	b.trace(true, p)
	if _, err := b.port.Write(p); err != nil {
		return err
	}
	for n := 0; n < maxDrain; {
		got, err := b.read(64, silence)
		n += len(got)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it does not stop sending", ErrStranger)
}

// configure writes the parameters, reads the baud rate, and resets the line,
// which tells the revision.
func (b *Bus) configure() (late time.Duration, err error) {
	var steps []step
	for _, code := range []byte{paramSlew, paramPulse12V, paramPulse5V, paramWrite1Low, paramSampleOffset} {
		steps = append(steps, answered(writeParameter(code, b.codes[code]), 0))
	}
	settings := len(steps)
	steps = append(steps, answered(readParameter(paramBaud), 0), answered(reset|b.speed<<2, resetTime(b.speed)))
	began := time.Now()
	got, err := b.converse(steps)
	late = time.Since(began) - time.Duration(len(steps)+1)*byteTime(b.rate) - resetTime(b.speed)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && len(got) == 0:
		return 0, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
		return 0, err
	}
	sent := make([]byte, len(steps))
	want := make([]byte, settings)
	for i, s := range steps {
		sent[i] = s.send
		if i < settings {
			want[i] = s.send &^ 1
		}
	}
	switch {
	case bytes.Equal(got, sent):
		return 0, ErrPassive
	case len(got) < len(steps), !bytes.Equal(got[:settings], want), got[settings]&0xF1 != 0, got[settings+1]&0xC0 != 0xC0:
		return 0, fmt.Errorf("%w: to % X it answers % X", ErrStranger, sent, got)
	}
	b.codes[paramBaud] = got[settings] >> 1 & 7
	b.rate = bauds()[b.codes[paramBaud]&3]
	last := got[settings+1]
	b.revision, b.volts12 = last>>2&7, last&resetVolts12 != 0
	return late, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
