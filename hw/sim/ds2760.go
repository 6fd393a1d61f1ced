// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"sync"
	"time"

	"owfs/hw"
)

// A DS2760 is an emulated battery monitor or one of its kin, from the data
// sheets: DS2762 (25 pages) pages 11 to 21, DS2770 (27 pages) pages 11 to 14,
// DS2781 (31 pages) pages 8 to 23, DS2756 (26 pages) pages 7 and 19, DS2740 (16
// pages) pages 6 to 8, DS2720 page 11. It measures what it is told to and counts
// no charge by itself.
type DS2760 struct {
	Chip
	clock Clock
	kind  Battery

	mu     sync.Mutex
	shadow [256]byte
	eeprom [256]byte
	copies task
	block  [2]int
	pin    bool // is held low from outside
	output bool // the pin's transistor conducts

	written func(at int) // if set, is told of each byte that is written
	settled func()       // if set, is called before anything else happens
}

// A Battery is a kind of battery chip.
type Battery struct {
	blocks   [][2]int       // the first and the last address of each EEPROM block
	flags    int            // the EEPROM register
	special  int            // the register with the pin
	pin      byte           // its bit
	writable map[int]byte   // which bits of the registers can be written
	clears   map[int]byte   // which bits can only be written to 0
	shadowed map[int]int    // registers that EEPROM bytes set when it is recalled
	volts    float64        // of one step
	current  float64        // volts of one step of all 16 bits
	unused   uint           // of which so many are no part of the result
	ram      int            // an address inside of a block that is no EEPROM, 0 for none
	at       map[string]int // registers that are elsewhere than in the DS2760
}

// The kinds.
var (
	DS2760Kind = Battery{
		blocks: [][2]int{{0x20, 0x2F}, {0x30, 0x3F}}, flags: 0x07, special: 0x08, pin: 0x40,
		writable: map[int]byte{0x00: 0xF3, 0x08: 0xC0, 0x10: 0xFF, 0x11: 0xFF},
		shadowed: map[int]int{0x31: 0x01}, volts: 0.00488, current: 15.625e-6 / 8, unused: 3,
	}
	DS2751Kind = Battery{
		blocks: [][2]int{{0x20, 0x2F}, {0x30, 0x3F}}, flags: 0x07, special: 0x08, pin: 0x40,
		writable: map[int]byte{0x08: 0x40, 0x10: 0xFF, 0x11: 0xFF}, clears: map[int]byte{0x08: 0x80},
		shadowed: map[int]int{0x31: 0x01}, volts: 0.00488, current: 15.625e-6 / 8, unused: 3,
	}
	DS2770Kind = Battery{
		blocks: [][2]int{{0x20, 0x2F}, {0x30, 0x3F}, {0x40, 0x47}}, flags: 0x07, special: -1,
		writable: map[int]byte{0x02: 0xFF, 0x03: 0xFF, 0x06: 0xFF, 0x10: 0xFF, 0x11: 0xFF},
		volts:    0.00488, current: 1.5625e-6,
	}
	DS2756Kind = Battery{
		blocks: [][2]int{{0x20, 0x3F}, {0x40, 0x5F}, {0x60, 0x7F}}, flags: 0x07, special: 0x08, pin: 0x40,
		writable: map[int]byte{0x08: 0x45, 0x10: 0xFF, 0x11: 0xFF}, clears: map[int]byte{0x08: 0x80},
		shadowed: map[int]int{0x31: 0x01}, volts: 0.00488, current: 15.625e-6 / 8, unused: 3,
	}
	DS2781Kind = Battery{
		blocks: [][2]int{{0x20, 0x2F}, {0x60, 0x7F}}, flags: 0x1F, special: 0x15, pin: 0x01,
		writable: map[int]byte{0x10: 0xFF, 0x11: 0xFF, 0x14: 0xFF, 0x15: 0x01}, clears: map[int]byte{0x01: 0x06},
		volts: 0.00976, current: 1.5625e-6, ram: 0x7B, at: map[string]int{"temperature": 0x0A},
	}
	DS2780Kind = Battery{
		blocks: [][2]int{{0x20, 0x2F}, {0x60, 0x7F}}, flags: 0x1F, special: 0x15, pin: 0x01,
		writable: map[int]byte{0x10: 0xFF, 0x11: 0xFF, 0x14: 0xFF, 0x15: 0x01}, clears: map[int]byte{0x01: 0x06},
		volts: 0.00488, current: 1.5625e-6, at: map[string]int{"temperature": 0x0A},
	}
	DS2740Kind = Battery{
		flags: -1, special: 0x08, pin: 0x40,
		writable: map[int]byte{0x01: 0x50, 0x08: 0x40, 0x10: 0xFF, 0x11: 0xFF}, current: 1.5625e-6,
	}
	DS2720Kind = Battery{
		blocks: [][2]int{{0x20, 0x23}, {0x30, 0x33}}, flags: 0x07, special: -1,
		writable: map[int]byte{0x00: 0xD3, 0x08: 0x81},
	}
)

// NewDS2760 returns a battery chip of a kind, just powered on, whose EEPROM is 0.
func NewDS2760(rom hw.ROM, clock Clock, kind Battery) *DS2760 {
	d := &DS2760{clock: clock, kind: kind}
	if kind.special >= 0 {
		d.shadow[kind.special] |= kind.pin
	}
	d.ROM = rom
	d.Function = d.function
	return d
}

// Measure puts a voltage, a current as the voltage that it makes, and a
// temperature into their registers, as the chip does many times a second.
func (d *DS2760) Measure(volts, sense, celsius float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kind.volts > 0 {
		d.put(0x0C, int(math.Round(volts/d.kind.volts))<<5)
		at, ok := d.kind.at["temperature"]
		if !ok {
			at = 0x18
		}
		d.put(at, int(math.Round(celsius*8))<<5)
	}
	d.put(0x0E, int(math.Round(sense/d.kind.current/float64(int(1)<<d.kind.unused)))<<d.kind.unused)
}

// Put puts 16 bits into two registers, the upper ones first.
func (d *DS2760) Put(at, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(at, n)
}

func (d *DS2760) put(at, n int) { d.shadow[at], d.shadow[at+1] = byte(n>>8), byte(n) }

// Memory returns a byte as it is read, and as it is after a loss of power.
func (d *DS2760) Memory(at int) (now, kept byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return d.read(at), d.eeprom[at]
}

// SetRegister sets a byte, as events do.
func (d *DS2760) SetRegister(at int, b byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shadow[at] = b
}

// SetPin tells whether the pin is held low from outside.
func (d *DS2760) SetPin(low bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pin = low
}

// Conducts tells whether the chip holds its pin low.
func (d *DS2760) Conducts() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output
}

func (d *DS2760) settle() {
	if d.settled != nil {
		d.settled()
	}
	if d.copies.ended(d.clock.Now()) {
		copy(d.eeprom[d.block[0]:d.block[1]+1], d.shadow[d.block[0]:])
	}
}

// read is what an address reads: of the pin, its level; of reserved ones 0.
func (d *DS2760) read(at int) byte {
	b := d.shadow[at]
	if at == d.kind.special && (d.pin || d.output) {
		b &^= d.kind.pin
	}
	if at == d.kind.flags && d.copies.busy(d.clock.Now()) {
		b |= 1 << 7 // EEC
	}
	return b
}

// find returns the block with an address.
func (d *DS2760) find(at int) (n int, found bool) {
	for i, b := range d.kind.blocks {
		if at >= b[0] && at <= b[1] {
			return i, true
		}
	}
	return 0, false
}

func (d *DS2760) isLocked(block int) bool { return d.shadow[d.kind.flags]>>block&1 != 0 }

func (d *DS2760) function(io *IO) {
	command := io.Read()
	switch command {
	case 0xB5, 0xBE, 0x63: // Start Charge, Stop Charge, Refresh of the DS2770
		d.charger(command)
		return
	}
	at := int(io.Read())
	switch command {
	case 0x69: // Read Data, until the end
		for ; at < len(d.shadow); at++ {
			d.mu.Lock()
			d.settle()
			b := d.read(at)
			d.mu.Unlock()
			io.Write(b)
		}
	case 0x6C: // Write Data
		for ; at < len(d.shadow); at++ {
			b := io.Read()
			d.mu.Lock()
			d.settle()
			d.write(at, b)
			if d.written != nil {
				d.written(at)
			}
			d.mu.Unlock()
		}
	default:
		d.mu.Lock()
		defer d.mu.Unlock()
		d.settle()
		d.onBlock(command, at)
	}
}

// write ignores what can't be written.
func (d *DS2760) write(at int, b byte) {
	if block, ok := d.find(at); ok {
		if !d.isLocked(block) && !d.copies.busy(d.clock.Now()) {
			d.shadow[at] = b
		}
		return
	}
	switch {
	case at == d.kind.flags:
		d.shadow[at] = d.shadow[at]&^0x40 | b&0x40
	case at == 0x01 && d.kind.writable[0x02] != 0: // DS2770: any byte ends a completed charge
		if d.shadow[1]&0xC0 == 0xC0 {
			d.shadow[1] &^= 0xC0
		}
	case at >= 0x80 && at < 0x90 && d.kind.volts > 0:
		d.shadow[at] = b
	default:
		mask := d.kind.writable[at]
		if at == d.kind.special {
			d.output = b&d.kind.pin == 0
			mask &^= d.kind.pin
		}
		d.shadow[at] = d.shadow[at]&^mask | b&mask
		d.shadow[at] &^= d.kind.clears[at] &^ b
	}
}

// onBlock does Copy Data, Recall Data and Lock.
func (d *DS2760) onBlock(command byte, at int) {
	n, ok := d.find(at)
	if !ok {
		return
	}
	first, last := d.kind.blocks[n][0], d.kind.blocks[n][1]
	switch command {
	case 0x48:
		if !d.isLocked(n) {
			d.block = [2]int{first, last}
			d.copies.start(d.clock.Now(), 2*time.Millisecond)
		}
	case 0xB8:
		ram := d.shadow[d.kind.ram]
		copy(d.shadow[first:last+1], d.eeprom[first:])
		d.shadow[d.kind.ram] = ram
		for from, to := range d.kind.shadowed {
			if from >= first && from <= last {
				d.shadow[to] = d.eeprom[from]
			}
		}
	case 0x6A:
		if d.shadow[d.kind.flags]&0x40 != 0 {
			d.shadow[d.kind.flags] = d.shadow[d.kind.flags]&^0x40 | 1<<n
		}
	}
}

// charger does the commands of the DS2770.
func (d *DS2760) charger(command byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	switch command {
	case 0xB5:
		d.shadow[1] = d.shadow[1]&^0xC0 | 0x40
	case 0xBE:
		d.shadow[1] &^= 0xC0
	case 0x63:
		d.shadow[1] = d.shadow[1]&0xC0 | d.eeprom[0x31]&0x33
	}
}
