// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
)

// fifo is how many bytes EP2 and EP3 hold each (page 28).
const fifo = 128

// Touch implements hw.Bus.
func (b *Bus) Touch(ctx context.Context, p []byte) error {
	if len(p) == 0 {
		return ctx.Err()
	}
	b.fresh = false
	got := make([]byte, 0, len(p))
	for left := p; len(left) > 0; {
		n := min(len(left), fifo)
		part, err := b.block(ctx, left[:n])
		if err != nil {
			return err
		}
		got, left = append(got, part...), left[n:]
	}
	copy(p, got)
	return nil
}

// block sends as many bytes as the FIFOs hold.
func (b *Bus) block(ctx context.Context, p []byte) (got []byte, err error) {
	busy := b.slots(8 * len(p))
	err = b.do(ctx, "sending bytes", busy, func(ctx context.Context) error {
		if err := b.send(ctx, p); err != nil {
			return err
		}
		if err := b.comm(ctx, blockIO, uint16(len(p))); err != nil {
			return err
		}
		if err := rest(ctx, busy); err != nil {
			return err
		}
		got, err = b.collect(ctx, len(p))
		return err
	})
	return got, err
}

// collect waits until the chip has n bytes, and reads them.
func (b *Bus) collect(ctx context.Context, n int) ([]byte, error) {
	s, err := b.wait(ctx, has(n))
	switch {
	case err != nil:
		return nil, err
	case len(s.results) > 0:
		return nil, unexpected(s.results[0])
	}
	return b.receive(ctx, n)
}

// Bits implements hw.Bus.
func (b *Bus) Bits(ctx context.Context, p []byte) error {
	if len(p) == 0 {
		return ctx.Err()
	}
	got := make([]byte, 0, len(p))
	whole := len(p) / 8
	packed := make([]byte, whole)
	for i, bit := range p[:8*whole] {
		packed[i/8] |= bit & 1 << (i % 8)
	}
	if err := b.Touch(ctx, packed); err != nil {
		return err
	}
	for i := range 8 * whole {
		got = append(got, packed[i/8]>>(i%8)&1)
	}
	for left := p[8*whole:]; len(left) > 0; {
		n := min(len(left), commands)
		part, err := b.few(ctx, left[:n])
		if err != nil {
			return err
		}
		got, left = append(got, part...), left[n:]
	}
	copy(p, got)
	return nil
}

// commands is how many commands wait in the chip at most: 16 bytes (page 30).
const commands = 4

// few sends single bits, each by a command.
func (b *Bus) few(ctx context.Context, p []byte) (got []byte, err error) {
	b.fresh = false
	err = b.do(ctx, "sending bits", b.slots(len(p)), func(ctx context.Context) error {
		for _, bit := range p {
			command := uint16(bitIO)
			if bit&1 != 0 {
				command |= bitOne
			}
			if err := b.comm(ctx, command, 0); err != nil {
				return err
			}
		}
		if got, err = b.collect(ctx, len(p)); err != nil {
			return err
		}
		for _, bit := range got {
			if bit > 1 {
				return errors.New("the chip gives a bit that is none")
			}
		}
		return nil
	})
	return got, err
}
