// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"sync"
	"time"

	"owfs/hw"
)

// A DS18B20 is an emulated thermometer, from its data sheet (19-7487 rev 6):
// memory map page 9, commands pages 11 to 13, registers pages 6 to 9.
type DS18B20 struct {
	Chip
	clock Clock

	mu       sync.Mutex
	temp     func() float64 // °C now
	parasite bool
	deaf     bool // a clone that does not answer the done-poll
	pad      [8]byte
	eeprom   [3]byte // TH, TL, configuration
	doneAt   time.Time
	result   uint16
	pending  bool
	fed      bool // strong pull-up has come since the conversion began
}

// NewDS18B20 returns a thermometer at power-on: 85 °C in its scratchpad, TH 75,
// TL 70, 12 bit, on external power.
func NewDS18B20(rom hw.ROM, clock Clock, temp func() float64) *DS18B20 {
	d := &DS18B20{clock: clock, temp: temp, eeprom: [3]byte{75, 70, 0x7F}}
	d.ROM = rom
	d.Function = d.function
	d.Alarm = d.alarm
	d.OnPower = d.power
	d.PowerOn()
	return d
}

// SetParasite takes the external power away, or gives it back.
func (d *DS18B20) SetParasite(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parasite = on
}

// SetDeaf makes the chip ignore the done-poll, as some clones do.
func (d *DS18B20) SetDeaf(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = on
}

// PowerOn is what a loss of power does: the scratchpad is as in the table on
// page 9, with TH, TL and configuration from the EEPROM.
func (d *DS18B20) PowerOn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pad = [8]byte{0x50, 0x05, d.eeprom[0], d.eeprom[1], d.eeprom[2], 0xFF, 0x0C, 0x10}
	d.pending = false
}

// resolution is 9 to 12 bits (page 9, table 2).
func (d *DS18B20) resolution() int { return 9 + int(d.pad[4]>>5&3) }

// conversion times of page 9, table 2: 93.75, 187.5, 375, 750 ms at most.
func (d *DS18B20) conversionTime() time.Duration {
	return 750 * time.Millisecond >> (12 - d.resolution())
}

func (d *DS18B20) convert() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.doneAt = d.clock.Now().Add(d.conversionTime())
	raw := int(math.Round(math.Min(125, math.Max(-55, d.temp())) * 16))
	unused := 12 - d.resolution()
	d.result = uint16(raw >> unused << unused)
	d.pending, d.fed = true, false
}

func (d *DS18B20) power(time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fed = true
}

// settle puts the result of a conversion that has ended into the scratchpad. A
// parasite-powered chip that got no strong pull-up has lost its supply in the
// middle of it.
func (d *DS18B20) settle() {
	if !d.pending || d.clock.Now().Before(d.doneAt) {
		return
	}
	d.pending = false
	if d.parasite && !d.fed {
		d.pad = [8]byte{0x50, 0x05, d.eeprom[0], d.eeprom[1], d.eeprom[2], 0xFF, 0x0C, 0x10}
		return
	}
	d.pad[0], d.pad[1] = byte(d.result), byte(d.result>>8)
	d.pad[6] = 16 - byte(d.result&15) // reserved on this chip; real ones count here
}

// alarm compares bits 11 to 4 of the temperature with TH and TL (page 7).
func (d *DS18B20) alarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	t := int8(uint16(d.pad[1])<<4 | uint16(d.pad[0])>>4)
	return t >= int8(d.pad[2]) || t <= int8(d.pad[3])
}

func (d *DS18B20) function(io *IO) {
	switch io.Read() {
	case 0x44: // Convert T
		d.convert()
		io.Hold(d.busy)
	case 0xBE: // Read Scratchpad
		d.mu.Lock()
		d.settle()
		pad := d.pad
		d.mu.Unlock()
		io.Write(pad[:]...)
		io.Write(hw.CRC8(pad[:]))
	case 0x4E: // Write Scratchpad: each byte counts as it comes
		for i := range 3 {
			b := io.Read()
			if i == 2 {
				b = b&0x60 | 0x1F
			}
			d.mu.Lock()
			d.pad[2+i] = b
			d.mu.Unlock()
		}
	case 0x48: // Copy Scratchpad
		d.mu.Lock()
		copy(d.eeprom[:], d.pad[2:5])
		d.doneAt = d.clock.Now().Add(10 * time.Millisecond)
		d.mu.Unlock()
		io.Hold(d.busy)
	case 0xB8: // Recall E²
		d.mu.Lock()
		copy(d.pad[2:5], d.eeprom[:])
		d.mu.Unlock()
		io.Hold(func() bool { return false })
	case 0xB4: // Read Power Supply: 0 means parasite
		d.mu.Lock()
		parasite := d.parasite
		d.mu.Unlock()
		io.Hold(func() bool { return parasite })
	}
}

// busy tells whether the chip holds read slots at 0. On parasite power it
// can't answer, and neither does a deaf one.
func (d *DS18B20) busy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.deaf && !d.parasite && d.clock.Now().Before(d.doneAt)
}
