// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// The bits of the DS2408's control/status register.
const (
	ds2408PLS  = 1 << 0 // the search looks at the activity latches, not the pins
	ds2408CT   = 1 << 1 // all selected channels must qualify, not any
	ds2408ROS  = 1 << 2 // RSTZ is the strobe output
	ds2408PORL = 1 << 3 // has powered on
	ds2408VCCP = 1 << 7 // VCC is powered
)

// A DS2408 is an emulated 8-channel switch, from its data sheet (19-5702, 39
// pages): registers pages 8 to 12, commands pages 16 to 18, protocol pages 32
// and 33.
type DS2408 struct {
	Chip
	// OnStrobe, if set, is what RSTZ as the strobe output does when outputs were
	// written: it is told the levels of the pins.
	OnStrobe func(levels byte)

	mu      sync.Mutex
	pins    pins
	search  [2]byte // selection mask, polarity: registers 8B and 8C
	control byte    // register 8D but for VCCP
	vcc     bool
	strobes int
}

// NewDS2408 returns a switch on VCC, just powered on.
func NewDS2408(rom hw.ROM) *DS2408 {
	d := &DS2408{vcc: true}
	d.ROM = rom
	d.CanResume, d.CanOverdrive = true, true
	d.Function = d.function
	d.Alarm = d.alarm
	d.PowerOn()
	return d
}

// PowerOn is what a loss of power does. The output latches of a real chip then
// are random unless RSTZ is pulsed (page 9); here they are off.
func (d *DS2408) PowerOn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.latch, d.pins.activity = 0xFF, 0
	d.search, d.control = [2]byte{}, ds2408PORL
}

// PulseRSTZ is a low pulse on the pin RSTZ: it switches the outputs off and
// clears the activity latches, unless the pin is the strobe output.
func (d *DS2408) PulseRSTZ() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.control&ds2408ROS == 0 {
		d.pins.latch, d.pins.activity = 0xFF, 0
	}
}

// SetVCC takes the VCC supply away or gives it back.
func (d *DS2408) SetVCC(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.vcc = on
}

// PullLow tells which pins a circuit outside holds low: bit 0 is P0.
func (d *DS2408) PullLow(mask byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.setOutside(mask)
}

// SetLatches sets the output latches, as a random power-up may.
func (d *DS2408) SetLatches(b byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.setLatch(b)
}

// Latches returns the output latches; 0 is a transistor that conducts.
func (d *DS2408) Latches() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.latch
}

// Levels returns the levels of the pins.
func (d *DS2408) Levels() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.level()
}

// Strobes counts the pulses on RSTZ as strobe output.
func (d *DS2408) Strobes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.strobes
}

// Register returns a register by its address, 88h to 8Fh (page 8, figure 5).
func (d *DS2408) Register(address uint16) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch address {
	case 0x88:
		return d.pins.level()
	case 0x89:
		return d.pins.latch
	case 0x8A:
		return d.pins.activity
	case 0x8B, 0x8C:
		return d.search[address-0x8B]
	case 0x8D:
		if d.vcc {
			return d.control | ds2408VCCP
		}
		return d.control
	}
	return 0xFF // 8E and 8F; below 88 undefined
}

// alarm is the conditional search logic of page 12. The power-on reset latch
// alone is enough (page 21).
func (d *DS2408) alarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	source := d.pins.level()
	if d.control&ds2408PLS != 0 {
		source = d.pins.activity
	}
	mask := d.search[0]
	qualifies := ^(source ^ d.search[1]) & mask
	switch {
	case d.control&ds2408PORL != 0:
		return true
	case d.control&ds2408CT != 0:
		return mask != 0 && qualifies == mask
	}
	return qualifies != 0
}

func (d *DS2408) function(io *IO) {
	line := &crcIO{IO: io}
	switch line.Read() {
	case 0xF0:
		d.readRegisters(line)
	case 0xF5:
		d.channelRead(line)
	case 0x5A:
		d.channelWrite(line)
	case 0xCC:
		d.writeSearch(line)
	case 0xC3: // Reset Activity Latches
		d.mu.Lock()
		d.pins.activity = 0
		d.mu.Unlock()
		for {
			io.Write(0xAA)
		}
	}
}

// readRegisters is Read PIO Registers (page 16): the CRC at the end of the
// page covers command, address and data.
func (d *DS2408) readRegisters(line *crcIO) {
	address := line.Address()
	if address > 0x8F {
		return
	}
	for ; address <= 0x8F; address++ {
		line.Write(d.Register(address))
	}
	line.SendCRC()
}

// channelRead is Channel-Access Read (pages 16 and 17): each byte is sampled
// during the last bit before it, and a CRC follows every 32 of them. The first
// one covers the command too.
func (d *DS2408) channelRead(line *crcIO) {
	for {
		for range 32 {
			line.Write(d.sample())
		}
		line.SendCRC()
	}
}

// sample reads the pins in a channel access, which the strobe tells.
func (d *DS2408) sample() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.control&ds2408ROS != 0 {
		d.strobes++
	}
	return d.pins.level()
}

// channelWrite is Channel-Access Write (page 17): a byte, its complement, AA,
// the pins, and again. A wrong complement ends it.
func (d *DS2408) channelWrite(line *crcIO) {
	for {
		b := line.Read()
		if line.Read() != ^b {
			return
		}
		d.write(b)
		line.Write(0xAA)
		line.Write(d.Register(0x88))
	}
}

func (d *DS2408) write(b byte) {
	d.mu.Lock()
	d.pins.setLatch(b)
	levels, strobe := d.pins.level(), d.control&ds2408ROS != 0
	if strobe {
		d.strobes++
	}
	d.mu.Unlock()
	if strobe && d.OnStrobe != nil {
		d.OnStrobe(levels)
	}
}

// writeSearch is Write Conditional Search Register (pages 17 and 18), for the
// registers 8B to 8D.
func (d *DS2408) writeSearch(line *crcIO) {
	address := line.Address()
	if address < 0x8B {
		return
	}
	for ; address <= 0x8D; address++ {
		b := line.Read()
		d.mu.Lock()
		if address < 0x8D {
			d.search[address-0x8B] = b
		} else { // PORL can be cleared, but not set
			d.control = b&(ds2408PLS|ds2408CT|ds2408ROS) | b&d.control&ds2408PORL
		}
		d.mu.Unlock()
	}
}
