// SPDX-License-Identifier: Apache-2.0

// Package cdcacm is an emulated USB serial adapter of the communications device
// class (CDC 1.2, PSTN subclass 1.2), which Linux shows as /dev/ttyACM0. Behind it
// is an emulated DS2480B, so that programs can be tried with the kernel's driver
// between them and the chip: its rates, its breaks, its end when it is unplugged.
package cdcacm

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"time"

	"owfs/hw/sim/ds2480b"
	"owfs/hw/sim/usb"
)

// The endpoints.
const (
	fromWire = 0x81
	toWire   = 0x02
	notices  = 0x83 // of the state of the line; none ever comes
)

// The requests to the interface (PSTN 1.2, table 13).
const (
	classTo   = 0x21
	classFrom = 0xA1

	setLineCoding       = 0x20
	getLineCoding       = 0x21
	setControlLineState = 0x22
	sendBreak           = 0x23
)

// A Coding is the format of words (PSTN 1.2, table 17).
type Coding struct {
	Baud   uint32
	Stop   byte // 0: one stop bit
	Parity byte // 0: none
	Bits   byte
}

const codingSize = 7

// An Adapter is the USB device. Its cable's clock must be the one on the wall.
type Adapter struct {
	cable *ds2480b.Cable

	mu      sync.Mutex
	config  byte
	coding  Coding
	lines   uint16 // bit 0 is DTR, bit 1 RTS
	breakAt time.Time
}

// New returns an adapter with a cable to a chip, at 9600 baud.
func New(cable *ds2480b.Cable) *Adapter {
	return &Adapter{cable: cable, coding: Coding{Baud: 9600, Bits: 8}}
}

// Coding returns what the host has set.
func (a *Adapter) Coding() Coding {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.coding
}

// Lines returns the states of DTR, in bit 0, and RTS, in bit 1.
func (a *Adapter) Lines() uint16 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lines
}

// Control implements usb.Device.
func (a *Adapter) Control(ctx context.Context, s usb.Setup, out []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var in []byte
	ok := true
	switch s.RequestType {
	case classTo, classFrom:
		in, ok = a.class(s, out)
	default:
		in, ok = a.standard(s)
	}
	if !ok {
		return nil, usb.ErrStall
	}
	return in[:min(len(in), int(s.Length))], nil
}

func (a *Adapter) class(s usb.Setup, out []byte) (in []byte, ok bool) {
	switch {
	case s.RequestType == classTo && s.Request == setLineCoding:
		return nil, a.setCoding(out)
	case s.RequestType == classFrom && s.Request == getLineCoding:
		c := a.Coding()
		return append(binary.LittleEndian.AppendUint32(nil, c.Baud), c.Stop, c.Parity, c.Bits), true
	case s.RequestType == classTo && s.Request == setControlLineState:
		a.mu.Lock()
		defer a.mu.Unlock()
		a.lines = s.Value
		return nil, true
	case s.RequestType == classTo && s.Request == sendBreak:
		a.sendBreak(s.Value)
		return nil, true
	}
	return nil, false
}

// setCoding refuses words other than those of 8 bits without parity, which the
// chip does not know.
func (a *Adapter) setCoding(p []byte) bool {
	if len(p) != codingSize {
		return false
	}
	c := Coding{Baud: binary.LittleEndian.Uint32(p), Stop: p[4], Parity: p[5], Bits: p[6]}
	if c.Baud == 0 || c.Parity != 0 || c.Bits != 8 {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.coding = c
	return a.cable.SetBaud(int(c.Baud)) == nil
}

// sendBreak does a break of some milliseconds, or with FFFFh one that lasts until
// the request comes again with 0 (PSTN 1.2, 6.3.13).
func (a *Adapter) sendBreak(millis uint16) {
	a.mu.Lock()
	began := a.breakAt
	a.breakAt = time.Time{}
	if millis == 0xFFFF {
		if a.breakAt = began; began.IsZero() {
			a.breakAt = time.Now()
		}
	}
	a.mu.Unlock()
	switch {
	case millis == 0xFFFF:
	case millis > 0:
		a.cable.Break(time.Duration(millis) * time.Millisecond)
	case !began.IsZero():
		a.cable.Break(time.Since(began))
	}
}

// standard does the requests of chapter 9 of USB 2.0.
func (a *Adapter) standard(s usb.Setup) (in []byte, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case s.RequestType == usb.ToDevice && s.Request == usb.SetConfiguration:
		a.config = byte(s.Value)
		return nil, true
	case s.RequestType == usb.ToDevice && s.Request == usb.SetAddress,
		s.RequestType == usb.ToInterface && s.Request == usb.SetInterface,
		s.RequestType == usb.ToEndpoint && s.Request == usb.ClearFeature:
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

// In implements usb.Device.
func (a *Adapter) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	switch endpoint {
	case fromWire:
		return a.read(ctx, most)
	case notices:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, usb.ErrStall
}

// read waits for bytes, and after a while gives an empty packet, as many such
// adapters do: the host has several transfers waiting here, one behind the other,
// and may take back any of them first.
func (a *Adapter) read(ctx context.Context, most int) ([]byte, error) {
	const latency = 20 * time.Millisecond
	p := make([]byte, min(most, packet))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.cable.SetReadDeadline(time.Now().Add(latency))
	n, err := a.cable.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, ctx.Err()
	case err != nil:
		return nil, usb.ErrGone
	}
	return p[:n], nil
}

// Out implements usb.Device.
func (a *Adapter) Out(ctx context.Context, endpoint byte, p []byte) (int, error) {
	if endpoint != toWire {
		return 0, usb.ErrStall
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n, err := a.cable.Write(p)
	if err != nil {
		return n, usb.ErrGone
	}
	return n, nil
}
