// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Settings are the options that may change while a Bus is in use. They are heeded
// with the next reset at the line's usual speed, and whenever a Bus is opened. The
// zero value is that of Options. All methods may be called at any time.
type Settings struct {
	mu   sync.Mutex
	want values
	rate int // in use; 0: not known, or another one is wanted since
}

// values are the options that Settings change, under the names that Options has.
type values struct {
	baud             int
	regular, reverse bool
}

// NewSettings returns settings that begin as the options are.
func NewSettings(opts Options) *Settings {
	return &Settings{want: opts.values()}
}

func (o *Options) values() values {
	if o.Settings != nil {
		return o.Settings.get()
	}
	return values{baud: o.Baud, regular: o.Regular, reverse: o.Reverse}
}

func (s *Settings) get() values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want
}

// Baud is the rate of chip and port. As long as that is not known, because the
// port is not open or another rate is wanted since, it is the one that is wanted.
func (s *Settings) Baud() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.rate != 0:
		return s.rate
	case s.want.baud != 0:
		return s.want.baud
	}
	return startRate
}

// SetBaud changes the rate: 9600, 19200, 57600 or 115200, or 0 to leave it to the
// Bus. A rate that turns out not to carry bytes is left for 9600.
func (s *Settings) SetBaud(rate int) error {
	if err := checkBaud(rate); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want.baud, s.rate = rate, 0
	return nil
}

func checkBaud(rate int) error {
	if rate != 0 && !slices.Contains(bauds(), rate) {
		return fmt.Errorf("a DS2480B has no %d baud: give one of %v", rate, bauds())
	}
	return nil
}

// Regular is Options.Regular.
func (s *Settings) Regular() bool { return s.get().regular }

// SetRegular changes Options.Regular.
func (s *Settings) SetRegular(on bool) { s.set(func(v *values) { v.regular = on }) }

// Reverse is Options.Reverse.
func (s *Settings) Reverse() bool { return s.get().reverse }

// SetReverse changes Options.Reverse.
func (s *Settings) SetReverse(on bool) { s.set(func(v *values) { v.reverse = on }) }

func (s *Settings) set(change func(*values)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.want)
}

// inUse tells the rate that has come of values, or 0 when the port is closed.
func (s *Settings) inUse(of values, rate int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.want.baud == of.baud {
		s.rate = rate
	}
}

// adopt takes values over into the options.
func (b *Bus) adopt(v values) {
	b.want = v
	b.opts.Baud, b.opts.Regular, b.opts.Reverse = v.baud, v.regular, v.reverse
	b.auto = v.baud == 0
	b.speed = b.base()
}

// heed follows settings that were changed. At overdrive that has to wait.
func (b *Bus) heed(ctx context.Context) error {
	if b.opts.Settings == nil || b.dead != nil || b.speed == speedOverdrive || ctx.Err() != nil {
		return nil
	}
	v := b.opts.Settings.get()
	if v == b.want {
		return nil
	}
	b.adopt(v)
	err := b.raise(ctx, b.late)
	if errors.Is(err, errFixed) {
		b.opts.Log.Warn("the rate stays as it is", "wanted", v.baud, "err", err)
		b.opts.Baud, b.auto, err = 0, false, nil
		b.opts.Settings.inUse(v, b.rate)
	}
	if err != nil {
		return b.failed("changing the rate", err)
	}
	return nil
}
