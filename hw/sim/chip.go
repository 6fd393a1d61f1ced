// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"iter"
	"time"

	"owfs/hw"
)

// A Chip is a Slave that knows the ROM commands: read, match, skip, search,
// alarm search, resume, and both overdrive ones. What it does once it is
// selected is its Function. The zero values of the other fields are a chip
// that has no alarm, no resume and no overdrive.
type Chip struct {
	ROM hw.ROM
	// Function is called when the chip is selected. It reads commands from io
	// and answers; a reset ends it at whatever place it is.
	Function func(io *IO)
	// Alarm tells whether the chip takes part in an alarm search.
	Alarm func() bool
	// ConditionalRead, if set, tells whether the chip answers the ROM command
	// 0F, which is a read ROM for one chip at a time (DS28EA00 data sheet page 10).
	ConditionalRead func() bool
	// Selected is told each time the chip is selected by match ROM, before
	// Function; it is for chips to which that means something by itself.
	Selected func()
	// OnPower and OnPulse are told of strong pull-up and of 12 V.
	OnPower, OnPulse func(d time.Duration)

	CanResume    bool // knows the command A5
	CanOverdrive bool // knows the commands 3C and 69

	fast   bool // is at overdrive
	trying bool // was at standard speed before the overdrive match ROM in progress
	chosen bool // the flag that resume goes by
	state  romState
	bits   int // of a byte or a ROM code, so far
	shift  byte

	next  func() (struct{}, bool) // resumes Function until it wants slots
	stop  func()
	wants int         // how many slots, 8 at most, before Function goes on
	drive byte        // what it puts on the line in them, the lowest bit first
	busy  func() bool // if set, whether it holds the present one low
	in    byte        // what the line carried, the latest bit highest
}

const conditionalReadROM = 0x0F

type romState uint8

const (
	idle      romState = iota // waits for a reset
	command                   // reads a ROM command
	reading                   // sends its ROM code
	matching                  // compares with its ROM code
	searching                 // sends a bit, its complement, reads the direction
	selected                  // Function has the line
)

// Reset implements Slave.
func (c *Chip) Reset(fast bool) bool {
	c.end()
	if c.fast && !fast {
		c.fast = false // a long pulse brings every chip back to standard speed
	}
	if fast && !c.fast {
		c.state = idle // a chip at standard speed does not see short slots
		return false
	}
	c.state, c.bits, c.shift = command, 0, 0
	return true
}

// Stop ends what the chip is doing. Line.Close calls it.
func (c *Chip) Stop() {
	c.end()
	c.state = idle
}

// end stops a Function that has the line.
func (c *Chip) end() {
	if c.stop != nil {
		c.stop()
		c.stop, c.next = nil, nil
	}
}

// Pull implements Slave.
func (c *Chip) Pull() byte {
	switch c.state {
	case reading:
		return c.romBit(c.bits)
	case searching:
		switch c.bits % 3 {
		case 0:
			return c.romBit(c.bits / 3)
		case 1:
			return 1 - c.romBit(c.bits/3)
		}
	case selected:
		if c.busy != nil && c.busy() {
			return 0
		}
		return c.drive & 1
	}
	return 1
}

func (c *Chip) romBit(n int) byte { return c.ROM[n/8] >> (n % 8) & 1 }

// See implements Slave.
func (c *Chip) See(bit byte) {
	switch c.state {
	case command:
		c.shift = c.shift>>1 | bit<<7
		if c.bits++; c.bits == 8 {
			c.command(c.shift)
		}
	case reading:
		if c.bits++; c.bits == 64 {
			c.run() // read ROM does not set the flag of resume (DS2408 data sheet page 21)
		}
	case matching:
		if bit != c.romBit(c.bits) {
			c.leave()
		} else if c.bits++; c.bits == 64 {
			c.matched()
		}
	case searching:
		if c.bits%3 == 2 && bit != c.romBit(c.bits/3) {
			c.leave()
		} else if c.bits++; c.bits == 192 {
			c.choose()
		}
	case selected:
		c.in, c.drive = c.in>>1|bit<<7, c.drive>>1
		if c.wants--; c.wants == 0 {
			c.resume()
		}
	}
}

// resume lets Function run until it wants slots, so that what a command does
// happens with the command's last bit.
func (c *Chip) resume() {
	if _, ok := c.next(); !ok {
		c.state = idle
	}
}

// leave waits for the next reset: another chip was meant. Only a successful
// overdrive match ROM leaves a chip at overdrive (DS28E04-100 data sheet page 27).
func (c *Chip) leave() {
	c.state, c.chosen = idle, false
	if c.trying {
		c.fast, c.trying = false, false
	}
}

func (c *Chip) matched() {
	if c.Selected != nil {
		c.Selected()
	}
	c.choose()
}

func (c *Chip) command(b byte) {
	c.bits, c.state, c.trying = 0, idle, false
	resumable := c.chosen
	c.chosen = false
	switch b {
	case hw.ReadROM:
		c.state = reading
	case hw.MatchROM:
		c.state = matching
	case hw.SkipROM:
		c.run()
	case hw.SearchROM:
		c.state = searching
	case hw.AlarmSearch:
		if c.Alarm != nil && c.Alarm() {
			c.state = searching
		}
	case conditionalReadROM:
		if c.ConditionalRead != nil && c.ConditionalRead() {
			c.state = reading
		}
	case hw.ResumeROM:
		if c.CanResume && resumable {
			c.choose()
		}
	case hw.OverdriveSkip:
		if c.CanOverdrive {
			c.fast = true
			c.run()
		}
	case hw.OverdriveROM:
		if c.CanOverdrive {
			c.trying = !c.fast
			c.fast, c.state = true, matching
		}
	}
}

// choose makes this the chip that is spoken to.
func (c *Chip) choose() {
	c.chosen = true
	c.run()
}

// resetSeen unwinds a Function when the line is reset.
type resetSeen struct{}

// run starts Function as a coroutine, which says what it puts on the line in a
// slot, or in the eight of a byte, and is resumed when the line has carried it.
func (c *Chip) run() {
	c.state = selected
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if r := recover(); r != nil && r != (resetSeen{}) {
				panic(r)
			}
		}()
		c.Function(&IO{chip: c, yield: yield})
	})
	c.resume()
}

// Powered implements Slave.
func (c *Chip) Powered(d time.Duration) {
	if c.OnPower != nil {
		c.OnPower(d)
	}
}

// Pulse implements Slave.
func (c *Chip) Pulse(d time.Duration) {
	if c.OnPulse != nil {
		c.OnPulse(d)
	}
}

// An IO is the line as a Function sees it. Each method takes slots; a reset
// ends the Function inside of it.
type IO struct {
	chip  *Chip
	yield func(struct{}) bool
}

// slots puts n bits on the line, the lowest first, and returns what the line
// carried in the upper n bits.
func (io *IO) slots(n int, bits byte, busy func() bool) byte {
	c := io.chip
	c.wants, c.drive, c.busy = n, bits, busy
	if !io.yield(struct{}{}) {
		panic(resetSeen{})
	}
	return c.in
}

// Slot puts a bit on the line for one slot and returns what the line carried.
func (io *IO) Slot(bit byte) byte { return io.slot(bit, nil) }

func (io *IO) slot(bit byte, busy func() bool) byte { return io.slots(1, bit, busy) >> 7 }

// Read reads a byte that the master sends.
func (io *IO) Read() byte { return io.slots(8, 0xFF, nil) }

// ReadN reads n bytes.
func (io *IO) ReadN(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = io.Read()
	}
	return p
}

// Write sends bytes to the master.
func (io *IO) Write(p ...byte) {
	for _, b := range p {
		io.slots(8, b, nil)
	}
}

// Hold sends 0 in every slot for as long as busy tells, then 1 for ever: the
// way in which chips tell that they are done.
func (io *IO) Hold(busy func() bool) {
	for {
		io.slot(1, busy)
	}
}

// Toggle sends 0 1 0 1 … for ever: the way in which memory chips tell that a
// command has ended well.
func (io *IO) Toggle() {
	for bit := byte(0); ; bit ^= 1 {
		io.Slot(bit)
	}
}

// ToggleAfter sends 1 for as long as busy tells, as nobody listens to the line
// then, and goes on as Toggle does.
func (io *IO) ToggleAfter(busy func() bool) {
	for over := false; !over; {
		io.slot(1, func() bool { over = !busy(); return over })
	}
	for bit := byte(1); ; bit ^= 1 {
		io.Slot(bit)
	}
}
