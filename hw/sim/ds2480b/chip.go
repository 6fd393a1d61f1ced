// SPDX-License-Identifier: Apache-2.0

// Package ds2480b is an emulated DS2480B, the chip that makes a serial port
// into a 1-Wire bus master, over an emulated line. It is written from the data
// sheet (19-5047), to which the page numbers here belong, and shares nothing
// with the package that drives such chips.
//
// A Chip is the state machine alone. A Cable puts it behind a serial line, with
// the time that bytes take and the faults they meet; PTY gives that a name
// which any program can open.
package ds2480b

import (
	"context"
	"slices"
	"sync"
	"time"

	"owfs/hw/sim"
)

// A Chip is an emulated DS2480B. Its methods are called by one goroutine, those
// that read its state by any.
type Chip struct {
	// Revision is what reset answers tell: 3 is a DS2480B, 2 a DS2480.
	Revision byte
	// Volts12 tells that the programming voltage is connected (page 11).
	Volts12 bool
	// Alarming, if set, tells whether a device signals an alarm after a reset.
	Alarming func() bool

	line *sim.Line

	mu         sync.Mutex
	free       time.Time // when it has done what came so far
	calibrated bool      // the first reset command has been seen
	mode       mode
	params     [8]byte // value codes, by parameter code
	speed      byte    // of the last communication command, which is that of data
	search     bool    // the search accelerator is on
	lost       bool    // and has found nobody: all is 1 until it is off
	armed      bool    // a strong pull-up follows each byte of data
	pulse      *pulse  // that lasts until it is terminated
	odd        int
}

type mode uint8

const (
	commandMode mode = iota
	dataMode
	checkMode // in data mode after E3: that again is data, all else a command
)

// A pulse of infinite duration.
type pulse struct {
	volts12 bool
	since   time.Time
}

// New returns a chip that has just been powered on.
func New(line *sim.Line) *Chip {
	c := &Chip{line: line, Revision: 3}
	c.MasterReset()
	return c
}

// MasterReset is what power-on and a break do (page 5).
func (c *Chip) MasterReset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endPulse()
	c.calibrated, c.mode, c.speed = false, commandMode, 0
	c.search, c.lost, c.armed = false, false, false
	c.params = [8]byte{spu12V: 4, spu5V: 4, load: 4} // 512 µs, 524 ms, 3.0 mA (page 12)
}

// Baud returns the rate at which the chip listens and talks.
func (c *Chip) Baud() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bauds[c.params[baud]&3]
}

// Parameter returns the value code of a configuration parameter.
func (c *Chip) Parameter(code int) byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.params[code&7]
}

// Odd counts the bytes that the data sheet gives no meaning in the state that
// the chip was in.
func (c *Chip) Odd() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.odd
}

// Pulsing tells whether a pulse of infinite duration is on.
func (c *Chip) Pulsing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulse != nil
}

// Receive does what a byte from the host tells, in the time that it takes.
func (c *Chip) Receive(ctx context.Context, b byte, answer func(byte)) error {
	return c.receiveAt(ctx, b, c.line.Clock().Now(), func(b byte, _ time.Time) { answer(b) })
}

// slack is how much of the time that a machine has overslept is made up for. A
// chip keeps its times to the microsecond; without it, each byte would be later
// than the one before.
const slack = time.Millisecond

// receiveAt does what Receive does with a byte that came at some time, and tells
// when the answers begin.
func (c *Chip) receiveAt(ctx context.Context, b byte, came time.Time, say func(byte, time.Time)) error {
	c.mu.Lock()
	takes, out := c.receive(b)
	at := c.line.Clock().Now()
	if !slices.ContainsFunc(out, func(o answer) bool { return o.then != nil }) { // a pulse is never cut short
		at = latest(came, c.free, at.Add(-slack))
	}
	end := at.Add(takes)
	c.free = end
	c.mu.Unlock()
	for _, o := range out {
		at = at.Add(o.after)
		if err := c.until(ctx, at); err != nil {
			return err
		}
		if o.then != nil {
			o.then()
		}
		say(o.b, at)
	}
	return c.until(ctx, end)
}

func (c *Chip) until(ctx context.Context, t time.Time) error {
	if d := t.Sub(c.line.Clock().Now()); d > 0 {
		return c.line.Clock().Sleep(ctx, d)
	}
	return ctx.Err()
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// An answer is sent some time after the one before.
type answer struct {
	b     byte
	after time.Duration
	then  func() // happens before it is sent
}

func (c *Chip) receive(b byte) (takes time.Duration, out []answer) {
	switch {
	case c.pulse != nil:
		return c.duringPulse(b)
	case !c.calibrated: // the timing byte, which must be a reset command (page 4)
		if b&0xE3 == 0xC1 {
			c.calibrated = true
		} else {
			c.odd++
		}
		return 0, nil
	case c.mode == dataMode && b == toCommandMode:
		c.mode = checkMode
		return 0, nil
	case c.mode == checkMode && b != toCommandMode:
		c.mode = commandMode
	case c.mode == checkMode:
		c.mode = dataMode
	}
	if c.mode == dataMode {
		return c.data(b)
	}
	return c.command(b)
}

// The bytes that are neither data nor parameters (figure 2, page 4).
const (
	toDataMode    = 0xE1
	toCommandMode = 0xE3
	terminate     = 0xF1
)

// duringPulse waits for the termination, which is not answered; the pulse is.
func (c *Chip) duringPulse(b byte) (time.Duration, []answer) {
	if b != terminate {
		c.odd++
		return 0, nil
	}
	reply := pulseAnswer(c.pulse.volts12)
	c.endPulse()
	return 0, []answer{{b: reply}}
}

func (c *Chip) endPulse() {
	if c.pulse == nil {
		return
	}
	d := c.line.Clock().Now().Sub(c.pulse.since)
	if c.pulse.volts12 {
		c.line.Pulse12V(d)
	} else {
		c.line.PulledUp(d)
	}
	c.pulse = nil
}

func (c *Chip) command(b byte) (time.Duration, []answer) {
	switch {
	case b == toDataMode:
		c.mode = dataMode
	case b == toCommandMode, b == terminate: // nothing to do
	case b&0x81 == 0x01:
		return 0, []answer{{b: c.configure(b)}}
	case b&1 == 0:
		c.odd++
	case b>>5 == 4:
		return c.singleBit(b)
	case b>>5 == 5:
		c.speed = b >> 2 & 3
		c.search, c.lost = b&0x10 != 0, false
	case b>>5 == 6:
		c.speed = b >> 2 & 3
		return c.reset()
	case b>>2&3 == 3:
		return c.startPulse(b)
	default:
		c.odd++
	}
	return 0, nil
}
