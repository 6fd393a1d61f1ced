// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"math"
	"sync"
	"time"

	"owfs/hw"
)

// The bits of the DS2450's control/status bytes, page 1 of its memory.
const (
	ds2450OE  = 1 << 7 // first byte: the output is enabled
	ds2450OC  = 1 << 6 // and its transistor does not conduct
	ds2450IR  = 1 << 0 // second byte: 5.12 V, not 2.56 V
	ds2450AEL = 1 << 2 // alarm enable, low
	ds2450AEH = 1 << 3
	ds2450AFL = 1 << 4 // alarm flag, low
	ds2450AFH = 1 << 5
	ds2450POR = 1 << 7
)

// A DS2450 is an emulated quad A/D converter, from its data sheet (24 pages):
// registers pages 4 to 6, commands pages 7 to 11, examples pages 16 to 18.
type DS2450 struct {
	Chip
	clock Clock

	mu       sync.Mutex
	volts    [4]float64
	parasite bool
	fed      bool // strong pull-up has come since the conversion began
	memory   [32]byte
	runs     [4]ds2450Run
	doneAt   time.Time
}

// A ds2450Run is a channel's conversion.
type ds2450Run struct {
	pending bool
	at      time.Time // when it ends
	result  uint16
}

// NewDS2450 returns a converter on VCC with 0 V at its inputs, just powered on.
func NewDS2450(rom hw.ROM, clock Clock) *DS2450 {
	d := &DS2450{clock: clock}
	d.ROM = rom
	d.CanOverdrive = true
	d.Function = d.function
	d.Alarm = d.alarm
	d.OnPower = d.power
	d.PowerOn()
	return d
}

// PowerOn is what a loss of power does: results 0, 8 bits, 2.56 V, both alarms
// enabled with the limits 00 and FF, POR set (pages 5 and 6).
func (d *DS2450) PowerOn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory, d.runs = [32]byte{}, [4]ds2450Run{}
	for i := range 4 {
		d.memory[8+2*i], d.memory[9+2*i] = 0x08, ds2450POR|ds2450AEH|ds2450AEL
		d.memory[0x11+2*i] = 0xFF
	}
}

// SetParasite takes the VCC supply away, or gives it back.
func (d *DS2450) SetParasite(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parasite = on
}

// SetVoltage sets the voltage at an input, 0 for A to 3 for D.
func (d *DS2450) SetVoltage(channel int, volts float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.volts[channel] = volts
}

// Output tells whether a channel's transistor conducts.
func (d *DS2450) Output(channel int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conducts(channel)
}

func (d *DS2450) conducts(channel int) bool {
	return d.memory[8+2*channel]&(ds2450OE|ds2450OC) == ds2450OE
}

// Memory returns the memory, 0 to 1F.
func (d *DS2450) Memory() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return append([]byte(nil), d.memory[:]...)
}

func (d *DS2450) power(time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fed = true
}

// alarm is the conditional search: POR of any channel, or a flag that is
// enabled (pages 5 and 6).
func (d *DS2450) alarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	for i := range 4 {
		b := d.memory[9+2*i]
		if b&ds2450POR != 0 || b>>2&b&(ds2450AEL|ds2450AEH) != 0 {
			return true
		}
	}
	return false
}

func (d *DS2450) function(io *IO) {
	line := &crcIO{IO: io}
	switch line.Read() {
	case 0xAA:
		d.read(line)
	case 0x55:
		d.write(line)
	case 0x3C:
		d.convert(line)
	}
}

// read is Read Memory (page 7): a CRC ends each page of eight bytes. The first
// one is of command and address too.
func (d *DS2450) read(line *crcIO) {
	for address := line.Address(); address < 32; address++ {
		line.Write(d.Memory()[address])
		if address%8 == 7 {
			line.SendCRC()
		}
	}
}

// write is Write Memory (pages 7 and 9): a byte, its CRC, the byte as it is
// now. The CRC of the following bytes starts from their address.
func (d *DS2450) write(line *crcIO) {
	for address := line.Address(); address < 32; address++ {
		b := line.Read()
		line.SendCRC()
		d.mu.Lock()
		d.store(address, b)
		d.mu.Unlock()
		line.Write(d.Memory()[address])
		line.crc = address + 1
	}
}

// store writes what can be written: pages 1 and 2 and 1C, but for the bits that
// always read 0 (page 5).
func (d *DS2450) store(address uint16, b byte) {
	d.settle()
	switch {
	case address >= 8 && address < 16 && address%2 == 0:
		d.memory[address] = b &^ 0x30
	case address >= 8 && address < 16:
		d.memory[address] = b &^ 0x42
	case address >= 16 && address < 24, address == 0x1C:
		d.memory[address] = b
	}
}

// convert is Convert (pages 10 and 11): input select mask, read-out control,
// the CRC of all three, and then 0 for as long as it takes.
func (d *DS2450) convert(line *crcIO) {
	mask := line.Read()
	preset := line.Read()
	line.SendCRC()
	d.start(mask, preset)
	line.Hold(d.busy)
}

// start begins the conversions, one after the other: 80 µs for a bit at most,
// and 160 µs once.
func (d *DS2450) start(mask, preset byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	d.fed = false
	at := d.clock.Now().Add(160 * time.Microsecond)
	for i := range 4 {
		d.runs[i].pending = false
		if mask>>i&1 == 0 {
			continue
		}
		switch preset >> (2 * i) & 3 {
		case 1:
			d.setResult(i, 0)
		case 2:
			d.setResult(i, 0xFFFF)
		}
		at = at.Add(time.Duration(d.resolution(i)) * 80 * time.Microsecond)
		d.runs[i] = ds2450Run{true, at, d.measure(i)}
	}
	d.doneAt = at
}

// resolution is 1 to 16 bits; 16 is written as 0 (page 5).
func (d *DS2450) resolution(channel int) int {
	if n := int(d.memory[8+2*channel] & 15); n != 0 {
		return n
	}
	return 16
}

// measure returns the result, whose most significant bit is always bit 15.
func (d *DS2450) measure(channel int) uint16 {
	v, full := d.volts[channel], 2.56
	if d.memory[9+2*channel]&ds2450IR != 0 {
		full = 5.12
	}
	if d.conducts(channel) {
		v = 0
	}
	raw := uint16(max(0, min(65535, math.Floor(v/full*65536+1e-6))))
	unused := 16 - d.resolution(channel)
	return raw >> unused << unused
}

func (d *DS2450) setResult(channel int, result uint16) {
	binary.LittleEndian.PutUint16(d.memory[2*channel:], result)
}

// settle stores the results of the conversions that have ended, and sets the
// alarm flags or clears them. On parasite power a chip without strong pull-up
// gets no result.
func (d *DS2450) settle() {
	for i := range d.runs {
		run := &d.runs[i]
		if !run.pending || d.clock.Now().Before(run.at) {
			continue
		}
		run.pending = false
		if d.parasite && !d.fed {
			continue
		}
		d.setResult(i, run.result)
		status, limits, high := &d.memory[9+2*i], d.memory[0x10+2*i:], byte(run.result>>8)
		*status &^= ds2450AFL | ds2450AFH
		*status |= bit(high < limits[0])<<4 | bit(high > limits[1])<<5
	}
}

func (d *DS2450) busy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.parasite && d.clock.Now().Before(d.doneAt)
}
