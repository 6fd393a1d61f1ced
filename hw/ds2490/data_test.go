// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
)

// A pull-up that nobody waits for any more ends, and one that does not come is
// an error.
func TestPullUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := r.bus.Power(ctx, 0x44, time.Second)
		if !errors.Is(err, context.DeadlineExceeded) || hw.IsLine(err) || r.chip.Registers()[8]&1 != 0 {
			t.Errorf("given up: %v, flags %02X", err, r.chip.Registers()[8])
		}
		if err := r.bus.Touch(t.Context(), []byte{1}); err != nil {
			t.Error(err)
		}
		if _, err := r.bus.Power(t.Context(), 0x44, 5*time.Second); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("5 s: %v", err)
		}
		// The chip is told behind our back not to pull up.
		if err := r.cable.Control(t.Context(), 2, 0, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := r.bus.Power(t.Context(), 0x44, 100*time.Millisecond); !hw.IsLine(err) {
			t.Errorf("a pull-up that is off gives %v", err)
		}
		if _, err := r.bus.Power(t.Context(), 0x44, 100*time.Millisecond); err != nil {
			t.Errorf("and then %v", err)
		}
	})
}

// What has begun is not torn by who no longer waits.
func TestNotTorn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := r.bus.Touch(ctx, make([]byte, 100)); err != nil {
			t.Error(err)
		}
		if got := r.line.Counts().Slots; got != 800 {
			t.Errorf("%d slots", got)
		}
		if err := r.bus.Touch(ctx, make([]byte, 1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the next one: %v", err)
		}
	})
}

// Seven single bits are more commands than the chip can hold (page 30).
func TestSevenBits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		p := []byte{1, 0, 1, 1, 0, 0, 1}
		sent := slices.Clone(p)
		if err := r.bus.Bits(t.Context(), p); err != nil || !slices.Equal(p, sent) || r.chip.Odd() > 0 {
			t.Errorf("%v, %v, %d odd requests", p, err, r.chip.Odd())
		}
	})
}
