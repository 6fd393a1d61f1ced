// SPDX-License-Identifier: Apache-2.0

package device

import "time"

// ds18b20Thermo is how a DS18B20, a DS1822 and a DS28EA00 are read: 9 to 12
// bits in steps of 1/16 °C (DS18B20 data sheet 19-7487, pages 6 and 9).
func ds18b20Thermo() thermo {
	return thermo{
		most: 750 * time.Millisecond, registers: 3,
		bits:    func(p scratchpad) int { return 9 + int(p[4]>>5&3) },
		sane:    func(p scratchpad) bool { return p[4]&0x9F == 0x1F },
		celsius: func(p scratchpad, bits int) float64 { return sixteenths(p, 12-bits) },
		// Page 7: after power-on byte 6 is 0C; after a measurement of 85 °C it
		// is 10, as it counts down from there.
		virgin: func(p scratchpad) (yes, sure bool) { v := p[0] == 0x50 && p[1] == 0x05 && p[6] == 0x0C; return v, v },
	}
}

// sixteenths is the temperature register, without the bits that a coarser
// resolution leaves undefined.
func sixteenths(p scratchpad, undefined int) float64 {
	raw := int16(uint16(p[0]) | uint16(p[1])<<8)
	return float64(raw>>undefined<<undefined) / 16
}

// ds18s20Thermo is how a DS18S20 is read: half degrees, made finer by what the
// counter had left (DS18S20 data sheet 19-5474, pages 3 to 4).
func ds18s20Thermo() thermo {
	return thermo{
		most: 750 * time.Millisecond, registers: 2, fixed: true,
		bits: func(scratchpad) int { return 12 },
		sane: func(p scratchpad) bool { return p[7] != 0 && p[6] <= p[7] && p[4] == 0xFF },
		celsius: func(p scratchpad, _ int) float64 {
			whole := int16(uint16(p[0])|uint16(p[1])<<8) >> 1
			return float64(whole) - 0.25 + float64(int(p[7])-int(p[6]))/float64(p[7])
		},
		// 85 °C as measured looks the same, so only doing it again can tell.
		virgin: func(p scratchpad) (yes, sure bool) { return p[0] == 0xAA && p[1] == 0 && p[6] == 0x0C, false },
	}
}
