// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"

	"owfs/hw"
)

// A DS1963L is an emulated memory that counts how often the pages 12 to 15 are
// written, from its data sheet (24 pages): address registers page 5, commands
// pages 6 to 8.
type DS1963L struct {
	padMemory
	counters [16]uint32
	tamper   [4]byte
}

// NewDS1963L returns a memory of zeros that was never written.
func NewDS1963L(rom hw.ROM, clock Clock) *DS1963L {
	d := &DS1963L{tamper: [4]byte{0x55, 0x55, 0x55, 0x55}}
	d.CanOverdrive = true
	d.memory, d.pad = make([]byte, 512), make([]byte, 32)
	d.writeCRC = true
	d.store = func(at int, p []byte) {
		copy(d.memory[at:], p)
		if page := at / 32; page >= 12 {
			d.counters[page]++
		}
	}
	d.init(rom, clock)
	d.Function = d.function
	return d
}

// Counter returns the counter of a page.
func (d *DS1963L) Counter(page int) (n uint32) {
	d.mark(func() { n = d.counters[page] })
	return n
}

// SetCounter sets the counter of a page.
func (d *DS1963L) SetCounter(page int, n uint32) { d.mark(func() { d.counters[page] = n }) }

// Open changes the tamper-detect bits, as opening the iButton does.
func (d *DS1963L) Open() { d.mark(func() { d.tamper[2] = 0x11 }) }

func (d *DS1963L) function(bits *IO) {
	io := &crcIO{IO: bits}
	switch io.Read() {
	case 0x0F:
		d.writePad(io)
	case 0xAA:
		d.readPad(io)
	case 0x5A:
		d.copyPad(io)
	case 0xF0:
		d.read(io)
	case 0xA5:
		d.readCounters(io)
	}
}

// readCounters is Read Memory + Counter: the rest of a page, its counter, the
// tamper-detect bits and a CRC; then the next page. A page without a counter
// sends ones in its place.
func (d *DS1963L) readCounters(io *crcIO) {
	for at := int(io.Address()); at < len(d.memory); {
		page := at / 32
		for ; at/32 == page; at++ {
			b, _ := d.at(at)
			io.Write(b)
		}
		n := ^uint32(0)
		if page >= 12 {
			n = d.Counter(page)
		}
		io.Write(binary.LittleEndian.AppendUint32(nil, n)...)
		io.Write(d.tamper[:]...)
		io.SendCRC()
	}
}

// A DS1963S is the memory of an emulated SHA iButton, from its data sheet (37
// pages): memory map page 7, commands pages 9 to 11. It does not compute.
type DS1963S struct {
	padMemory
	hide bool // the scratchpad can't be used until it is erased
}

// NewDS1963S returns a memory of zeros that was never written, and that has
// just met the probe: its scratchpad is hidden.
func NewDS1963S(rom hw.ROM, clock Clock) *DS1963S {
	d := &DS1963S{hide: true}
	d.CanResume, d.CanOverdrive = true, true
	d.memory, d.pad = make([]byte, 0x2B0), make([]byte, 32)
	d.end = 512
	d.writeCRC, d.readCRC = true, true
	d.load = func(at int, sent byte) byte {
		if d.hide {
			return d.pad[at%32]
		}
		return sent
	}
	d.refuses = func(int) bool { return d.hide }
	d.store = func(at int, p []byte) {
		copy(d.memory[at:], p)
		if page := at / 32; page >= 8 { // counters of the pages 8 to 15 at 260
			n := d.memory[0x260+4*(page-8):]
			binary.LittleEndian.PutUint32(n, binary.LittleEndian.Uint32(n)+1)
		}
	}
	d.show = func(at int) byte {
		if at >= 512 && at < 0x260 { // the secrets and the scratchpad
			return 0xFF
		}
		return d.memory[at]
	}
	d.more = func(io *crcIO, command byte) {
		if command == 0xC3 {
			d.erase(io)
		}
	}
	d.init(rom, clock)
	return d
}

// Probe is what taking the iButton off the probe and putting it back does.
func (d *DS1963S) Probe() { d.mark(func() { d.hide = true }) }

// erase is Erase Scratchpad (page 11).
func (d *DS1963S) erase(io *crcIO) {
	io.Address()
	d.mark(func() {
		d.hide = false
		for i := range d.pad {
			d.pad[i] = 0xFF
		}
	})
	io.Toggle()
}
