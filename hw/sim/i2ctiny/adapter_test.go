// SPDX-License-Identifier: Apache-2.0

package i2ctiny_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"owfs/hw/sim/i2ctiny"
	"owfs/hw/sim/usb"
)

// A memory is a chip at 50h that holds what was written last.
type memory []byte

func (m *memory) Tx(address uint8, w, r []byte) error {
	if address != 0x50 {
		return errors.New("nobody")
	}
	if len(w) > 0 {
		*m = bytes.Clone(w)
	}
	copy(r, *m)
	return nil
}

// The requests are those of the kernel's driver (drivers/i2c/busses/i2c-tiny-usb.c).
func TestRequests(t *testing.T) {
	a := i2ctiny.New(&memory{})
	for _, step := range []struct {
		setup usb.Setup
		out   string
		want  string
	}{
		{usb.Setup{RequestType: 0xC1, Request: 0, Value: 0x1234, Length: 2}, "", "34 12"},
		{usb.Setup{RequestType: 0xC1, Request: 1, Length: 4}, "", "09 00 FF 0E"},
		{usb.Setup{RequestType: 0x41, Request: 2, Value: 10}, "", ""},
		{usb.Setup{RequestType: 0x41, Request: 7, Index: 0x50, Length: 2}, "\xAB\xCD", ""},
		{usb.Setup{RequestType: 0xC1, Request: 3, Length: 1}, "", "01"},
		{usb.Setup{RequestType: 0xC1, Request: 7, Value: 1, Index: 0x50, Length: 2}, "", "AB CD"},
		{usb.Setup{RequestType: 0x41, Request: 5, Index: 0x51, Length: 1}, "\x00", ""},
		{usb.Setup{RequestType: 0xC1, Request: 3, Length: 1}, "", "02"},
		{usb.Setup{RequestType: 0xC1, Request: 9}, "", "usb: the endpoint stalls"},
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
}
