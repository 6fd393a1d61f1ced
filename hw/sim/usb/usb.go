// SPDX-License-Identifier: Apache-2.0

// Package usb says what an emulated USB device is. Package usbip shows one to a
// real kernel; tests of a driver can also speak to it directly.
package usb

import (
	"context"
	"encoding/binary"
	"errors"
)

// A Device is an emulated USB device as its host controller sees it. Calls for
// different endpoints may come at the same time, those for one endpoint come
// one after another. A call that has to wait (the device says NAK) ends with
// its context.
type Device interface {
	// Control does a control transfer on endpoint 0. out is the data stage of a
	// request to the device, the result that of one from it.
	Control(ctx context.Context, s Setup, out []byte) (in []byte, err error)
	// In reads from endpoint 0x80|n, at most most bytes.
	In(ctx context.Context, endpoint byte, most int) ([]byte, error)
	// Out writes to endpoint n and returns how many bytes were taken.
	Out(ctx context.Context, endpoint byte, p []byte) (int, error)
}

// The ways in which a transfer can fail beside the end of its context.
var (
	// ErrStall is a STALL handshake: the device refuses.
	ErrStall = errors.New("usb: the endpoint stalls")
	// ErrBabble means that the device sent more than was asked for.
	ErrBabble = errors.New("usb: the device sent too much")
	// ErrGone means that the device has been unplugged.
	ErrGone = errors.New("usb: the device is gone")
)

// A Setup is the setup packet of a control transfer (USB 2.0, table 9-2).
type Setup struct {
	RequestType, Request byte
	Value, Index, Length uint16
}

// ParseSetup reads a setup packet.
func ParseSetup(p [8]byte) Setup {
	return Setup{
		RequestType: p[0],
		Request:     p[1],
		Value:       binary.LittleEndian.Uint16(p[2:]),
		Index:       binary.LittleEndian.Uint16(p[4:]),
		Length:      binary.LittleEndian.Uint16(p[6:]),
	}
}

// The request types that devices here know (USB 2.0, table 9-2).
const (
	ToDevice      = 0x00 // standard requests
	ToInterface   = 0x01
	ToEndpoint    = 0x02
	FromDevice    = 0x80
	FromInterface = 0x81
	FromEndpoint  = 0x82
	VendorTo      = 0x40
	VendorFrom    = 0xC0
)

// The standard requests (USB 2.0, table 9-4).
const (
	GetStatus        = 0
	ClearFeature     = 1
	SetFeature       = 3
	SetAddress       = 5
	GetDescriptor    = 6
	GetConfiguration = 8
	SetConfiguration = 9
	GetInterface     = 10
	SetInterface     = 11
)

// The descriptor types (USB 2.0, table 9-5).
const (
	DeviceDescriptor        = 1
	ConfigurationDescriptor = 2
)
