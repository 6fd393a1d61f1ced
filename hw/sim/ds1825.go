// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"sync"
	"time"

	"owfs/hw"
)

// A DS1825 is an emulated thermometer with four address pins, from its data
// sheet (19-6591, 21 pages): memory map page 8, configuration page 9.
type DS1825 struct{ thermometer }

// NewDS1825 returns a thermometer at power-on, as NewDS18B20 does. The low four
// bits of its configuration register are the address pins, bit 4 is 1 and bit 7
// is 0.
func NewDS1825(rom hw.ROM, clock Clock, address byte, temp func() float64) *DS1825 {
	d := &DS1825{}
	d.twelveBit()
	d.eeprom[2] = 0x70 | address&15
	d.store = func(n int, b byte) byte {
		if n == 2 {
			b = b&0x60 | 0x10 | address&15
		}
		return b
	}
	d.init(rom, clock, temp)
	return d
}

// A MAX31826 is an emulated thermometer with 128 bytes of EEPROM, from its data
// sheet (19-6264 rev 0): memory map page 9, commands pages 12 to 14. Locking the
// EEPROM is left out.
type MAX31826 struct {
	thermometer
	second struct { // scratchpad 2, and the EEPROM behind it
		sync.Mutex
		address byte
		pad     [8]byte
		memory  [128]byte
		copies  task
	}
}

// NewMAX31826 returns a thermometer at power-on: 85 °C, 12 bit, with an empty
// EEPROM, on external power.
func NewMAX31826(rom hw.ROM, clock Clock, address byte, temp func() float64) *MAX31826 {
	d := &MAX31826{}
	for i := range d.second.memory {
		d.second.memory[i] = 0xFF
	}
	d.blank = [8]byte{0x50, 0x05, 0xFF, 0xFF, 0xF0 | address&15, 0xFF, 0xFF, 0xFF}
	d.takes = func(*[8]byte) time.Duration { return 150 * time.Millisecond }
	d.measure = func(pad *[8]byte, celsius float64) {
		raw := sixteenths(celsius)
		pad[0], pad[1] = byte(raw), byte(raw>>8)
	}
	d.more = d.memory
	d.init(rom, clock, temp)
	d.OnPower = func(t time.Duration) {
		d.power(t)
		d.second.Lock()
		defer d.second.Unlock()
		d.second.copies.feed(clock.Now(), t)
	}
	return d
}

// EEPROM returns the memory.
func (d *MAX31826) EEPROM() [128]byte {
	d.second.Lock()
	defer d.second.Unlock()
	d.settleCopy()
	return d.second.memory
}

func (d *MAX31826) settleCopy() {
	s := &d.second
	if s.copies.ended(d.clock.Now()) && (s.copies.fed || !d.onLine()) {
		copy(s.memory[s.address&0x78:], s.pad[:])
	}
}

// memory does the commands of table 2 (page 14).
func (d *MAX31826) memory(io *IO, command byte, _ [8]byte) {
	s := &d.second
	switch command {
	case 0x0F: // Write Scratchpad 2: the page's address and 8 bytes; answers their CRC
		p := append([]byte{command}, io.ReadN(9)...)
		s.Lock()
		s.address = p[1]
		copy(s.pad[:], p[2:])
		s.Unlock()
		io.Write(hw.CRC8(p))
	case 0xAA: // Read Scratchpad 2
		from := io.Read() & 7
		s.Lock()
		pad := s.pad
		s.Unlock()
		io.Write(pad[from:]...)
		io.Write(hw.CRC8(pad[from:]))
	case 0x55: // Copy Scratchpad 2
		if io.Read() != 0xA5 {
			return
		}
		s.Lock()
		s.copies.start(d.clock.Now(), 25*time.Millisecond)
		s.Unlock()
		io.Hold(func() bool {
			s.Lock()
			defer s.Unlock()
			return !d.onLine() && s.copies.busy(d.clock.Now())
		})
	case 0xF0: // Read Memory, to its end
		from := io.Read()
		memory := d.EEPROM()
		if int(from) < len(memory) {
			io.Write(memory[from:]...)
		}
	}
}

// A MAX31850 is an emulated thermocouple converter, which can only be read,
// from its data sheet (19-6725 rev 2): memory map page 12, registers page 13,
// commands pages 18 and 19. A MAX31851 is the same for other metals.
type MAX31850 struct {
	thermometer
	cold   func() float64
	faults byte
}

// The faults that a MAX31850 finds (page 13, table 2).
const (
	OpenCircuit = 1 << iota
	ShortToGround
	ShortToSupply
)

// NewMAX31850 returns a converter whose thermocouple is at hot and whose own
// junction at cold. A conversion takes 100 ms.
func NewMAX31850(rom hw.ROM, clock Clock, address byte, hot, cold func() float64) *MAX31850 {
	d := &MAX31850{cold: cold}
	d.blank = [8]byte{0, 0, 0, 0, 0xF0 | address&15, 0xFF, 0xFF, 0xFF}
	d.takes = func(*[8]byte) time.Duration { return 100 * time.Millisecond }
	d.measure = func(pad *[8]byte, celsius float64) {
		quarters := int(math.Round(celsius*4)) << 2
		inside := sixteenths(d.cold())<<4 | int(d.faults)
		if d.faults != 0 {
			quarters |= 1
		}
		pad[0], pad[1] = byte(quarters), byte(quarters>>8)
		pad[2], pad[3] = byte(inside), byte(inside>>8)
	}
	d.init(rom, clock, hot)
	return d
}

// SetFaults says what is wrong with the thermocouple.
func (d *MAX31850) SetFaults(faults byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = faults & 7
}
