// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"owfs/hw"
)

// A step is a byte to the chip, whether it is answered, and how long the chip
// is busy with it.
type step struct {
	send    byte
	answers bool
	busy    time.Duration
}

func answered(b byte, busy time.Duration) step { return step{b, true, busy} }
func command(b byte, busy time.Duration) step  { return step{b, false, busy} }

// toCommand and toData are the change of mode, if the chip must change.
func (b *Bus) toCommand() []step {
	if !b.data {
		return nil
	}
	b.data = false
	return []step{command(toCommand, 0)}
}

func (b *Bus) toData() []step {
	if b.data {
		return nil
	}
	b.data = true
	return []step{command(toData, 0)}
}

// appendData appends bytes of data, each of which makes a number of slots. The
// one that means the command mode is sent twice (page 6).
func (b *Bus) appendData(steps []step, p []byte, slots int) []step {
	busy := time.Duration(slots) * b.slot()
	for _, v := range p {
		if v == toCommand {
			steps = append(steps, command(v, 0))
		}
		steps = append(steps, answered(v, busy))
	}
	return steps
}

// maxBurst bounds what is written at once, so that it fits into the buffers of
// any port.
const maxBurst = 256

func byteTime(rate int) time.Duration { return 10 * time.Second / time.Duration(rate) }

// burst is how many steps may be sent in one go to a chip that is busy for some
// time and then waits. Beside the byte it works at, it can hold one; what comes
// then is lost (page 22). At 9600 baud the line is faster than the port, so that
// there is no limit; else it is as far as the line keeps up.
func burst(steps []step, busy, perByte time.Duration) int {
	var taken time.Duration // when the byte before leaves the chip's buffer
	free := busy
	for i, s := range steps {
		arrives := time.Duration(i+1) * perByte
		if i == maxBurst || arrives < taken {
			return i
		}
		taken = max(arrives, free)
		free = taken + s.busy
	}
	return len(steps)
}

// exchange sends steps and returns the answers. Once begun it is not torn.
func (b *Bus) exchange(ctx context.Context, what string, steps []step) ([]byte, error) {
	if b.dead != nil {
		return nil, b.dead
	}
	if err := ctx.Err(); err != nil {
		b.undo(steps)
		return nil, err
	}
	if n, err := b.unasked(); err != nil {
		return nil, b.failed(what, err)
	} else if n > 0 {
		return nil, b.astray(ctx, what, fmt.Errorf("%d bytes have come that nobody had asked for", n))
	}
	got, err := b.converse(steps)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, b.astray(ctx, what, fmt.Errorf("%d of %d answers have come: %w", len(got), answers(steps), err))
	case err != nil:
		return nil, b.failed(what, err)
	}
	return got, nil
}

// undo takes back a change of mode that was not sent.
func (b *Bus) undo(steps []step) {
	if len(steps) > 0 && !steps[0].answers && (steps[0].send == toCommand || steps[0].send == toData) {
		b.data = steps[0].send == toCommand
	}
}

func answers(steps []step) (n int) {
	for _, s := range steps {
		if s.answers {
			n++
		}
	}
	return n
}

// converse sends bursts, each when the chip can take it, and reads the answers.
// There is no flush: it would throw away bytes that are still to be sent.
func (b *Bus) converse(steps []step) (got []byte, err error) {
	perByte := byteTime(b.rate)
	sent, done := 0, 0 // steps; done are those up to the last answer
	for sent < len(steps) || answers(steps[done:sent]) > 0 {
		under := steps[done:sent]
		waits := answers(under)
		if sent < len(steps) && (waits == 0 || len(under) == 1) {
			var busy time.Duration
			if waits > 0 {
				busy = under[0].busy
			}
			n := max(1, burst(steps[sent:], busy, perByte))
			if err := b.write(steps[sent : sent+n]); err != nil {
				return got, err
			}
			sent += n
			continue
		}
		p, err := b.read(waits, b.within(under))
		got = append(got, p...)
		for n := len(p); n > 0; done++ {
			if steps[done].answers {
				n--
			}
		}
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

// within is how long the answers to steps may take.
func (b *Bus) within(steps []step) time.Duration {
	d := b.opts.Timeout + byteTime(b.rate)
	for _, s := range steps {
		d += byteTime(b.rate) + s.busy
	}
	return d
}

func (b *Bus) write(steps []step) error {
	p := make([]byte, len(steps))
	for i, s := range steps {
		p[i] = s.send
	}
	b.trace(true, p)
	_, err := b.port.Write(p)
	return err
}

// read reads at least one byte, and up to n that have come.
func (b *Bus) read(n int, within time.Duration) ([]byte, error) {
	if err := b.port.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	p := make([]byte, n)
	n, err := b.port.Read(p)
	b.trace(false, p[:n])
	if n > 0 {
		err = nil
	}
	return p[:n], err
}

// unasked throws away bytes that came without being asked for.
func (b *Bus) unasked() (n int, err error) {
	for {
		p, err := b.read(64, 0)
		n += len(p)
		if errors.Is(err, os.ErrDeadlineExceeded) || err == nil && n > maxDrain {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func (b *Bus) trace(toChip bool, p []byte) {
	if b.opts.Trace != nil && len(p) > 0 {
		b.opts.Trace(toChip, p)
	}
}

// astray gets back in step with a chip that has answered what it should not. If
// it comes back, the error is one of the line, so that it is tried again.
func (b *Bus) astray(ctx context.Context, what string, why error) error {
	b.opts.Log.Warn("out of step with the DS2480B", "while", what, "err", why)
	if b.opts.Baud == 0 {
		b.auto = false // what was raised by itself may have been too much
	}
	if err := b.sync(context.WithoutCancel(ctx)); err != nil {
		return b.failed(what, fmt.Errorf("%w; after that: %w", why, err))
	}
	return fmt.Errorf("%s: %w (%w)", what, why, hw.ErrEcho)
}

// failed is the end of this adapter.
func (b *Bus) failed(what string, why error) error {
	b.dead = fmt.Errorf("serial adapter failed while %s: %w", what, why)
	return b.dead
}
