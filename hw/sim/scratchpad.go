// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A padMemory is what the memories share that are written through a scratchpad:
// Write Scratchpad 0F, Read Scratchpad AA, Copy Scratchpad 55 and Read Memory
// F0, with the address registers TA1, TA2 and E/S (DS2433 data sheet pages 5 to
// 8, DS2431 pages 8 to 11, DS28EC20 pages 10 to 13).
type padMemory struct {
	Chip
	clock Clock

	copyTime time.Duration
	writeCRC bool                          // Write Scratchpad answers a CRC-16 at the scratchpad's end
	readCRC  bool                          // and so does Read Scratchpad
	wholeRow bool                          // only a full scratchpad can be copied
	overflow bool                          // has the flag OF: more was sent than there is room for
	moves    bool                          // Read Memory changes TA1 and TA2
	lowAfter bool                          // after a copy, 0 is sent instead of 0 1 0 1 …
	end      int                           // the first address that can't be written
	load     func(at int, sent byte) byte  // what a byte becomes in the scratchpad
	refuses  func(at int) bool             // whether a copy is refused
	store    func(at int, p []byte)        // if set, puts a copy into memory
	pass     func()                        // if set, lets time pass
	show     func(at int) byte             // if set, what an address reads
	before   func(command byte)            // if set, is told of each command
	zeros    bool                          // behind the memory's end 00 is read, else FF
	more     func(io *crcIO, command byte) // commands of one kind only
	mu       sync.Mutex
	memory   []byte
	pad      []byte
	ta       uint16
	es       byte // the offset of the last byte, with the flags
	copies   task
	toCopy   []byte
}

// The flags in E/S (DS2433 page 6).
const (
	partialByte = 1 << 5 // PF
	overflowed  = 1 << 6 // OF, on the older chips
	authorized  = 1 << 7 // AA
)

func (d *padMemory) init(rom hw.ROM, clock Clock) {
	d.ROM, d.clock = rom, clock
	d.Function = d.function
	if d.end == 0 {
		d.end = len(d.memory)
	}
}

// Memory returns what the chip holds.
func (d *padMemory) Memory() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return append([]byte(nil), d.memory...)
}

// SetMemory changes what the chip holds, from address at.
func (d *padMemory) SetMemory(at int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	copy(d.memory[at:], p)
}

func (d *padMemory) settle() {
	if d.pass != nil {
		d.pass()
	}
	if d.copies.ended(d.clock.Now()) {
		d.finish()
	}
}

func (d *padMemory) finish() {
	if d.store != nil {
		d.store(int(d.ta), d.toCopy)
		return
	}
	copy(d.memory[int(d.ta):], d.toCopy)
}

func (d *padMemory) function(bits *IO) {
	io := &crcIO{IO: bits}
	command := io.Read()
	if d.before != nil {
		d.mark(func() { d.before(command) })
	}
	switch command {
	case 0x0F:
		d.writePad(io)
	case 0xAA:
		d.readPad(io)
	case 0x55:
		d.copyPad(io)
	case 0xF0:
		d.read(io)
	default:
		if d.more != nil {
			d.more(io, command)
		}
	}
}

// writePad does Write Scratchpad. The flag PF is set for as long as a byte, or
// the address, is not whole.
func (d *padMemory) writePad(io *crcIO) {
	d.mark(func() { d.es |= partialByte })
	ta := io.Address()
	start := int(ta) % len(d.pad)
	d.mark(func() { d.ta, d.es = ta, byte(start) })
	for i := start; i < len(d.pad); i++ {
		b := io.Slot(1) << 7
		d.mark(func() { d.es |= partialByte })
		for range 7 {
			b = b>>1 | io.Slot(1)<<7
		}
		io.crc = hw.CRC16(io.crc, []byte{b})
		d.mark(func() {
			d.es = byte(i)
			d.pad[i] = b
			if at := int(ta) - start + i; d.load != nil && at < len(d.memory) {
				d.pad[i] = d.load(at, b)
			}
		})
	}
	if d.writeCRC {
		io.SendCRC()
	}
	if d.overflow {
		io.Slot(1)
		d.mark(func() { d.es |= overflowed })
	}
}

func (d *padMemory) mark(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	f()
}

func (d *padMemory) registers() (ta uint16, es byte, pad []byte) {
	d.mark(func() { ta, es, pad = d.ta, d.es, append([]byte(nil), d.pad...) })
	return ta, es, pad
}

// readPad does Read Scratchpad, which goes on to the scratchpad's end whatever
// the ending offset is.
func (d *padMemory) readPad(io *crcIO) {
	ta, es, pad := d.registers()
	io.Write(byte(ta), byte(ta>>8), es)
	io.Write(pad[int(ta)%len(pad):]...)
	if d.readCRC {
		io.SendCRC()
	}
}

// copyPad does Copy Scratchpad: TA1, TA2 and E/S must be sent as they are. At
// the end the chip sends 0 1 0 1 …, which reads as AA.
func (d *padMemory) copyPad(io *crcIO) {
	ta := io.Address()
	es := io.Read()
	if !d.begin(ta, es) {
		return
	}
	if d.lowAfter {
		io.Hold(func() bool { return true })
	}
	io.ToggleAfter(d.copying)
}

func (d *padMemory) begin(ta uint16, es byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	first, last := int(ta)%len(d.pad), int(es)&(len(d.pad)-1)
	switch {
	case ta != d.ta || es != d.es || es&partialByte != 0 || last < first,
		int(ta)+last-first >= d.end,
		d.wholeRow && (first != 0 || last != len(d.pad)-1),
		d.refuses != nil && d.refuses(int(ta)):
		return false
	}
	d.es |= authorized
	d.toCopy = append([]byte(nil), d.pad[first:last+1]...)
	d.copies.start(d.clock.Now(), d.copyTime)
	d.settle() // a RAM takes no time
	return true
}

func (d *padMemory) copying() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.copies.busy(d.clock.Now())
}

// at returns what an address reads, and whether there is one.
func (d *padMemory) at(address int) (b byte, ok bool) {
	d.mark(func() {
		switch {
		case address >= len(d.memory):
			ok = d.zeros
		case d.show != nil:
			b, ok = d.show(address), true
		default:
			b, ok = d.memory[address], true
		}
	})
	return b, ok
}

// read does Read Memory, to the memory's end.
func (d *padMemory) read(io *crcIO) {
	ta := io.Address()
	if d.moves {
		d.mark(func() { d.ta = ta })
	}
	for at := int(ta); ; at++ {
		b, ok := d.at(at)
		if !ok {
			return
		}
		io.Write(b)
	}
}

// readPages does the read that sends a CRC-16 at the end of each page of 32
// bytes; the first is of the command and the address too.
func (d *padMemory) readPages(io *crcIO) { d.pagesFrom(io, int(io.Address())) }

func (d *padMemory) pagesFrom(io *crcIO, at int) {
	for ; ; at++ {
		b, ok := d.at(at)
		if !ok {
			return
		}
		io.Write(b)
		if at%32 == 31 {
			io.SendCRC()
		}
	}
}
