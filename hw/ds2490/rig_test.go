// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2490"
	"owfs/hw/sim/usb"
)

// A cable is a Port that leads to an emulated device.
type cable struct {
	device usb.Device
	closed bool
	counts counts
}

// counts are transfers.
type counts struct{ control, status, in, out, cleared int }

func (c counts) all() int { return c.control + c.status + c.in + c.out }

func (c counts) minus(d counts) counts {
	return counts{c.control - d.control, c.status - d.status, c.in - d.in, c.out - d.out, c.cleared - d.cleared}
}

// plug connects a device, and sets it up as the kernel and libusb do.
func plug(t *testing.T, device usb.Device) *cable {
	t.Helper()
	c := &cable{device: device}
	for _, s := range []usb.Setup{
		{RequestType: usb.ToDevice, Request: usb.SetConfiguration, Value: 1},
		{RequestType: usb.ToInterface, Request: usb.SetInterface, Value: 3},
	} {
		if _, err := device.Control(t.Context(), s, nil); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *cable) Control(ctx context.Context, request byte, value, index uint16) error {
	c.counts.control++
	_, err := c.device.Control(ctx, usb.Setup{RequestType: usb.VendorTo, Request: request, Value: value, Index: index}, nil)
	return c.plain(err)
}

func (c *cable) In(ctx context.Context, endpoint byte, p []byte) (int, error) {
	if endpoint == EndpointStatus {
		c.counts.status++
	} else {
		c.counts.in++
	}
	got, err := c.device.In(ctx, endpoint, len(p))
	return copy(p, got), c.plain(err)
}

func (c *cable) Out(ctx context.Context, endpoint byte, p []byte) (int, error) {
	c.counts.out++
	n, err := c.device.Out(ctx, endpoint, p)
	return n, c.plain(err)
}

func (c *cable) ClearHalts(ctx context.Context) error {
	c.counts.cleared++
	_, err := c.device.Control(ctx, usb.Setup{RequestType: usb.ToInterface, Request: usb.SetInterface, Value: 3}, nil)
	return c.plain(err)
}

func (c *cable) Close() error {
	c.closed = true
	return nil
}

func (c *cable) plain(err error) error {
	for theirs, ours := range map[error]error{usb.ErrStall: ErrStall, usb.ErrBabble: ErrOverflow, usb.ErrGone: ErrGone} {
		if errors.Is(err, theirs) {
			return ours
		}
	}
	return err
}

// A rig is a master and what is behind it.
type rig struct {
	bus    hw.Bus
	line   *sim.Line
	chip   *chip.Chip
	faulty *usb.Faulty
	cable  *cable
	trace  func(line string) // set before the cable is used
}

// connect plugs a master into an emulated chip, which change may alter before.
func connect(t *testing.T, opts Options, change func(*rig)) *rig {
	t.Helper()
	r := &rig{line: sim.NewLine(hw.Wall{})}
	r.chip = chip.New(r.line)
	r.faulty = &usb.Faulty{Device: r.chip}
	t.Cleanup(func() { r.line.Close() })
	t.Cleanup(func() { r.chip.Close() })
	if change != nil {
		change(r)
	}
	r.cable = plug(t, r.faulty)
	if r.trace != nil {
		r.cable.device = &usb.Traced{Device: r.faulty, Log: r.trace}
	}
	bus, err := Attach(t.Context(), r.cable, opts)
	if err != nil {
		t.Fatal(err)
	}
	r.bus = bus
	t.Cleanup(func() { bus.Close() })
	return r
}

func romOf(t testing.TB, name string) hw.ROM {
	t.Helper()
	rom, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return rom
}

// thermometer puts a DS18B20 on the line, at 21.5 °C.
func (r *rig) thermometer(t testing.TB, name string) *sim.DS18B20 {
	t.Helper()
	d := sim.NewDS18B20(romOf(t, name), hw.Wall{}, func() float64 { return 21.5 })
	r.line.Add(d)
	return d
}

// halt makes an endpoint stall until that is cleared.
func (c *cable) halt(endpoint uint16) {
	c.device.Control(context.Background(), usb.Setup{RequestType: usb.ToEndpoint, Request: usb.SetFeature, Index: endpoint}, nil)
}

func reset(t *testing.T, bus hw.Bus) {
	t.Helper()
	if present, err := bus.Reset(t.Context()); err != nil || !present {
		t.Fatalf("reset: %v, %v", present, err)
	}
}
