// SPDX-License-Identifier: Apache-2.0

package cdcacm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/cdcacm"
	"owfs/hw/sim/ds2480b"
	"owfs/hw/sim/usb"
)

func rig(t *testing.T) (*cdcacm.Adapter, *ds2480b.Cable, *ds2480b.Chip) {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	chip := ds2480b.New(line)
	cable := ds2480b.PlugPatient(chip)
	t.Cleanup(func() {
		cable.Close()
		line.Close()
	})
	return cdcacm.New(cable), cable, chip
}

// The requests are those of the class's specification (PSTN 1.2, 6.3).
func TestRequests(t *testing.T) {
	a, cable, _ := rig(t)
	const stall = "usb: the endpoint stalls"
	for _, step := range []struct {
		setup usb.Setup
		out   string
		want  string
	}{
		{usb.Setup{RequestType: 0xA1, Request: 0x21, Length: 7}, "", "80 25 00 00 00 00 08"},
		{usb.Setup{RequestType: 0x21, Request: 0x20, Length: 7}, "\x00\xE1\x00\x00\x00\x00\x08", ""},
		{usb.Setup{RequestType: 0x21, Request: 0x20, Length: 7}, "\x00\xE1\x00\x00\x00\x01\x08", stall}, // parity
		{usb.Setup{RequestType: 0x21, Request: 0x20, Length: 7}, "\x00\x00\x00\x00\x00\x00\x08", stall}, // no rate
		{usb.Setup{RequestType: 0x21, Request: 0x20, Length: 2}, "\x00\xE1", stall},
		{usb.Setup{RequestType: 0xA1, Request: 0x21, Length: 7}, "", "00 E1 00 00 00 00 08"},
		{usb.Setup{RequestType: 0x21, Request: 0x22, Value: 3}, "", ""},
		{usb.Setup{RequestType: 0x21, Request: 0x23, Value: 1}, "", ""},
		{usb.Setup{RequestType: 0x21, Request: 0x23, Value: 0}, "", ""}, // none has begun
		{usb.Setup{RequestType: 0x21, Request: 0x23, Value: 0xFFFF}, "", ""},
		{usb.Setup{RequestType: 0x21, Request: 0x23, Value: 0}, "", ""},
		{usb.Setup{RequestType: 0x21, Request: 0x02}, "", stall},
		{usb.Setup{RequestType: 0x80, Request: 6, Value: 0x0600, Length: 10}, "", stall}, // it has one speed
	} {
		in, err := a.Control(context.Background(), step.setup, []byte(step.out))
		got := fmt.Sprintf("% X", in)
		if err != nil {
			got = err.Error()
		}
		if got != step.want {
			t.Errorf("%+v: %q, want %q", step.setup, got, step.want)
		}
	}
	if n := cable.Counts().Breaks; n != 2 {
		t.Errorf("%d breaks, want 2", n)
	}
	if a.Lines() != 3 || a.Coding().Baud != 57600 {
		t.Errorf("lines %d, %d baud", a.Lines(), a.Coding().Baud)
	}
}

// Descriptors follow each other without a gap, and the first tells the length of
// all.
func TestDescriptors(t *testing.T) {
	a, _, _ := rig(t)
	p, err := a.Control(context.Background(), usb.Setup{RequestType: 0x80, Request: 6, Value: 0x0200, Length: 255}, nil)
	if err != nil || len(p) != int(p[2]) {
		t.Fatalf("% X, %v", p, err)
	}
	kinds := map[byte]int{}
	for rest := p; len(rest) > 0; rest = rest[rest[0]:] {
		if rest[0] < 2 || int(rest[0]) > len(rest) {
			t.Fatalf("a descriptor of %d bytes in % X", rest[0], rest)
		}
		kinds[rest[1]]++
	}
	if kinds[2] != 1 || kinds[4] != 2 || kinds[5] != 3 || kinds[0x24] != 4 {
		t.Errorf("descriptors by kind: %v", kinds)
	}
}

// The chip answers: the byte that it takes its measure from is silent, then a
// parameter is read (19-5047, pages 4 and 13).
func TestBytes(t *testing.T) {
	a, _, chip := rig(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if n, err := a.Out(ctx, 2, []byte{0xC1, 0x0F}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if p, err := in(ctx, a, 0x81); err != nil || !bytes.Equal(p, []byte{0}) {
		t.Errorf("the chip's rate is % X, %v, want 00", p, err)
	}
	if chip.Odd() != 0 {
		t.Error("bytes without a meaning")
	}
}

// in reads a packet that is not empty.
func in(ctx context.Context, a *cdcacm.Adapter, endpoint byte) (p []byte, err error) {
	for len(p) == 0 && err == nil {
		p, err = a.In(ctx, endpoint, 64)
	}
	return p, err
}

// What waits ends with its context, or with the cable.
func TestEnds(t *testing.T) {
	a, cable, _ := rig(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for _, endpoint := range []byte{0x81, 0x83} {
		go func() { _, err := in(ctx, a, endpoint); ended <- err }()
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}
	cable.Close()
	if _, err := a.In(t.Context(), 0x81, 64); !errors.Is(err, usb.ErrGone) {
		t.Errorf("without a cable it reads: %v", err)
	}
	if _, err := a.Out(t.Context(), 2, []byte{0xC1}); !errors.Is(err, usb.ErrGone) {
		t.Errorf("without a cable it writes: %v", err)
	}
}
