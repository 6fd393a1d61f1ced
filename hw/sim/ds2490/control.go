// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"

	"owfs/hw/sim/usb"
)

// Control implements usb.Device.
func (c *Chip) Control(ctx context.Context, s usb.Setup, out []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, usb.ErrGone
	}
	defer c.changed.Broadcast()
	var in []byte
	var ok bool
	switch {
	case s.RequestType&^0x80 == usb.VendorTo:
		in, ok = c.vendor(s)
	default:
		in, ok = c.standard(s)
	}
	if !ok {
		return nil, usb.ErrStall
	}
	return in[:min(len(in), int(s.Length))], nil
}

// standard does the requests of chapter 9 (page 12).
func (c *Chip) standard(s usb.Setup) (in []byte, ok bool) {
	switch s.RequestType {
	case usb.ToDevice:
		switch s.Request {
		case usb.SetAddress, usb.SetFeature, usb.ClearFeature: // the latter two: remote wake-up
			return nil, true
		case usb.SetConfiguration:
			return nil, c.configure(s.Value)
		}
	case usb.FromDevice:
		switch s.Request {
		case usb.GetStatus:
			return []byte{0, 0}, true
		case usb.GetConfiguration:
			return []byte{c.config}, true
		case usb.GetDescriptor:
			return descriptor(s.Value)
		}
	case usb.ToInterface:
		if s.Request == usb.SetInterface && s.Index == 0 && s.Value <= 3 && c.config == 1 {
			c.alternate, c.halted = byte(s.Value), [4]bool{}
			return nil, true
		}
	case usb.FromInterface:
		switch {
		case s.Index != 0 || c.config == 0:
		case s.Request == usb.GetStatus:
			return []byte{0, 0}, true
		case s.Request == usb.GetInterface:
			return []byte{c.alternate}, true
		}
	case usb.ToEndpoint, usb.FromEndpoint:
		return c.halting(s)
	}
	return nil, false
}

func (c *Chip) configure(value uint16) bool {
	if value > 1 {
		return false
	}
	c.config, c.alternate, c.halted = byte(value), 0, [4]bool{}
	return true
}

// halting sets, clears and tells the halt of an endpoint.
func (c *Chip) halting(s usb.Setup) (in []byte, ok bool) {
	n := s.Index & 0x0F
	if int(n) >= len(c.halted) || c.config == 0 && n > 0 {
		return nil, false
	}
	switch s.Request {
	case usb.SetFeature:
		c.halted[n] = n > 0
	case usb.ClearFeature:
		c.halted[n] = false
	case usb.GetStatus:
		in = []byte{0, 0}
		if c.halted[n] {
			in[0] = 1
		}
	default:
		return nil, false
	}
	return in, true
}

// The command types (page 13).
const (
	controlCommand = 0
	commCommand    = 1
	modeCommand    = 2
)

func (c *Chip) vendor(s usb.Setup) (in []byte, ok bool) {
	if c.config == 0 {
		return nil, false
	}
	switch s.Request {
	case controlCommand:
		in, ok = c.control(s)
	case commCommand:
		ok = s.RequestType == usb.VendorTo && c.enqueue(s)
	case modeCommand:
		ok = s.RequestType == usb.VendorTo && c.setMode(s.Value, s.Index)
	}
	if !ok {
		c.wonder("unknown", s)
	}
	return in, ok
}

// The control commands (appendices 1 and 4).
const (
	resetDevice   = 0
	startExe      = 1
	resumeExe     = 2
	haltExeIdle   = 3
	haltExeDone   = 4
	flushCommands = 7
	flushReceive  = 8
	flushTransmit = 9
	getCommands   = 10
)

func (c *Chip) control(s usb.Setup) (in []byte, ok bool) {
	if (s.RequestType == usb.VendorFrom) != (s.Value == getCommands) {
		return nil, false
	}
	switch s.Value {
	case resetDevice:
		c.powerOn()
	case startExe:
		for i := range c.queue {
			c.queue[i].started = true
		}
	case resumeExe:
		c.stopped = false
	case haltExeIdle, haltExeDone:
		c.stopped = true
	case flushCommands, flushReceive, flushTransmit, getCommands:
		if !c.stopped || c.running != nil { // must be halted (page 19)
			c.wonder("not halted", s)
			return nil, true
		}
		return c.flush(s)
	default:
		return nil, false
	}
	return nil, true
}

func (c *Chip) flush(s usb.Setup) (in []byte, ok bool) {
	switch s.Value {
	case flushCommands:
		c.queue = nil
	case flushReceive:
		c.in = nil
	case flushTransmit:
		c.out = nil
	case getCommands:
		for len(c.queue) > 0 && len(in)+4 <= int(s.Length) {
			q := c.queue[0]
			c.queue = c.queue[1:]
			in = append(in, byte(q.value), byte(q.value>>8), byte(q.index), byte(q.index>>8))
		}
	}
	return in, true
}
