// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// A DS2413 is an emulated dual switch, from its data sheet (19-5320, 18 pages):
// commands pages 6 and 7, examples page 17. Channel A is bit 0 of every mask.
type DS2413 struct {
	Chip

	mu   sync.Mutex
	pins pins
}

// NewDS2413 returns a switch whose outputs are off.
func NewDS2413(rom hw.ROM) *DS2413 {
	d := &DS2413{pins: pins{latch: 3}}
	d.ROM = rom
	d.CanResume, d.CanOverdrive = true, true
	d.Function = d.function
	return d
}

// PullLow tells which pins a circuit outside holds low.
func (d *DS2413) PullLow(mask byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.setOutside(mask)
}

// Latches returns the output latches; 0 is a transistor that conducts.
func (d *DS2413) Latches() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.latch
}

// Levels returns the levels of the pins.
func (d *DS2413) Levels() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.level()
}

// status is pin A, latch A, pin B, latch B, and their complements (page 6).
func (d *DS2413) status() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	level, latch := d.pins.level(), d.pins.latch
	b := level&1 | latch&1<<1 | level&2<<1 | latch&2<<2
	return b | ^b<<4
}

func (d *DS2413) function(io *IO) {
	switch io.Read() {
	case 0xF5: // PIO Access Read
		for {
			io.Write(d.status())
		}
	case 0x5A:
		d.write(io)
	}
}

// write is PIO Access Write (page 7): a byte, its complement, AA, the status,
// and again. A wrong complement ends it.
func (d *DS2413) write(io *IO) {
	for {
		b := io.Read()
		if io.Read() != ^b {
			return
		}
		d.mu.Lock()
		d.pins.setLatch(b & 3)
		d.mu.Unlock()
		io.Write(0xAA)
		io.Write(d.status())
	}
}
