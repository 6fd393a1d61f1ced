// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Power implements hw.Bus. The byte is sent as single bits, the last of which
// is followed at once by a strong pull-up that lasts until it is terminated
// (page 21): the chip has no duration of its own that fits. It is at least d
// from the answer to that bit, with which the pull-up begins, and longer by
// what the port takes for two bytes.
func (b *Bus) Power(ctx context.Context, v byte, d time.Duration) (byte, error) {
	p := make([]byte, 8)
	for i := range p {
		p[i] = v >> i & 1
	}
	last := byte(withPullUp)
	if d <= 0 {
		last = 0
	}
	if err := b.bits(ctx, p, last); err != nil {
		return 0, err
	}
	var got byte
	for i, bit := range p {
		got |= bit << i
	}
	if d <= 0 {
		return got, nil
	}
	ended := sleep(ctx, d)
	// Whatever happens, the pull-up must not stay on.
	if err := b.terminate(context.WithoutCancel(ctx), "ending the strong pull-up"); err != nil {
		return 0, err
	}
	return got, ended
}

// terminate ends a pulse, which is answered, while the command for it is not.
func (b *Bus) terminate(ctx context.Context, what string) error {
	got, err := b.exchange(ctx, what, []step{answered(terminate, 0)})
	if err != nil {
		return err
	}
	return b.pulseEnded(ctx, what, got[0])
}

func (b *Bus) pulseEnded(ctx context.Context, what string, answer byte) error {
	if answer&pulseMask != pulseAnswer {
		return b.astray(ctx, what, fmt.Errorf("the chip answers %02X", answer))
	}
	return nil
}

// longestPulse is the longest that the chip times by itself (table 4, page 13).
const longestPulse = 2048 * time.Microsecond

// Pulse implements hw.Pulser. The chip knows 32, 64, 128 and so on to 2048 µs;
// the shortest that is long enough is taken.
func (p programmer) Pulse(ctx context.Context, d time.Duration) error {
	if d > longestPulse {
		return fmt.Errorf("a pulse of %v: give %v at most: %w", d, longestPulse, errors.ErrUnsupported)
	}
	code, last := byte(0), 32*time.Microsecond
	for ; last < d; last *= 2 {
		code++
	}
	const what = "sending a 12 V pulse"
	steps := p.toCommand()
	set := writeParameter(paramPulse12V, code)
	got, err := p.exchange(ctx, what, append(steps, answered(set, 0), answered(pulse12V, last)))
	if err != nil {
		return err
	}
	if got[0] != set&^1 {
		return p.astray(ctx, what, fmt.Errorf("the chip answers %02X to %02X", got[0], set))
	}
	return p.pulseEnded(ctx, what, got[1])
}
