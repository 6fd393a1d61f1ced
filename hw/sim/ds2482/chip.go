// SPDX-License-Identifier: Apache-2.0

// Package ds2482 is an emulated DS2482-100, DS2482-800 or DS2483, the chips that
// make an I²C bus into a 1-Wire bus master, over emulated lines. It is written
// from the data sheets of the DS2482-100 (19-4930), to which the page numbers
// here belong, the DS2482-800 (19-4932) and the DS2483 (19-5975), and shares
// nothing with the package that drives such chips.
//
// A Chip takes the bytes of I²C messages one by one. A Bus puts chips at their
// addresses, with the time that bytes take and the faults they meet.
package ds2482

import (
	"sync"
	"time"

	"owfs/hw/sim"
)

// A Chip is an emulated chip. 1-Wire activity happens on the line when it is
// commanded, and is told of when its time is over.
type Chip struct {
	model model
	lines []*sim.Line
	clock sim.Clock

	mu       sync.Mutex
	expects  byte // the command whose parameter comes next; 0: the command itself
	deaf     bool // until the next address: nothing more is acknowledged
	pointer  byte
	config   byte
	channel  int
	at       registers
	after    registers // what they are when the activity is over
	until    time.Time // when that is
	pulling  bool      // the strong pull-up is on
	since    time.Time
	shorted  [8]bool // lines, as seen by their last reset
	port     int     // the byte of the port configuration that is read next
	jammed   jam
	failures int
	odd      int
}

type model uint8

const (
	ds2482x100 model = iota
	ds2482x800
	ds2483
)

// registers are what 1-Wire activity changes.
type registers struct {
	ppd, sd, sbr, tsb, dir bool
	rst                    bool
	data                   byte
}

type jam uint8

const (
	free    jam = iota
	busy        // 1WB stays on until a device reset
	forever     // and over that
)

// New100 returns a DS2482-100 that has just been powered on.
func New100(line *sim.Line) *Chip { return start(ds2482x100, line) }

// NewDS2483 returns a DS2483 that has just been powered on.
func NewDS2483(line *sim.Line) *Chip { return start(ds2483, line) }

// New800 returns a DS2482-800 that has just been powered on.
func New800(lines [8]*sim.Line) *Chip { return start(ds2482x800, lines[:]...) }

func start(m model, lines ...*sim.Line) *Chip {
	c := &Chip{model: m, lines: lines, clock: lines[0].Clock()}
	c.reset()
	return c
}

// PowerOn is what a loss of power does.
func (c *Chip) PowerOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

// reset is what power-on and the command Device Reset do (page 9).
func (c *Chip) reset() {
	c.endPullUp()
	c.at, c.config, c.channel, c.pointer = registers{rst: true, data: c.at.data}, 0, 0, pointStatus
	c.after, c.until = c.at, time.Time{}
	if c.jammed == busy {
		c.jammed = free
	}
}

// LockUp makes the chip stay busy until a device reset, or if hard for ever.
func (c *Chip) LockUp(hard bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jammed = busy
	if hard {
		c.jammed = forever
	}
}

// Free ends a lock-up.
func (c *Chip) Free() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jammed = free
}

// FailChannel makes the next n channel selections answer with the code of
// another channel.
func (c *Chip) FailChannel(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = n
}

// Configuration returns the configuration register: 1 is active pull-up, 2
// presence pulse masking, 4 strong pull-up, 8 overdrive (page 6).
func (c *Chip) Configuration() byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config
}

// Pulling tells whether the strong pull-up is on.
func (c *Chip) Pulling() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulling
}

// Odd counts what the data sheet gives no meaning: a strong pull-up for a
// command that has none.
func (c *Chip) Odd() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.odd
}

// The bits of the configuration register.
const (
	activePullUp = 1 << 0
	masking      = 1 << 1 // on the DS2483, power-down
	strongPullUp = 1 << 2
	overdrive    = 1 << 3
)

func (c *Chip) line() *sim.Line { return c.lines[c.channel] }
func (c *Chip) fast() bool      { return c.config&overdrive != 0 }

// settle brings the registers up to date.
func (c *Chip) settle() {
	if !c.clock.Now().Before(c.until) {
		c.at = c.after
	}
}

func (c *Chip) isBusy() bool { return c.jammed != free || c.clock.Now().Before(c.until) }

// endPullUp ends the strong pull-up; the bit goes with it (page 7).
func (c *Chip) endPullUp() {
	if !c.pulling {
		return
	}
	c.pulling = false
	c.config &^= strongPullUp
	c.line().PulledUp(c.clock.Now().Sub(c.since))
}
