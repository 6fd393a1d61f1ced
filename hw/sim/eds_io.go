// SPDX-License-Identifier: Apache-2.0

package sim

import "encoding/binary"

// Input lets an analog input measure so many steps of 1/2048 V, or of 1/2048 mA.
// The sensor keeps the extremes and compares with the limits: the flags of each
// input are two bits, the first for more than the upper limit.
func (d *EDS) Input(n int, steps uint16) {
	d.mark(func() {
		word := func(at int) []byte { return d.memory[at:] }
		binary.LittleEndian.PutUint16(word(0x30+2*n), steps)
		if least := word(0x40 + 2*n); steps < binary.LittleEndian.Uint16(least) {
			binary.LittleEndian.PutUint16(least, steps)
		}
		if most := word(0x50 + 2*n); steps > binary.LittleEndian.Uint16(most) {
			binary.LittleEndian.PutUint16(most, steps)
		}
		if steps > binary.LittleEndian.Uint16(word(0x70+4*n)) {
			d.raise(2 * n)
		}
		if steps < binary.LittleEndian.Uint16(word(0x72+4*n)) {
			d.raise(2*n + 1)
		}
	})
}

// raise sets a flag of the word of alarms.
func (d *EDS) raise(bit int) { d.memory[0x2A+bit/8] |= 1 << (bit % 8) }

// Connect puts a level on an input of the model with inputs and outputs. A rise
// counts as a pulse on the first two.
func (d *EDS) Connect(n int, high bool) {
	d.mark(func() {
		before := d.memory[0x22]
		d.memory[0x22] &^= 1 << n
		if high {
			d.memory[0x22] |= 1 << n
		}
		if d.memory[0x22] == before {
			return
		}
		d.memory[0x23] |= 1 << n // activity
		if high && n < 2 {
			count := d.memory[0x30+4*n:]
			binary.LittleEndian.PutUint32(count, binary.LittleEndian.Uint32(count)+1)
		}
		if high {
			d.raise(2 * n)
		} else {
			d.raise(2*n + 1)
		}
	})
}

// PullLow holds inputs of the model with inputs and outputs low, the others high.
func (d *EDS) PullLow(mask byte) {
	for n := range 8 {
		d.Connect(n, mask>>n&1 == 0)
	}
}

// Vibrate lets the sensor of vibration measure a level, up to 1023. What its peak
// is decays; here it is the level itself.
func (d *EDS) Vibrate(level int) {
	d.mark(func() {
		binary.LittleEndian.PutUint16(d.memory[0x24:], uint16(level))
		binary.LittleEndian.PutUint16(d.memory[0x26:], uint16(level))
		if most := d.memory[0x28:]; level > int(binary.LittleEndian.Uint16(most)) {
			binary.LittleEndian.PutUint16(most, uint16(level))
		}
	})
}

// act does what was written to the orders, which are 0 afterwards, and to the
// outputs.
func (d *EDS) act() {
	for n := range 2 {
		if d.memory[0x54]>>n&1 == 1 {
			clear(d.memory[0x30+4*n : 0x34+4*n])
		}
	}
	d.memory[0x23] &^= d.memory[0x55]
	d.memory[0x54], d.memory[0x55] = 0, 0
	d.memory[0x24] = d.memory[0x5C]
}
