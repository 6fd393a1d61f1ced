// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A DS2430A is an emulated EEPROM of 32 bytes with a register of 8 more that
// can be programmed once, from its data sheet (19 pages): memory map page 5,
// commands pages 5 to 8. It has no CRC and addresses of one byte, which wrap.
type DS2430A struct {
	Chip
	clock Clock

	mu                   sync.Mutex
	memory, pad          []byte
	register, registerIn []byte
	locked               bool
	copies, locks        task
}

// NewDS2430A returns an EEPROM that holds FF, with its register not locked.
func NewDS2430A(rom hw.ROM, clock Clock) *DS2430A {
	d := &DS2430A{clock: clock}
	for _, p := range []struct {
		p *[]byte
		n int
	}{{&d.memory, 32}, {&d.pad, 32}, {&d.register, 8}, {&d.registerIn, 8}} {
		*p.p = make([]byte, p.n)
		for i := range *p.p {
			(*p.p)[i] = 0xFF
		}
	}
	d.ROM = rom
	d.Function = d.function
	return d
}

// Memory returns the memory and the register, and whether that is locked.
func (d *DS2430A) Memory() (memory, register []byte, locked bool) {
	d.mark(func() {
		memory, register = append(memory, d.memory...), append(register, d.register...)
		locked = d.locked
	})
	return memory, register, locked
}

// mark does f after what has fallen due.
func (d *DS2430A) mark(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	if d.copies.ended(now) {
		copy(d.memory, d.pad)
	}
	if d.locks.ended(now) && !d.locked {
		copy(d.register, d.registerIn)
		d.locked = true
	}
	f()
}

func (d *DS2430A) function(io *IO) {
	const tProg = 10 * time.Millisecond
	switch io.Read() {
	case 0x0F: // Write Scratchpad
		d.write(io, d.pad)
	case 0xAA: // Read Scratchpad
		d.read(io, d.pad)
	case 0x55: // Copy Scratchpad
		if io.Read() == 0xA5 {
			d.mark(func() { d.copies.start(d.clock.Now(), tProg) })
		}
	case 0xF0: // Read Memory, by way of the scratchpad
		d.mark(func() { copy(d.pad, d.memory) })
		d.read(io, d.pad)
	case 0x99: // Write Application Register
		d.write(io, d.registerIn)
	case 0xC3: // Read Application Register: from its scratchpad until it is locked
		from := d.registerIn
		d.mark(func() {
			if d.locked {
				from = d.register
			}
		})
		d.read(io, from)
	case 0x5A: // Copy & Lock Application Register
		if io.Read() == 0xA5 {
			d.mark(func() { d.locks.start(d.clock.Now(), tProg) })
		}
	case 0x66: // Read Status Register: the key 00, then FF, or FC if locked
		if io.Read() != 0 {
			return
		}
		status := byte(0xFF)
		d.mark(func() {
			if d.locked {
				status = 0xFC
			}
		})
		io.Write(status)
	}
}

func (d *DS2430A) write(io *IO, p []byte) {
	for at := int(io.Read()); ; at++ {
		b := io.Read()
		d.mark(func() { p[at%len(p)] = b })
	}
}

func (d *DS2430A) read(io *IO, p []byte) {
	for at := int(io.Read()); ; at++ {
		var b byte
		d.mark(func() { b = p[at%len(p)] })
		io.Write(b)
	}
}
