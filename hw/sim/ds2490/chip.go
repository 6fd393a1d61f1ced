// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/usb"
)

// The sizes of the FIFOs (status registers, page 30).
const (
	fifoCommands = 4 // of four bytes each
	fifoData     = 128
	fifoResults  = 16
)

// A Chip is an emulated DS2490. Its methods may be called by any goroutine.
type Chip struct {
	// Volts12 tells that the programming voltage is connected. It is set before
	// the chip is used.
	Volts12 bool
	// Alarming, if set, tells whether a device signals an alarm after a reset.
	Alarming func() bool

	line  *sim.Line
	clock hw.Clock
	wg    sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	closed  bool

	config, alternate byte
	halted            [4]bool // endpoints

	mode    [7]byte // the registers of the mode commands
	full    bool    // EP0F: a command was lost
	stopped bool    // by a halt command
	queue   []command
	running *command
	cancel  context.CancelFunc // of the one that runs
	pulse   byte               // the status bit of the pulse that is on
	owed    time.Duration      // that has passed on the line but not yet on the clock
	out, in []byte             // the FIFOs of EP2 and EP3
	results []byte
	odd     []string
}

var _ usb.Device = (*Chip)(nil)

// New returns a chip that has just been powered on.
func New(line *sim.Line) *Chip {
	c := &Chip{line: line, clock: line.Clock()}
	c.changed = sync.NewCond(&c.mu)
	c.powerOn()
	c.wg.Go(c.work)
	return c
}

// NewStick puts the chip with a ROM code of family 81 on the line, which is in
// each DS9490R, and returns a chip for the line.
func NewStick(line *sim.Line, id hw.ROM) *Chip {
	line.Add(sim.NewSerial(id))
	return New(line)
}

// Close takes the chip out of its socket: every transfer fails with
// usb.ErrGone, now and later.
func (c *Chip) Close() error {
	c.mu.Lock()
	c.closed = true
	c.abort()
	c.mu.Unlock()
	c.wg.Wait()
	return nil
}

// Odd counts what the data sheet gives no meaning: unknown requests, commands
// that are lost because too many wait, flushes while the chip is not halted.
func (c *Chip) Odd() int { return len(c.Oddities()) }

// Oddities tells what Odd counts, up to a hundred.
func (c *Chip) Oddities() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.odd)
}

// wonder notes what is odd.
func (c *Chip) wonder(what string, s usb.Setup) {
	if len(c.odd) < 100 {
		c.odd = append(c.odd, fmt.Sprintf("%s: %02X %02X %04X %04X", what, s.RequestType, s.Request, s.Value, s.Index))
	}
}

// Registers returns the 16 state registers (device feedback, page 30).
func (c *Chip) Registers() [16]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.registers()
}

// PowerCycle is what unplugging and plugging in does to the chip.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.config, c.alternate, c.halted = 0, 0, [4]bool{}
	c.powerOn()
}

// powerOn is what power-on and CTL_RESET_DEVICE do (table 12).
func (c *Chip) powerOn() {
	c.mode = [7]byte{strongPullUp: 0x20, programPulse: 0x40, slewRate: 5, write1Low: 4, sampleOffset: 4}
	c.full, c.stopped = false, false
	c.queue, c.out, c.in, c.results = nil, nil, nil, nil
	c.abort()
}

// abort ends the command that runs.
func (c *Chip) abort() {
	if c.cancel != nil {
		c.cancel()
	}
	c.changed.Broadcast()
}

// The bits of the status register (page 30; those of 12 V are of the edition of
// March 1999).
const (
	statusPullUp  = 0x01
	statusProgram = 0x02
	status12V     = 0x04
	statusPower   = 0x08
	statusHalt    = 0x10
	statusIdle    = 0x20
	statusFull    = 0x80
)

func (c *Chip) registers() (r [16]byte) {
	copy(r[:], c.mode[:])
	r[8] = c.pulse | statusPower
	if c.Volts12 {
		r[8] |= status12V
	}
	if c.stopped && c.running == nil {
		r[8] |= statusHalt
	}
	if c.running == nil && !c.ready() {
		r[8] |= statusIdle
	}
	if c.full {
		r[8] |= statusFull
	}
	if c.running != nil {
		r[9], r[10] = byte(c.running.value), byte(c.running.value>>8)
	}
	r[11], r[12], r[13] = byte(4*len(c.queue)), byte(len(c.out)), byte(len(c.in))
	return r
}
