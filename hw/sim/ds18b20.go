// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A DS18B20 is an emulated thermometer, from its data sheet (19-7487 rev 6):
// temperature page 6, memory map and configuration page 9, commands pages 11
// to 13.
type DS18B20 struct {
	thermometer
	trim
}

// NewDS18B20 returns a thermometer at power-on: 85 °C in its scratchpad, TH 75,
// TL 70, 12 bit, on external power. With family 22 it is a DS1822 (data sheet
// 19-7486), which differs only in how exact it is.
func NewDS18B20(rom hw.ROM, clock Clock, temp func() float64) *DS18B20 {
	d := &DS18B20{trim: trim{watch: clock}}
	d.twelveBit()
	d.init(rom, clock, temp)
	d.trimming(&d.trim)
	return d
}

// NewDS1822 returns a DS1822, which is a DS18B20 to the line.
func NewDS1822(rom hw.ROM, clock Clock, temp func() float64) *DS18B20 {
	return NewDS18B20(rom, clock, temp)
}

// twelveBit makes a thermometer one of 9 to 12 bits. In its configuration
// register only bits 5 and 6 can be written, bit 7 is 0 and the others are 1
// (page 9).
func (d *thermometer) twelveBit() {
	d.blank = [8]byte{0x50, 0x05, 0, 0, 0, 0xFF, 0x0C, 0x10}
	d.eeprom, d.kept = [3]byte{75, 70, 0x7F}, 3
	d.store = func(n int, b byte) byte {
		if n == 2 {
			b = b&0x60 | 0x1F
		}
		return b
	}
	d.takes = func(pad *[8]byte) time.Duration { return 750 * time.Millisecond >> unused(pad) }
	d.measure = func(pad *[8]byte, celsius float64) {
		raw := uint16(sixteenths(celsius) >> unused(pad) << unused(pad))
		pad[0], pad[1] = byte(raw), byte(raw>>8)
		pad[6] = 16 - byte(raw&15) // reserved; chips by Maxim still count here, as the DS18S20 does
	}
	d.whole = func(pad *[8]byte) int8 { return int8(pad[1]<<4 | pad[0]>>4) }
}

// unused is how many of the 12 bits a conversion leaves out: it takes 93.75,
// 187.5, 375 or 750 ms at most for 9 to 12 bits (page 9, table 2).
func unused(pad *[8]byte) int { return 3 - int(pad[4]>>5&3) }
