// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A DS28E04 is an emulated EEPROM of 512 bytes with two switches, from its data
// sheet (19-6134, 37 pages): registers pages 10 to 12, commands pages 13 to 21,
// examples pages 34 and 35.
type DS28E04 struct {
	padMemory
	pins     pins
	search   [2]byte // selection mask, polarity: registers 223 and 224
	control  byte    // register 225 but for the two pins that it shows
	vcc, pol bool
}

// NewDS28E04 returns a chip on VCC, just powered on, which holds FF and
// protects nothing.
func NewDS28E04(rom hw.ROM, clock Clock) *DS28E04 {
	d := &DS28E04{vcc: true, control: 1 << 3}
	d.CanResume, d.CanOverdrive = true, true
	d.memory, d.pad = make([]byte, 0x226), make([]byte, 32)
	for i := range 512 {
		d.memory[i] = 0xFF
	}
	d.end, d.copyTime = 0x220, 10*time.Millisecond
	d.writeCRC, d.readCRC = true, true
	d.pins.latch = 3
	d.load, d.show, d.more = d.protected, d.shown, d.others
	d.refuses = func(at int) bool { return at < 512 && d.memory[0x200+at/32] == writeProtect }
	d.Alarm = d.alarm
	d.init(rom, clock)
	return d
}

// SetSupply tells whether VCC and the pin POL are high.
func (d *DS28E04) SetSupply(vcc, pol bool) { d.mark(func() { d.vcc, d.pol = vcc, pol }) }

// PullLow tells which pins a circuit outside holds low: bit 0 is P0.
func (d *DS28E04) PullLow(mask byte) { d.mark(func() { d.pins.setOutside(mask) }) }

// Latches returns the output latches; 0 is a transistor that conducts.
func (d *DS28E04) Latches() (b byte) {
	d.mark(func() { b = d.pins.latch })
	return b
}

// protected: the bytes from 200 on protect the pages 0 to 15.
func (d *DS28E04) protected(at int, sent byte) byte {
	if at < 512 {
		return protect(d.memory[0x200+at/32], d.memory[at], sent)
	}
	if protects(d.memory[at]) {
		return d.memory[at]
	}
	return sent
}

// shown is the memory and behind it the registers (pages 10 and 11).
func (d *DS28E04) shown(at int) byte {
	switch at {
	case 0x220:
		return d.pins.level()
	case 0x221:
		return d.pins.latch
	case 0x222:
		return d.pins.activity
	case 0x223, 0x224:
		return d.search[at-0x223]
	case 0x225:
		b := d.control
		if d.vcc {
			b |= 1 << 7
		}
		if d.pol {
			b |= 1 << 6
		}
		return b
	}
	return d.memory[at]
}

func (d *DS28E04) alarm() (yes bool) {
	d.mark(func() {
		source, mask := d.pins.level(), d.search[0]
		if d.control&1 != 0 {
			source = d.pins.activity
		}
		qualifies := ^(source ^ d.search[1]) & mask
		switch {
		case d.control&(1<<3) != 0:
			yes = true
		case d.control&2 != 0:
			yes = mask != 0 && qualifies == mask
		default:
			yes = qualifies != 0
		}
	})
	return yes
}

func (d *DS28E04) others(io *crcIO, command byte) {
	switch command {
	case 0xF5: // PIO Access Read: a CRC follows every 32 samples
		for {
			for range 32 {
				io.Write(d.sample())
			}
			io.SendCRC()
		}
	case 0x5A:
		d.write(io)
	case 0xCC:
		d.writeRegisters(io)
	case 0xC3: // Reset Activity Latches
		d.mark(func() { d.pins.activity = 0 })
		for {
			io.Write(0xAA)
		}
	}
}

// sample is the state of the pins in a PIO access, where the bits without a pin
// read 1 (page 35).
func (d *DS28E04) sample() (b byte) {
	d.mark(func() { b = d.pins.level() | 0xFC })
	return b
}

// write is PIO Access Write: a byte, its complement, AA, the pins, and again.
func (d *DS28E04) write(io *crcIO) {
	for {
		b := io.Read()
		if io.Read() != ^b {
			return
		}
		d.mark(func() { d.pins.setLatch(b & 3) })
		io.Write(0xAA)
		io.Write(d.sample())
	}
}

// writeRegisters is Write Register, for 223 to 225 (page 20). PORL can be
// cleared, but not set.
func (d *DS28E04) writeRegisters(io *crcIO) {
	at := int(io.Address())
	if at < 0x223 {
		return
	}
	for ; at <= 0x225; at++ {
		b := io.Read()
		d.mark(func() {
			if at < 0x225 {
				d.search[at-0x223] = b & 3
			} else {
				d.control = b&3 | b&d.control&(1<<3)
			}
		})
	}
}
