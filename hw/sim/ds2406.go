// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A DS2406 is an emulated dual switch with 1 kbit EPROM, from its data sheet
// (32 pages): memory map page 5, memory commands pages 7 to 9 and 13, channel
// access pages 14 to 17, conditional search page 21, CRC pages 26 and 27.
// Channel A is bit 0 of every mask.
type DS2406 struct {
	Chip
	// OnChange, if set, is called when the outputs were switched.
	OnChange func(latches byte)
	// Outside, if set, tells which pins a circuit holds low at present.
	Outside func() byte

	mu     sync.Mutex
	pins   pins
	eprom  [128]byte
	status [7]byte // status memory 0 to 6
	css    byte    // CSS0 to CSS4, of status memory 7
	single bool    // has channel A only
	vcc    bool

	accessed func(line *crcIO, control channelControl) bool // answers instead, of chips that pass for one

	pending *byte // the EPROM byte that 12 V would program
	data    byte  // with this
	pulsed  bool
}

// NewDS2406 returns a switch with two channels on VCC, just powered on, whose
// memory is not programmed.
func NewDS2406(rom hw.ROM) *DS2406 {
	d := &DS2406{vcc: true}
	for i := range d.eprom {
		d.eprom[i] = 0xFF
	}
	d.status = [7]byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0}
	d.ROM = rom
	d.Function = d.function
	d.Alarm = d.alarm
	d.OnPulse = d.program
	d.PowerOn()
	return d
}

// PowerOn is what a loss of power does: transistors off, CSS0 to CSS4 all 1
// (page 21).
func (d *DS2406) PowerOn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.latch, d.pins.activity, d.css = 3, 0, 0x1F
}

// SetSingle makes this the package that has channel A only.
func (d *DS2406) SetSingle(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.single = on
}

// SetVCC takes the VCC supply away or gives it back.
func (d *DS2406) SetVCC(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.vcc = on
}

// PullLow tells which pins a circuit outside holds low.
func (d *DS2406) PullLow(mask byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.setOutside(mask)
}

// Latches returns the channel flip-flops; 0 is a transistor that conducts.
func (d *DS2406) Latches() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.latch
}

// Levels returns the levels of the pins.
func (d *DS2406) Levels() byte {
	d.ask()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.level()
}

// Memory returns the data memory.
func (d *DS2406) Memory() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.eprom[:]...)
}

// SetMemory changes the data memory from an address on, as no programmer could.
func (d *DS2406) SetMemory(address int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.eprom[address:], p)
}

// Status returns a byte of the status memory (page 5, figure 6).
func (d *DS2406) Status(address uint16) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if address &= 7; address < 7 {
		return d.status[address]
	}
	return d.css | d.pins.latch<<5 | bit(d.vcc)<<7
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// alarm is table 2 of page 21. With no channel selected and polarity 0 the
// condition always holds, which is how a logical OR of the selected channels
// that is compared with the polarity comes out.
func (d *DS2406) alarm() bool {
	d.ask()
	d.mu.Lock()
	defer d.mu.Unlock()
	var source byte
	switch d.css >> 1 & 3 {
	case 0:
		return false // reserved
	case 1:
		source = d.pins.activity
	case 2:
		source = d.pins.latch
	case 3:
		source = d.pins.level()
	}
	return bit(source&(d.css>>3) != 0) == d.css&1
}

func (d *DS2406) function(io *IO) {
	defer d.arm(nil, 0) // a reset disarms
	line := &crcIO{IO: io}
	switch line.Read() {
	case 0xF0: // Read Memory
		d.read(line, 0x7F, d.at)
	case 0xAA: // Read Status
		d.read(line, 7, d.Status)
	case 0xA5:
		d.extendedRead(line)
	case 0x0F:
		d.writeMemory(line)
	case 0x55:
		d.writeStatus(line)
	case 0xF5:
		d.channelAccess(line)
	}
}

func (d *DS2406) at(address uint16) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.eprom[address]
}

// address reads TA1 and TA2. The chip clears the nine most significant bits,
// for its CRC too, so that the master notices (page 13).
func (d *DS2406) address(line *crcIO) uint16 {
	a := line.IO.Read() & 0x7F
	line.IO.Read()
	line.crc = hw.CRC16(line.crc, []byte{a, 0})
	return uint16(a)
}

// read sends the memory to its end and the CRC of command, address and data.
func (d *DS2406) read(line *crcIO, last uint16, at func(uint16) byte) {
	for address := d.address(line) & last; address <= last; address++ {
		line.Write(at(address))
	}
	line.SendCRC()
}

// extendedRead sends, for each page, its redirection byte with a CRC, and its
// data with another; the first CRC is of command and address too.
func (d *DS2406) extendedRead(line *crcIO) {
	for address := d.address(line); address <= 0x7F; {
		line.Write(d.Status(1 + address/32))
		line.SendCRC()
		for last := address | 0x1F; address <= last; address++ {
			line.Write(d.at(address))
		}
		line.SendCRC()
	}
}

// arm makes an EPROM byte ready for the programming pulse.
func (d *DS2406) arm(p *byte, data byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending, d.data, d.pulsed = p, data, false
}

// program is the pulse of 12 V: bits can be cleared, never set.
func (d *DS2406) program(time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pulsed = true
	if d.pending != nil {
		*d.pending &= d.data
		d.pending = nil
	}
}

// readBack sends a byte whose value is looked up when each slot begins, since
// the pulse comes between two slots.
func (d *DS2406) readBack(line *crcIO, value func() byte) {
	for i := range 8 {
		line.slot(1, func() bool { return value()>>i&1 == 0 })
	}
}

// writeMemory programs EPROM (page 9): data, CRC, pulse, the byte read back,
// then data for the next address, whose CRC starts from the address.
func (d *DS2406) writeMemory(line *crcIO) {
	for address := d.address(line); address <= 0x7F; address++ {
		data := line.Read()
		line.SendCRC()
		var p *byte
		if d.Status(0)>>(address/32)&1 == 1 { // not write-protected
			p = &d.eprom[address]
		}
		d.arm(p, data)
		d.readBack(line, func() byte { return d.at(address) })
		line.crc = address + 1
	}
}

// writeStatus does the same with the status memory. Its bytes 0 to 4 are EPROM,
// 5 and 6 can't be changed, and 7 is RAM.
func (d *DS2406) writeStatus(line *crcIO) {
	for address := d.address(line) & 7; address <= 7; address++ {
		data := line.Read()
		line.SendCRC()
		if address == 7 {
			d.writeRAM(line, data)
			return
		}
		var p *byte
		if address <= 4 {
			p = &d.status[address]
		}
		d.arm(p, data)
		d.readBack(line, func() byte { return d.Status(address) })
		line.crc = address + 1
	}
}

// writeRAM writes status memory 7: a byte FF may come instead of the pulse
// (page 13).
func (d *DS2406) writeRAM(line *crcIO, data byte) {
	d.arm(nil, 0)
	d.readBack(line, func() byte {
		if !d.wasPulsed() {
			return 0xFF // the master sends it
		}
		d.setRAM(data)
		return d.Status(7)
	})
	if !d.wasPulsed() {
		d.setRAM(data)
		line.Write(d.Status(7))
	}
}

func (d *DS2406) wasPulsed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pulsed
}

func (d *DS2406) setRAM(b byte) {
	d.mu.Lock()
	d.css = b & 0x1F
	d.mu.Unlock()
	d.switchTo(3, b>>5)
}

// switchTo switches some of the outputs. What hangs on them is told without the
// lock, as it may look at the pins.
func (d *DS2406) switchTo(channels, b byte) {
	d.mu.Lock()
	d.pins.setLatch(d.pins.latch&^channels | b&channels)
	latch := d.pins.latch
	d.mu.Unlock()
	if d.OnChange != nil {
		d.OnChange(latch)
	}
}

// ask asks the circuit outside for its levels.
func (d *DS2406) ask() {
	if d.Outside != nil {
		d.PullLow(d.Outside())
	}
}
