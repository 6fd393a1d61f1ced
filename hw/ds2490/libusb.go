// SPDX-License-Identifier: Apache-2.0

//go:build cgo && !nousb

package ds2490

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/google/gousb"
)

const (
	vendor  = 0x04FA // Dallas Semiconductor
	product = 0x2490

	configuration = 1
	alternate     = 3 // EP1 each millisecond, packets of 64 bytes (page 11)

	// A vendor request that is told nothing for so long is lost.
	controlTimeout = time.Second
)

func system() host { return libusb{} }

// libusb is the computer's USB by way of libusb.
type libusb struct{}

// begin makes a context of libusb. There is one for each use: it finds what is
// plugged in at its beginning, and where there is no USB at all, there may be
// some later.
func begin() (c *gousb.Context, err error) {
	defer func() {
		if r := recover(); r != nil { // the only way in which gousb tells that
			err = fmt.Errorf("this computer's USB can't be used: %v", r)
		}
	}()
	return gousb.NewContext(), nil
}

func isStick(d *gousb.DeviceDesc) bool { return d.Vendor == vendor && d.Product == product }

func (libusb) list() ([]Stick, error) {
	c, err := begin()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var sticks []Stick
	_, err = c.OpenDevices(func(d *gousb.DeviceDesc) bool {
		if isStick(d) {
			sticks = append(sticks, Stick{Bus: d.Bus, Address: d.Address, Ports: d.Path})
		}
		return false
	})
	if len(sticks) > 0 {
		err = nil // some other device could not be looked at
	}
	return sticks, plain(err)
}

func (libusb) open(s Stick) (Port, error) {
	c, err := begin()
	if err != nil {
		return nil, err
	}
	p := &libusbPort{usb: c}
	if err := p.open(s); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// A libusbPort is a stick that libusb has.
type libusbPort struct {
	usb     *gousb.Context
	device  *gousb.Device
	config  *gousb.Config
	claimed *gousb.Interface // nil: not at the moment

	status, in *gousb.InEndpoint
	out        *gousb.OutEndpoint
}

func (p *libusbPort) open(s Stick) error {
	devices, err := p.usb.OpenDevices(func(d *gousb.DeviceDesc) bool {
		return isStick(d) && d.Bus == s.Bus && d.Address == s.Address
	})
	switch {
	case len(devices) == 1:
	case err != nil:
		return plain(err)
	default:
		return ErrGone
	}
	p.device = devices[0]
	p.device.ControlTimeout = controlTimeout
	// The driver is given back when the interface is released.
	if err := p.device.SetAutoDetach(true); err != nil {
		return plain(err)
	}
	if p.config, err = p.device.Config(configuration); err != nil {
		return plain(err)
	}
	return p.claim()
}

// claim claims the interface and chooses the alternate setting, which makes all
// endpoints as new.
func (p *libusbPort) claim() (err error) {
	if p.claimed, err = p.config.Interface(0, alternate); err != nil {
		p.claimed = nil
		return plain(err)
	}
	if p.status, err = p.claimed.InEndpoint(EndpointStatus & 0x0F); err != nil {
		return err
	}
	if p.in, err = p.claimed.InEndpoint(EndpointIn & 0x0F); err != nil {
		return err
	}
	p.out, err = p.claimed.OutEndpoint(EndpointOut)
	return err
}

// ClearHalts implements Port. A request to the device alone would leave the
// kernel's side of the endpoints out of step, and gousb knows no other, so the
// alternate setting is chosen anew. The kernel's driver must not come between.
func (p *libusbPort) ClearHalts(context.Context) error {
	if err := p.device.SetAutoDetach(false); err != nil {
		return plain(err)
	}
	defer p.device.SetAutoDetach(true)
	if p.claimed != nil {
		p.claimed.Close()
		p.claimed = nil
	}
	return p.claim()
}

// Control implements Port. The kernel bounds its time.
func (p *libusbPort) Control(ctx context.Context, request byte, value, index uint16) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := p.device.Control(gousb.ControlOut|gousb.ControlVendor|gousb.ControlDevice, request, value, index, nil)
	return plain(err)
}

// In implements Port.
func (p *libusbPort) In(ctx context.Context, endpoint byte, b []byte) (int, error) {
	if p.claimed == nil {
		return 0, ErrGone
	}
	from := p.in
	if endpoint == EndpointStatus {
		from = p.status
	}
	n, err := from.ReadContext(ctx, b)
	return n, ended(ctx, err)
}

// Out implements Port.
func (p *libusbPort) Out(ctx context.Context, _ byte, b []byte) (int, error) {
	if p.claimed == nil {
		return 0, ErrGone
	}
	n, err := p.out.WriteContext(ctx, b)
	return n, ended(ctx, err)
}

// Close implements Port.
func (p *libusbPort) Close() error {
	if p.claimed != nil {
		p.claimed.Close()
	}
	var failed []error
	if p.config != nil {
		failed = append(failed, p.config.Close())
	}
	if p.device != nil {
		failed = append(failed, p.device.Close())
	}
	return errors.Join(append(failed, p.usb.Close())...)
}

func ended(ctx context.Context, err error) error {
	if errors.Is(err, gousb.TransferCancelled) && ctx.Err() != nil {
		return ctx.Err()
	}
	return plain(err)
}

// plain makes the errors of libusb into those of this package. gousb wraps some
// by their text alone.
func plain(err error) error {
	if err == nil {
		return nil
	}
	is := func(code gousb.Error) bool {
		return errors.Is(err, code) || strings.HasSuffix(err.Error(), code.Error())
	}
	switch {
	case errors.Is(err, gousb.TransferStall), is(gousb.ErrorPipe):
		return ErrStall
	case errors.Is(err, gousb.TransferOverflow), is(gousb.ErrorOverflow):
		return ErrOverflow
	case errors.Is(err, gousb.TransferNoDevice), is(gousb.ErrorNoDevice), is(gousb.ErrorNotFound):
		return ErrGone
	case is(gousb.ErrorAccess):
		return fs.ErrPermission
	case is(gousb.ErrorBusy):
		return ErrInUse
	case is(gousb.ErrorTimeout):
		return os.ErrDeadlineExceeded
	case strings.Contains(err.Error(), "detach kernel driver"):
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	return err
}
