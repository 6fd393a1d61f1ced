// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim/usb"
)

// A stick that answers nothing at all is sick, which is told soon.
func TestSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		r.cable.device = silent{r.chip}
		began := time.Now()
		_, err := r.bus.Reset(t.Context())
		if err == nil || hw.IsLine(err) || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a reset gives %v", err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v to tell", took)
		}
		if err := r.bus.Touch(t.Context(), []byte{1}); err == nil || hw.IsLine(err) {
			t.Errorf("the next call gives %v", err)
		}
	})
}

// silent says NAK for ever.
type silent struct{ usb.Device }

func (silent) In(ctx context.Context, _ byte, _ int) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A status that is not the one of a DS2490 at rest is no success.
func TestOddAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		change func(endpoint byte, p []byte) []byte
		says   string
	}{
		"a result twice": {func(e byte, p []byte) []byte {
			if e == EndpointStatus && len(p) > 16 {
				p = append(p, p[16])
			}
			return p
		}, "more than the result"},
		"no result":        {func(e byte, p []byte) []byte { return p[:min(len(p), 16)] }, "rests"},
		"a foreign result": {func(e byte, p []byte) []byte { return or(e, p, 16, 0x20) }, "wrong CRC"},
		"two results":      {func(e byte, p []byte) []byte { return or(e, p, 16, 0x28) }, "28"},
		"a lost command":   {func(e byte, p []byte) []byte { return or(e, p, 8, 0x80) }, "lost a command"},
		"a byte left":      {func(e byte, p []byte) []byte { return or(e, p, 13, 1) }, "more than the result"},
		"an empty status":  {func(e byte, p []byte) []byte { return nil }, "in part"},
		"somebody arrived": {func(e byte, p []byte) []byte { return append(p, 0xA5) }, ""},
		"a crowd of results": {func(e byte, p []byte) []byte {
			return append(p, slices.Repeat([]byte{0}, 32-len(p))...)
		}, "result codes"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, Options{}, nil)
				r.thermometer(t, "28.000000000001")
				r.cable.device = &odd{Device: r.chip, change: test.change}
				present, err := r.bus.Reset(t.Context())
				switch {
				case test.says == "":
					if err != nil || !present {
						t.Errorf("%v, %v", present, err)
					}
				case !hw.IsLine(err) || !strings.Contains(err.Error(), test.says):
					t.Errorf("%v, %v, want an error of the line with %q", present, err, test.says)
				}
				if present, err := r.bus.Reset(t.Context()); err != nil || !present {
					t.Errorf("and then: %v, %v", present, err)
				}
			})
		})
	}
}

func or(endpoint byte, p []byte, at int, bits byte) []byte {
	if endpoint == EndpointStatus && len(p) > at {
		p[at] |= bits
	}
	return p
}

// An odd device says something else, until it is reset.
type odd struct {
	usb.Device
	change func(endpoint byte, p []byte) []byte
}

func (o *odd) Control(ctx context.Context, s usb.Setup, out []byte) ([]byte, error) {
	if s.RequestType == usb.VendorTo && s.Request == 0 && s.Value == 0 {
		o.change = func(_ byte, p []byte) []byte { return p }
	}
	return o.Device.Control(ctx, s, out)
}

func (o *odd) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	p, err := o.Device.In(ctx, endpoint, most)
	return o.change(endpoint, p), err
}

// The chip may tell once more that it rests, before it has begun with a command.
func TestStaleStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		r.thermometer(t, "28.000000000001")
		r.cable.device = &stale{Device: r.chip}
		found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
		if err != nil || len(found) != 1 {
			t.Errorf("finds %v, %v", found, err)
		}
		reset(t, r.bus)
		for _, p := range [][]byte{{hw.SkipROM}, {0x55, 0xAA, 0x33}} {
			sent := slices.Clone(p)
			if err := r.bus.Touch(t.Context(), p); err != nil || !slices.Equal(p, sent) {
				t.Errorf("sent % X, read % X, %v", sent, p, err)
			}
		}
		if n := r.cable.counts.cleared; n != 0 {
			t.Errorf("the stick had to be brought back %d times", n)
		}
	})
}

// A stale device tells, after each command, first what it had told before.
type stale struct {
	usb.Device
	old bool
}

func (s *stale) Control(ctx context.Context, setup usb.Setup, out []byte) ([]byte, error) {
	s.old = s.old || setup.RequestType == usb.VendorTo && setup.Request == 1
	return s.Device.Control(ctx, setup, out)
}

func (s *stale) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	if endpoint == EndpointStatus && s.old {
		s.old = false
		return []byte{8: 0x28, 15: 0}, nil
	}
	return s.Device.In(ctx, endpoint, most)
}

// Bytes that do not all arrive are not sent.
func TestCutOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		r.cable.device = cut{r.chip}
		err := r.bus.Touch(t.Context(), []byte{1, 2, 3})
		if !hw.IsLine(err) || !strings.Contains(err.Error(), "2 of 3 bytes") || r.line.Counts().Slots > 0 {
			t.Errorf("%v after %d slots", err, r.line.Counts().Slots)
		}
	})
}

// A cut device takes less than it is sent.
type cut struct{ usb.Device }

func (c cut) Out(ctx context.Context, endpoint byte, p []byte) (int, error) {
	return c.Device.Out(ctx, endpoint, p[:len(p)-1])
}
