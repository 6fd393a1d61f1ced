// SPDX-License-Identifier: Apache-2.0

package simulated

import (
	"context"
	"syscall"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport"
	"owfs/transport/local"
)

// chip is a device.Chip without a line.
type chip struct {
	b  *Backend
	at local.Address
	f  *device.Family
}

func (c chip) ROM() hw.ROM { return c.at.ROM }

func (c chip) Do(context.Context, func(*hw.Tx) error) error {
	return transport.Cause(syscall.EINVAL, "a simulated chip has no line")
}

func (c chip) Read(ctx context.Context, property string, e device.Element) (device.Value, error) {
	f, ok := c.f.Lookup(property)
	if !ok {
		return device.Value{}, syscall.ENOENT
	}
	return c.b.Read(ctx, local.Ask{At: c.at, Family: c.f, Prop: f.Prop, Element: e})
}

func (c chip) Write(context.Context, string, device.Element, device.Value) error {
	return transport.Cause(syscall.EINVAL, "a simulated chip has no line")
}

func (c chip) Convert(context.Context, device.Measurement) error {
	return transport.Cause(syscall.EINVAL, "a simulated chip has no line")
}

func (c chip) Also(string, device.Element, device.Value)  {}
func (c chip) Now() time.Time                             { return time.Now() }
func (c chip) Fact(string) any                            { return nil }
func (c chip) SetFact(string, any)                        {}
func (c chip) Sleep(context.Context, time.Duration) error { return nil }
