// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A DS18S20 is an emulated thermometer, from its data sheet (19-5474 rev 2010):
// temperature pages 3 and 4, alarm page 4, memory map page 6.
type DS18S20 struct {
	thermometer
	trim
}

// NewDS18S20 returns a thermometer at power-on: AA 00 4B 46 FF FF 0C 10 in its
// scratchpad, which is 85 °C, on external power. The DS1920 is the same chip in
// a can.
//
// Bytes 0 and 1 count half degrees. Byte 6 is COUNT_REMAIN and byte 7
// COUNT_PER_°C, which is always 16, and page 4 gives the temperature as
// TEMP_READ − 0.25 + (COUNT_PER_C − COUNT_REMAIN) / COUNT_PER_C, where
// TEMP_READ is without the half. Turned round, TEMP_READ and the quotient are
// the whole and the broken part of the temperature plus 0.25.
func NewDS18S20(rom hw.ROM, clock Clock, temp func() float64) *DS18S20 {
	d := &DS18S20{trim: trim{watch: clock}}
	d.blank = [8]byte{0xAA, 0x00, 0, 0, 0xFF, 0xFF, 0x0C, 0x10}
	d.eeprom, d.kept = [3]byte{75, 70}, 2
	d.store = func(_ int, b byte) byte { return b }
	d.takes = func(*[8]byte) time.Duration { return 750 * time.Millisecond }
	d.measure = func(pad *[8]byte, celsius float64) {
		x := sixteenths(celsius) + 4
		half := x >> 3
		pad[0], pad[1] = byte(half), byte(half>>8)
		pad[6] = byte(16 - x&15)
	}
	d.whole = func(pad *[8]byte) int8 { return int8(pad[1]<<7 | pad[0]>>1) }
	d.init(rom, clock, temp)
	d.trimming(&d.trim)
	return d
}
