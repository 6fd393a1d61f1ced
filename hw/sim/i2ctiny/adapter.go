// SPDX-License-Identifier: Apache-2.0

// Package i2ctiny is an emulated i2c-tiny-usb, a USB adapter for I²C that Linux
// has a driver for, so that emulated I²C chips can be shown to a real kernel. It
// has vendor requests on endpoint 0 only: each I²C message is one, and another
// asks whether it was acknowledged.
package i2ctiny

import (
	"context"
	"encoding/binary"
	"sync"

	"owfs/hw/sim/usb"
)

// An I2C is the bus behind the adapter.
type I2C interface {
	// Tx writes w to the chip at an address, and then reads r from it.
	Tx(address uint8, w, r []byte) error
}

// An Adapter is the USB device.
type Adapter struct {
	// SMBusOnly makes it say that it has no I²C messages but those of SMBus, as
	// the buses of most PCs. It is set before the adapter is plugged in.
	SMBusOnly bool

	i2c I2C

	mu     sync.Mutex
	config byte
	status byte
}

// New returns an adapter for a bus.
func New(i2c I2C) *Adapter { return &Adapter{i2c: i2c} }

// The vendor requests, whose recipient is the interface.
const (
	vendorTo   = 0x41
	vendorFrom = 0xC1

	echo      = 0
	functions = 1
	setDelay  = 2
	getStatus = 3
	message   = 4 // and 1 for the first of a transfer, 2 for the last

	acknowledged = 1
	refused      = 2
)

// What the adapter can do: I²C messages, and SMBus as far as Linux makes it out
// of those (<linux/i2c.h>).
const (
	funcI2C       = 0x00000001
	funcSMBusEmul = 0x0EFF0008
)

// Control implements usb.Device.
func (a *Adapter) Control(ctx context.Context, s usb.Setup, out []byte) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var in []byte
	ok := true
	switch s.RequestType {
	case vendorTo, vendorFrom:
		in, ok = a.vendor(s, out)
	default:
		in, ok = a.standard(s)
	}
	if !ok {
		return nil, usb.ErrStall
	}
	return in[:min(len(in), int(s.Length))], nil
}

func (a *Adapter) vendor(s usb.Setup, out []byte) (in []byte, ok bool) {
	switch s.Request {
	case echo:
		return binary.LittleEndian.AppendUint16(nil, s.Value), true
	case functions:
		can := uint32(funcI2C | funcSMBusEmul)
		if a.SMBusOnly {
			can = funcSMBusEmul
		}
		return binary.LittleEndian.AppendUint32(nil, can), true
	case setDelay:
		return nil, true
	case getStatus:
		return []byte{a.status}, true
	case message, message | 1, message | 2, message | 3:
		if s.RequestType == vendorFrom {
			in = make([]byte, s.Length)
			out = nil
		}
		a.status = acknowledged
		if a.i2c.Tx(uint8(s.Index), out, in) != nil {
			a.status = refused
		}
		return in, true
	}
	return nil, false
}

// standard does the requests of chapter 9 of USB 2.0.
func (a *Adapter) standard(s usb.Setup) (in []byte, ok bool) {
	switch {
	case s.RequestType == usb.ToDevice && s.Request == usb.SetConfiguration:
		a.config = byte(s.Value)
		return nil, true
	case s.RequestType == usb.ToDevice && s.Request == usb.SetAddress,
		s.RequestType == usb.ToInterface && s.Request == usb.SetInterface:
		return nil, true
	case s.RequestType == usb.FromDevice && s.Request == usb.GetConfiguration:
		return []byte{a.config}, true
	case s.RequestType == usb.FromDevice && s.Request == usb.GetStatus:
		return []byte{0, 0}, true
	case s.RequestType == usb.FromDevice && s.Request == usb.GetDescriptor:
		return descriptor(s.Value)
	}
	return nil, false
}

func descriptor(value uint16) (p []byte, ok bool) {
	switch value {
	case usb.DeviceDescriptor << 8:
		return []byte{
			18, usb.DeviceDescriptor,
			0x10, 0x01, // USB 1.1
			0xFF, 0, 0, // vendor specific
			8,          // bytes in a packet of EP0
			0x03, 0x04, // the numbers that the driver knows
			0x31, 0xC6,
			0x05, 0x02, // revision 2.05
			0, 0, 0,
			1, // configuration
		}, true
	case usb.ConfigurationDescriptor << 8:
		return []byte{
			9, usb.ConfigurationDescriptor, 18, 0, 1, 1, 0, 0x80, 50,
			9, 4, 0, 0, 0, 0xFF, 0, 0, 0, // an interface without endpoints
		}, true
	}
	return nil, false
}

// In implements usb.Device. There are no other endpoints.
func (a *Adapter) In(context.Context, byte, int) ([]byte, error) { return nil, usb.ErrStall }

// Out implements usb.Device.
func (a *Adapter) Out(context.Context, byte, []byte) (int, error) { return 0, usb.ErrStall }
