// SPDX-License-Identifier: Apache-2.0

package usb_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"owfs/hw/sim/usb"
)

// An echo sends back what it got last, and keeps the halt of its endpoints.
type echo struct {
	last   []byte
	halted map[uint16]bool
}

func (e *echo) Control(_ context.Context, s usb.Setup, _ []byte) ([]byte, error) {
	switch s.Request {
	case usb.SetFeature:
		e.halted[s.Index] = true
	case usb.ClearFeature:
		e.halted[s.Index] = false
	}
	return nil, nil
}

func (e *echo) In(_ context.Context, endpoint byte, _ int) ([]byte, error) {
	if e.halted[uint16(endpoint)] {
		return nil, usb.ErrStall
	}
	return e.last, nil
}

func (e *echo) Out(_ context.Context, endpoint byte, p []byte) (int, error) {
	if e.halted[uint16(endpoint)] {
		return 0, usb.ErrStall
	}
	e.last = p
	return len(p), nil
}

func TestFaulty(t *testing.T) {
	f := &usb.Faulty{Device: &echo{halted: map[uint16]bool{}}}
	ctx := t.Context()
	always := func(set func(*usb.Faults)) {
		faults := usb.Faults{Rand: rand.New(rand.NewPCG(1, 2))}
		set(&faults)
		f.SetFaults(faults)
	}
	if n, err := f.Out(ctx, 2, []byte{1, 2, 3, 4}); n != 4 || err != nil {
		t.Error(n, err)
	}
	always(func(f *usb.Faults) { f.Short = 1 })
	if p, err := f.In(ctx, 0x83, 4); !slices.Equal(p, []byte{1, 2}) || err != nil {
		t.Error(p, err)
	}
	always(func(f *usb.Faults) { f.Babble = 1 })
	if p, err := f.In(ctx, 0x83, 4); p != nil || !errors.Is(err, usb.ErrBabble) {
		t.Error(p, err)
	}
	always(func(f *usb.Faults) { f.Stall = 1 })
	if _, err := f.In(ctx, 0x83, 4); !errors.Is(err, usb.ErrStall) {
		t.Error(err)
	}
	if _, err := f.Control(ctx, usb.Setup{RequestType: usb.VendorTo}, nil); !errors.Is(err, usb.ErrStall) {
		t.Error(err)
	}
	if f.Hits() != 4 {
		t.Errorf("%d hits, want 4", f.Hits())
	}
	f.SetFaults(usb.Faults{})
	if _, err := f.In(ctx, 0x83, 4); !errors.Is(err, usb.ErrStall) {
		t.Errorf("the endpoint is not halted: %v", err)
	}
	clear := usb.Setup{RequestType: usb.ToEndpoint, Request: usb.ClearFeature, Index: 0x83}
	if _, err := f.Control(ctx, clear, nil); err != nil {
		t.Error(err)
	}
	if p, err := f.In(ctx, 0x83, 4); len(p) != 4 || err != nil {
		t.Error(p, err)
	}
}

func TestTraced(t *testing.T) {
	var lines []string
	d := &usb.Traced{
		Device: &echo{halted: map[uint16]bool{0x81: true}},
		Log:    func(line string) { lines = append(lines, line) },
	}
	ctx := t.Context()
	d.Control(ctx, usb.Setup{RequestType: usb.VendorTo, Request: 1, Value: 0x0043}, nil)
	d.Out(ctx, 2, []byte{0xCC, 0x44})
	d.In(ctx, 0x83, 64)
	d.In(ctx, 0x81, 32)
	want := []string{
		"control 40 01 value 0043 index 0000",
		"out 02 > CC 44",
		"in 83 < CC 44",
		"in 81: usb: the endpoint stalls",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

func TestParseSetup(t *testing.T) {
	got := usb.ParseSetup([8]byte{0x80, 6, 0x00, 0x02, 0x34, 0x12, 0x29, 0x00})
	if want := (usb.Setup{RequestType: 0x80, Request: 6, Value: 0x200, Index: 0x1234, Length: 0x29}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
