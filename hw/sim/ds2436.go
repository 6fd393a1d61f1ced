// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"math"
	"sync"

	"owfs/hw"
)

// A DS2436 is an emulated battery chip (data sheet, 29 pages, pages 10 to 22).
// Nothing takes time. Where there is no memory it reads 00.
type DS2436 struct {
	Chip

	mu             sync.Mutex
	volts, celsius float64
	registers      [256]byte
	pads, pages    [0x60]byte // the three pages, 32 addresses each
	locked         bool
}

// NewDS2436 returns a battery chip that has not measured.
func NewDS2436(rom hw.ROM) *DS2436 {
	d := &DS2436{}
	d.ROM = rom
	d.Function = d.function
	return d
}

// Measure sets what there is to measure.
func (d *DS2436) Measure(volts, celsius float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.volts, d.celsius = volts, celsius
}

// Page returns what a page keeps.
func (d *DS2436) Page(n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.pages[32*n:32*n+ds2436Sizes[n]]...)
}

// Locked tells whether the first page is locked.
func (d *DS2436) Locked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.locked
}

// ds2436Sizes are how many bytes of each page there are.
var ds2436Sizes = [3]int{24, 8, 8}

// pad gives one of the scratchpads a byte, or reads one: at is from 00 to 5F.
func (d *DS2436) pad(at int, write bool, b byte) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at >= len(d.pads) || at%32 >= ds2436Sizes[at/32] {
		return 0
	}
	if write && !(d.locked && at < 32) {
		d.pads[at] = b
	}
	return d.pads[at]
}

// move copies between a page and its scratchpad.
func (d *DS2436) move(n int, to, from *[0x60]byte) { copy(to[32*n:32*n+32], from[32*n:]) }

func (d *DS2436) function(io *IO) {
	command := io.Read()
	switch command {
	case 0x11:
		for at := int(io.Read()); ; at++ {
			io.Write(d.pad(at, false, 0))
		}
	case 0x17:
		for at := int(io.Read()); ; at++ {
			d.pad(at, true, io.Read())
		}
	}
	if command == 0xB2 {
		for at := int(io.Read()); at < 256; at++ {
			d.mu.Lock()
			b := d.registers[at]
			d.mu.Unlock()
			io.Write(b)
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	put := func(at int, n uint16) { binary.LittleEndian.PutUint16(d.registers[at:], n) }
	switch command {
	case 0x22:
		if !d.locked {
			d.move(0, &d.pages, &d.pads)
		}
	case 0x25:
		d.move(1, &d.pages, &d.pads)
	case 0x28:
		d.move(2, &d.pages, &d.pads)
	case 0x71:
		d.move(0, &d.pads, &d.pages)
	case 0x77:
		d.move(1, &d.pads, &d.pages)
	case 0x7A:
		d.move(2, &d.pads, &d.pages)
	case 0x43:
		d.locked = true
	case 0x44:
		d.locked = false
	case 0xD2:
		put(0x60, uint16(int16(math.Round(d.celsius*32)))<<3)
	case 0xB4:
		put(0x77, uint16(math.Round(d.volts*100)))
	case 0xB5:
		put(0x82, binary.LittleEndian.Uint16(d.registers[0x82:])+1)
	case 0xB8:
		put(0x82, 0)
	}
}
