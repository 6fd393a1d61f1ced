// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"math"
	"sync"
	"time"

	"owfs/hw"
)

// The bits of the DS2438's status/configuration register.
const (
	ds2438IAD = 1 << 0 // current A/D and ICA are on
	ds2438CA  = 1 << 1 // CCA and DCA are on, in page 7
	ds2438EE  = 1 << 2 // CCA and DCA go to EEPROM
	ds2438AD  = 1 << 3 // Convert V measures VDD, not VAD
	ds2438TB  = 1 << 4 // converts temperature
	ds2438NVB = 1 << 5 // writes EEPROM
	ds2438ADB = 1 << 6 // converts voltage
)

// The conversions and the writing of EEPROM take 10 ms at most.
const ds2438Time = 10 * time.Millisecond

// A DS2438 is an emulated battery monitor, from its data sheet (29 pages):
// formats pages 4 to 9, memory map pages 14 to 17, commands pages 20 and 21. It
// does not set the disconnect and end of charge times by itself.
type DS2438 struct {
	Chip
	clock Clock

	mu             sync.Mutex
	temp           float64 // °C
	vdd, vad, vis  float64 // volts; vis is across the sense resistor
	memory, eeprom [8][8]byte
	pads           [8][8]byte
	etm            time.Time // when the elapsed time meter was 0
	charge         float64   // volt hours, not yet in ICA
	moved          float64   // volt hours, not yet in CCA or DCA

	tempAt, voltAt, copyAt time.Time // when what is under way ends
	tempRaw, voltRaw       uint16
	tempBusy, voltBusy     bool
}

// NewDS2438 returns a battery monitor at 25 °C, with VDD 5 V, just powered on.
func NewDS2438(rom hw.ROM, clock Clock) *DS2438 {
	d := &DS2438{clock: clock, temp: 25, vdd: 5}
	d.eeprom[0][0] = ds2438IAD | ds2438CA | ds2438EE | ds2438AD
	d.ROM = rom
	d.Function = d.function
	d.PowerOn()
	return d
}

// PowerOn is what a loss of power does: what is not EEPROM is 0.
func (d *DS2438) PowerOn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory, d.pads = d.eeprom, [8][8]byte{}
	d.memory[1][7] = 0xFF // reserved, reads as ones (page 16)
	d.etm = d.clock.Now()
	d.tempBusy, d.voltBusy = false, false
}

// SetTemperature sets the chip's temperature in °C.
func (d *DS2438) SetTemperature(celsius float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.temp = celsius
}

// SetVoltages sets the supply, the general input, and what is across the sense
// resistor.
func (d *DS2438) SetVoltages(vdd, vad, vis float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.vdd, d.vad, d.vis = vdd, vad, vis
}

// Page returns a page of memory as Recall Memory would.
func (d *DS2438) Page(page int) [8]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return d.memory[page]
}

// SetPage sets a page of memory, and of EEPROM.
func (d *DS2438) SetPage(page int, p [8]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory[page], d.eeprom[page] = p, p
	if page == 1 {
		d.setETM()
	}
}

// setETM makes the elapsed time meter go on from what is in page 1.
func (d *DS2438) setETM() {
	seconds := binary.LittleEndian.Uint32(d.memory[1][:4])
	d.etm = d.clock.Now().Add(-time.Duration(seconds) * time.Second)
}

// Charge lets a charge flow into the battery, or out of it if negative, in volt
// hours across the sense resistor. A bit of ICA is 0.4882 mVh (page 7), one of
// CCA and DCA 15.625 mVh (page 8, table 7).
func (d *DS2438) Charge(vh float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := d.memory[0][0]
	if status&ds2438IAD == 0 {
		return
	}
	d.charge += vh
	whole := math.Trunc(d.charge * 2048)
	d.charge -= whole / 2048
	d.memory[1][4] = byte(max(0, min(255, float64(d.memory[1][4])+whole)))
	if status&ds2438CA == 0 {
		return
	}
	d.moved += vh
	whole = math.Trunc(d.moved * 64)
	d.moved -= whole / 64
	at := d.memory[7][4:6] // CCA
	if whole < 0 {
		at = d.memory[7][6:8] // DCA
	}
	n := binary.LittleEndian.Uint16(at)
	binary.LittleEndian.PutUint16(at, n+uint16(math.Abs(whole)))
	if status&ds2438EE != 0 {
		d.eeprom[7] = d.memory[7]
	}
}

// settle brings the registers up to date.
func (d *DS2438) settle() {
	now := d.clock.Now()
	page := &d.memory[0]
	page[0] &= 0x0F
	d.tempBusy = settle(d.tempBusy, now.Before(d.tempAt), d.tempRaw, page[1:3])
	d.voltBusy = settle(d.voltBusy, now.Before(d.voltAt), d.voltRaw, page[3:5])
	page[0] |= bit(d.tempBusy)<<4 | bit(now.Before(d.copyAt))<<5 | bit(d.voltBusy)<<6
	if page[0]&ds2438IAD != 0 {
		binary.LittleEndian.PutUint16(page[5:7], d.current())
	}
	seconds := now.Sub(d.etm) / time.Second
	binary.LittleEndian.PutUint32(d.memory[1][:4], uint32(seconds))
}

// settle stores the result of a conversion that has ended, and tells whether
// one is still under way.
func settle(started, runs bool, result uint16, register []byte) bool {
	if started && !runs {
		binary.LittleEndian.PutUint16(register, result)
	}
	return started && runs
}

// current is VSENS × 4096, with the offset register added: 10 bits and sign
// (page 7). The offset stands 3 bits to the left (page 9).
func (d *DS2438) current() uint16 {
	raw := math.Round(max(-1023, min(1023, d.vis*4096)))
	offset := int16(binary.LittleEndian.Uint16(d.memory[1][5:7])<<3) >> 6
	return uint16(int16(raw) + offset)
}

func (d *DS2438) function(io *IO) {
	switch io.Read() {
	case 0x44:
		d.convertT()
		io.Hold(func() bool { return d.Page(0)[0]&ds2438TB != 0 })
	case 0xB4:
		d.convertV()
		io.Hold(func() bool { return d.Page(0)[0]&ds2438ADB != 0 })
	case 0xBE:
		d.page(io, d.readScratchpad)
	case 0x4E:
		d.page(io, d.writeScratchpad)
	case 0x48:
		d.page(io, func(_ *IO, page byte) { d.copyScratchpad(page) })
	case 0xB8:
		d.page(io, func(_ *IO, page byte) {
			p := d.Page(int(page))
			d.mu.Lock()
			d.pads[page] = p
			d.mu.Unlock()
		})
	}
}

// page reads the page number that a memory command needs.
func (d *DS2438) page(io *IO, command func(*IO, byte)) {
	if page := io.Read(); page < 8 {
		command(io, page)
	}
}

// convertT measures 2⁻⁵ °C in bits 15 to 3 (page 4, table 1).
func (d *DS2438) convertT() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tempRaw = uint16(int16(math.Round(d.temp*32))) << 3
	d.tempAt, d.tempBusy = d.clock.Now().Add(ds2438Time), true
}

// convertV measures 10 mV with 10 bits (page 5, table 4).
func (d *DS2438) convertV() {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vad
	if d.memory[0][0]&ds2438AD != 0 {
		v = d.vdd
	}
	d.voltRaw = uint16(max(0, min(1023, math.Round(v*100))))
	d.voltAt, d.voltBusy = d.clock.Now().Add(ds2438Time), true
}

func (d *DS2438) readScratchpad(io *IO, page byte) {
	d.mu.Lock()
	pad := d.pads[page]
	d.mu.Unlock()
	io.Write(pad[:]...)
	io.Write(hw.CRC8(pad[:]))
}

func (d *DS2438) writeScratchpad(io *IO, page byte) {
	for i := range 8 {
		b := io.Read()
		d.mu.Lock()
		d.pads[page][i] = b
		d.mu.Unlock()
	}
}

// copyScratchpad writes what can be written: of page 0 only configuration and
// threshold, of page 1 not the reserved byte. Which bytes are EEPROM too is in
// the memory map (page 16).
func (d *DS2438) copyScratchpad(page byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	pad := d.pads[page]
	memory, eeprom := &d.memory[page], &d.eeprom[page]
	switch page {
	case 0:
		memory[0], memory[7] = pad[0]&0x0F, pad[7]&0xC0
		eeprom[0], eeprom[7] = memory[0], memory[7]
	case 1:
		copy(memory[:7], pad[:7])
		copy(eeprom[5:7], pad[5:7])
		d.setETM()
	case 2:
		*memory = pad
	default:
		*memory, *eeprom = pad, pad
	}
	if page != 2 {
		d.copyAt = d.clock.Now().Add(ds2438Time)
	}
}
