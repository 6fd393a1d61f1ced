// SPDX-License-Identifier: Apache-2.0

package usb

import (
	"context"
	"fmt"
)

// A Traced device tells what goes over its cable: one line for each transfer
// that has ended. Log may be called by several goroutines.
type Traced struct {
	Device
	Log func(line string)
}

// Control implements Device.
func (t *Traced) Control(ctx context.Context, s Setup, out []byte) ([]byte, error) {
	in, err := t.Device.Control(ctx, s, out)
	line := fmt.Sprintf("control %02X %02X value %04X index %04X", s.RequestType, s.Request, s.Value, s.Index)
	if len(out) > 0 {
		line += fmt.Sprintf(" > % X", out)
	}
	t.Log(ended(line, in, err))
	return in, err
}

// In implements Device.
func (t *Traced) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	in, err := t.Device.In(ctx, endpoint, most)
	t.Log(ended(fmt.Sprintf("in %02X", endpoint), in, err))
	return in, err
}

// Out implements Device.
func (t *Traced) Out(ctx context.Context, endpoint byte, p []byte) (int, error) {
	n, err := t.Device.Out(ctx, endpoint, p)
	t.Log(ended(fmt.Sprintf("out %02X > % X", endpoint, p[:n]), nil, err))
	return n, err
}

func ended(line string, in []byte, err error) string {
	if len(in) > 0 {
		line += fmt.Sprintf(" < % X", in)
	}
	if err != nil {
		line += ": " + err.Error()
	}
	return line
}
