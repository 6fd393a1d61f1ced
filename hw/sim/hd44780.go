// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"
)

// An HD44780 is an emulated display controller, from Hitachi's data sheet
// (HD44780U, ADE-207-272): display memory pages 10 to 13, instructions pages 24
// to 28, initializing pages 23 and 45 to 46. It is written to only, as its pin R/W
// is at ground. What comes while it is busy gets lost.
//
// Of the times that it is busy, the 37 µs of most instructions are left out:
// nobody can send two of them faster on a 1-Wire line.
type HD44780 struct {
	clock Clock
	// OnChange, if set, is called when something came that may change what is
	// shown.
	OnChange func()

	mu       sync.Mutex
	ddram    [0x80]byte
	cgram    [0x40]byte
	address  byte // the address counter
	toCGRAM  bool
	down     bool // the address counter counts down
	four     bool // interface of 4 bits
	twoLines bool
	switches byte // display, cursor, blinking: 4, 2, 1
	high     byte // the first half of a byte
	half     bool
	wakes    int // function sets of 8 bits in a row
	ready    time.Time
	lost     int
}

// NewHD44780 returns a display whose power has just come: it is off and empty, has
// one line and an interface of 8 bits, and is busy for 10 ms (page 23).
func NewHD44780(clock Clock) *HD44780 {
	d := &HD44780{clock: clock}
	d.PowerOn()
	return d
}

// PowerOn is what a loss of power does.
func (d *HD44780) PowerOn() {
	defer d.changed()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cgram, d.wakes, d.lost = [0x40]byte{}, 0, 0
	d.down, d.four, d.half, d.twoLines, d.switches = false, false, false, false, 0
	d.clear()
	d.busy(10 * time.Millisecond)
}

// Text returns n characters of the display memory. The second line of a display
// begins at 40.
func (d *HD44780) Text(address, n int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.ddram[address : address+n])
}

// Glyph returns the eight rows of a character that was defined.
func (d *HD44780) Glyph(i int) [8]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return [8]byte(d.cgram[8*i:])
}

// Switches returns what is on: display 4, cursor 2, blinking 1.
func (d *HD44780) Switches() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.switches
}

// Lost tells how many transfers came while the display was busy.
func (d *HD44780) Lost() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}

// HalfByte puts something on the pins DB7 to DB4 once, as a disturbance.
func (d *HD44780) HalfByte(b byte) { d.Strobe(false, b|0x0F) }

func (d *HD44780) changed() {
	if d.OnChange != nil {
		d.OnChange()
	}
}

// Strobe is a pulse at the pin E: the display takes what is at RS and DB7 to DB0.
func (d *HD44780) Strobe(rs bool, pins byte) {
	defer d.changed()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.clock.Now().Before(d.ready):
		d.lost++
	case !d.four:
		d.take(rs, pins)
	case !d.half:
		d.high, d.half = pins&0xF0, true
	default:
		d.half = false
		d.take(rs, d.high|pins>>4)
	}
}

func (d *HD44780) busy(t time.Duration) { d.ready = d.clock.Now().Add(t) }

// take does an instruction, or takes a byte of data.
func (d *HD44780) take(rs bool, b byte) {
	if rs || b&0xE0 != 0x20 {
		d.wakes = 0
	}
	switch {
	case rs:
		d.store(b)
	case b >= 0x80: // Set DDRAM address
		d.address, d.toCGRAM = b&0x7F, false
	case b >= 0x40: // Set CGRAM address
		d.address, d.toCGRAM = b&0x3F, true
	case b >= 0x20:
		d.functionSet(b)
	case b >= 0x10:
		d.shift(b)
	case b >= 0x08:
		d.switches = b & 7
	case b >= 0x04:
		d.down = b&2 == 0
	case b >= 0x02: // Return home
		d.address, d.toCGRAM = 0, false
		d.busy(1520 * time.Microsecond)
	case b == 0x01:
		d.clear()
		d.busy(1520 * time.Microsecond)
	}
}

func (d *HD44780) clear() {
	for i := range d.ddram {
		d.ddram[i] = ' '
	}
	d.address, d.toCGRAM, d.down = 0, false, false
}

// functionSet is also how the display is brought into a known state: after the
// first of them it wants 4.1 ms, after the second 100 µs (page 46).
func (d *HD44780) functionSet(b byte) {
	d.four, d.twoLines = b&0x10 == 0, b&8 != 0
	d.half = false
	if d.four {
		d.wakes = 0
		return
	}
	switch d.wakes++; d.wakes {
	case 1:
		d.busy(4100 * time.Microsecond)
	case 2:
		d.busy(100 * time.Microsecond)
	}
}

// shift moves the cursor; to shift the text is left out.
func (d *HD44780) shift(b byte) {
	if b&8 == 0 {
		d.move(b&4 == 0)
	}
}

func (d *HD44780) store(b byte) {
	if d.toCGRAM {
		d.cgram[d.address] = b
	} else {
		d.ddram[d.address] = b
	}
	d.move(d.down)
}

// move counts the address up or down. With two lines the first one ends at 27 and
// the second one is from 40 to 67; one line ends at 4F (pages 11 and 12).
func (d *HD44780) move(down bool) {
	last, after := byte(0x4F), byte(0)
	switch {
	case d.toCGRAM:
		last = 0x3F
	case d.twoLines && d.address >= 0x40:
		last = 0x67
	case d.twoLines:
		last, after = 0x27, 0x40
	}
	switch {
	case !down && d.address == last:
		d.address = after
	case !down:
		d.address++
	case d.toCGRAM:
		d.address = (d.address - 1) & 0x3F
	case d.address == 0 && d.twoLines:
		d.address = 0x67
	case d.address == 0:
		d.address = 0x4F
	case d.address == 0x40 && d.twoLines:
		d.address = 0x27
	default:
		d.address--
	}
}

// WireHobbyBoards makes the switch drive the display as on the LCD driver of
// Hobby Boards: P7 to P4 are DB7 to DB4, P3 is RS, the strobe is E, and P2 to P0
// have buttons. The display pulls its open pins up.
func (d *HD44780) WireHobbyBoards(s *DS2408) {
	s.OnStrobe = func(levels byte) { d.Strobe(levels&8 != 0, levels&0xF0|0x0F) }
}

// WireMaxim does it as in Maxim's application note 3286: P6 to P0 are DB6 to DB0,
// DB7 is at ground, P7 is RS, and the strobe is E.
func (d *HD44780) WireMaxim(s *DS2408) {
	s.OnStrobe = func(levels byte) { d.Strobe(levels&0x80 != 0, levels&0x7F) }
}
