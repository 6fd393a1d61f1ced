// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"fmt"
	"time"

	"owfs/hw"
)

// units is how many units a time takes, rounded up.
func units(d, unit, least time.Duration) (uint16, error) {
	n := max(least, (d+unit-1)/unit)
	if n > mostUnits {
		return 0, fmt.Errorf("%v is too long for a DS2490: give %v at most: %w", d, mostUnits*unit, errors.ErrUnsupported)
	}
	return uint16(n), nil
}

// Power implements hw.Bus. The chip ends the pull-up by itself, so that it does
// not stay on if the program dies; it lasts a multiple of 16 ms, at most 4064 ms
// (table 7, page 15).
func (b *Bus) Power(ctx context.Context, v byte, d time.Duration) (byte, error) {
	if d <= 0 {
		p := []byte{v}
		err := b.Touch(ctx, p)
		return p[0], err
	}
	n, err := units(d, unitPullUp, 1)
	if err != nil {
		return 0, err
	}
	b.fresh = false
	outer := ctx
	var got []byte
	var ended error
	busy := b.slots(8) + time.Duration(n)*unitPullUp
	err = b.do(ctx, "sending a byte with strong pull-up", busy, func(ctx context.Context) error {
		if err := b.setPullUp(ctx, n); err != nil {
			return err
		}
		began := time.Now()
		if err := b.comm(ctx, byteIO|withPullUp, uint16(v)); err != nil {
			return err
		}
		s, err := b.poll(ctx)
		switch {
		case errors.Is(err, errCut):
		case err != nil:
			return err
		case s.idle() && s.in == 1 && time.Since(began) < d:
			return errors.New("the chip has not pulled the line up")
		}
		if ended = (hw.Wall{}).Sleep(outer, d); ended != nil {
			return b.restart(context.WithoutCancel(ctx)) // which ends the pull-up
		}
		got, err = b.collect(ctx, 1)
		return err
	})
	switch {
	case err != nil:
		return 0, err
	case ended != nil:
		return 0, ended
	}
	return got[0], nil
}

// setPullUp sets how long the next pull-ups last.
func (b *Bus) setPullUp(ctx context.Context, n uint16) error {
	if n == b.pullUp {
		return nil
	}
	if err := b.comm(ctx, setDuration, n); err != nil {
		return err
	}
	b.pullUp = n
	return nil
}

// Pulse implements hw.Pulser. A pulse lasts a multiple of 8 µs, at most 2032 µs
// (table 8, page 15).
func (p programmer) Pulse(ctx context.Context, d time.Duration) error {
	n, err := units(d, unitProgram, 1)
	if err != nil {
		return err
	}
	p.fresh = false
	return p.do(ctx, "sending a 12 V pulse", d, func(ctx context.Context) error {
		if err := p.comm(ctx, setDuration|with12V, n); err != nil {
			return err
		}
		code, err := p.result(ctx, pulse|with12V, 0)
		switch {
		case err != nil:
			return err
		case code != 0:
			return unexpected(code)
		}
		return nil
	})
}
