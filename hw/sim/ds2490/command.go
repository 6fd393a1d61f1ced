// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"time"

	"owfs/hw/sim/usb"
)

// A command is a communication command with its parameters.
type command struct {
	value, index uint16
	started      bool // by IM, or later by START EXECUTION
}

// The embedded command bits (appendix 2, page 40). Some share a place.
const (
	bitIM  = 0x0001
	bitRST = 0x0100
	bitICP = 0x0200
	bitNTF = 0x0400
	bitF   = 0x0800
	bitSPU = 0x1000
	bitCIB = 0x4000
	bitPST = 0x4000
	bitRTS = 0x4000

	bitType = 0x0008 // SET DURATION and PULSE: of the 12 V
	bitSE   = 0x0008 // 1-WIRE RESET and MATCH ACCESS: with a new speed
	bitD    = 0x0008 // BIT I/O
	bitSM   = 0x0008 // SEARCH ACCESS

	// READ STRAIGHT has its bits elsewhere.
	straightRST = 0x0002
	straightICP = 0x0004
	straightNTF = 0x0008
)

// The communication commands, without their embedded bits.
const (
	setDuration  = 0x12
	bitIO        = 0x20
	pulse        = 0x30
	reset        = 0x42
	byteIO       = 0x52
	matchAccess  = 0x64
	blockIO      = 0x74
	readStraight = 0x80
	searchAccess = 0xF4
)

// kind is which command it is, or 0.
func (q command) kind() int {
	low := int(q.value & 0xFE)
	if low&0xF0 == readStraight {
		return readStraight
	}
	switch k := low &^ 0x08; k {
	case setDuration, bitIO, pulse, reset, matchAccess, searchAccess:
		return k
	case byteIO, blockIO:
		if low == k {
			return k
		}
	}
	return 0
}

func (q command) has(bit uint16) bool { return q.value&bit != 0 }

// quiet and notify are ICP and NTF.
func (q command) quiet() bool {
	if q.kind() == readStraight {
		return q.has(straightICP)
	}
	return q.has(bitICP)
}

func (q command) notify() bool {
	if q.kind() == readStraight {
		return q.has(straightNTF)
	}
	return q.has(bitNTF)
}

// enqueue takes a communication command. One for which there is no room is
// discarded without a word; the status tells it until the chip is reset (note 1,
// page 30).
func (c *Chip) enqueue(s usb.Setup) (ok bool) {
	q := command{value: s.Value, index: s.Index, started: s.Value&bitIM != 0}
	switch {
	case q.kind() == 0:
		return false
	case len(c.queue) == fifoCommands:
		c.full = true
		c.wonder("one command too many", s)
	default:
		c.queue = append(c.queue, q)
	}
	return true
}

// ready tells whether there is a command to run.
func (c *Chip) ready() bool {
	return !c.stopped && len(c.queue) > 0 && c.queue[0].started
}

// work runs the commands.
func (c *Chip) work() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for !c.closed && !c.ready() {
			c.changed.Wait()
		}
		if c.closed {
			return
		}
		q := c.queue[0]
		c.queue = c.queue[1:]
		ctx, cancel := context.WithCancel(context.Background())
		c.running, c.cancel = &q, cancel
		code, err := c.run(ctx, q)
		if err == nil {
			err = c.settle(ctx)
		}
		if err == nil {
			c.end(q, code)
		}
		c.running, c.cancel, c.owed = nil, nil, 0
		cancel()
		c.changed.Broadcast()
	}
}

// The bits of a result (device feedback).
const (
	resultNRS = 0x01 // no presence pulse
	resultSH  = 0x02 // a short
	resultAPP = 0x04 // an alarming presence pulse
	resultVPP = 0x08 // no 12 V
	resultEOS = 0x80 // a search found fewer devices than it was asked for
)

// end is the end of a command: its result, if it is to have one. That a search
// has found fewer devices than asked for is no error that F goes by, or the last
// of them would be lost.
func (c *Chip) end(q command, code byte) {
	if code&^resultEOS != 0 && q.has(bitF) && q.kind() != readStraight {
		c.queue, c.out, c.in = nil, nil, nil
	}
	if !q.quiet() && (code != 0 || q.notify()) && len(c.results) < fifoResults {
		c.results = append(c.results, code)
	}
}

// sleep lets time pass. The chip is not locked meanwhile.
func (c *Chip) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Unlock()
	defer c.mu.Lock()
	return c.clock.Sleep(ctx, d)
}

// settle lets the time pass that has passed on the line.
func (c *Chip) settle(ctx context.Context) error {
	d := c.owed
	c.owed = 0
	if d == 0 {
		return ctx.Err()
	}
	return c.sleep(ctx, d)
}

// run does a command and returns its result.
func (c *Chip) run(ctx context.Context, q command) (code byte, err error) {
	switch q.kind() {
	case setDuration:
		register := strongPullUp
		if q.has(bitType) {
			register = programPulse
		}
		c.mode[register] = byte(q.index)
		return 0, nil
	case bitIO:
		return 0, c.doBit(ctx, q)
	case pulse:
		return c.doPulse(ctx, q)
	case reset:
		return c.doReset(ctx, q)
	case byteIO:
		return 0, c.doByte(ctx, q)
	case matchAccess:
		return 0, c.doMatch(ctx, q)
	case blockIO:
		return 0, c.doBlock(ctx, q)
	case readStraight:
		return 0, c.doStraight(ctx, q)
	default:
		return c.doSearch(ctx, q)
	}
}
