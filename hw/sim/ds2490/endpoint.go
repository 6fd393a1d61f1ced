// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"

	"owfs/hw/sim/usb"
)

// wait waits until something holds. Whatever may change it is told to changed.
func (c *Chip) wait(ctx context.Context, holds func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer stop()
	for !holds() {
		switch {
		case c.closed:
			return usb.ErrGone
		case ctx.Err() != nil:
			return ctx.Err()
		}
		c.changed.Wait()
	}
	return nil
}

// open tells whether an endpoint can be used.
func (c *Chip) open(endpoint byte) error {
	switch {
	case c.closed:
		return usb.ErrGone
	case c.config == 0 || c.halted[endpoint&3]:
		return usb.ErrStall
	}
	return nil
}

// In implements usb.Device.
func (c *Chip) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.open(endpoint); err != nil {
		return nil, err
	}
	switch endpoint {
	case epStatus:
		return c.status(ctx, most)
	case epIn:
		return c.read(ctx, most)
	}
	return nil, usb.ErrStall
}

// status is what EP1 sends: the state registers, and the results there are,
// which are forgotten then.
func (c *Chip) status(ctx context.Context, most int) ([]byte, error) {
	if err := c.sleep(ctx, interval(c.alternate)); err != nil {
		return nil, err
	}
	if err := c.open(epStatus); err != nil {
		return nil, err
	}
	r := c.registers()
	p := append(r[:], c.results...)
	if len(p) > most {
		return nil, usb.ErrBabble
	}
	c.results = nil
	return p, nil
}

// read is what EP3 sends. The host must have room for each packet.
func (c *Chip) read(ctx context.Context, most int) (p []byte, err error) {
	usable := func() bool { return len(c.in) > 0 || c.open(epIn) != nil }
	if err := c.wait(ctx, usable); err != nil {
		return nil, err
	}
	if err := c.open(epIn); err != nil {
		return nil, err
	}
	for len(c.in) > 0 && len(p) < most {
		n := min(len(c.in), packet(c.alternate))
		if len(p)+n > most {
			return nil, usb.ErrBabble
		}
		p = append(p, c.in[:n]...)
		c.in = c.in[n:]
	}
	c.changed.Broadcast()
	return p, nil
}

// Out implements usb.Device.
func (c *Chip) Out(ctx context.Context, endpoint byte, p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if endpoint != epOut {
		return 0, usb.ErrStall
	}
	usable := func() bool { return len(c.out) < fifoData || c.open(epOut) != nil }
	for n < len(p) {
		if err := c.wait(ctx, usable); err != nil {
			return n, err
		}
		if err := c.open(epOut); err != nil {
			return n, err
		}
		part := p[n:min(len(p), n+fifoData-len(c.out))]
		c.out = append(c.out, part...)
		n += len(part)
		c.changed.Broadcast()
	}
	return n, nil
}
