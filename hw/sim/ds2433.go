// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A DS2433 is an emulated EEPROM of 512 bytes, from its data sheet (19 pages):
// address registers page 6, commands pages 6 to 8.
type DS2433 struct{ padMemory }

// NewDS2433 returns an EEPROM that holds FF.
func NewDS2433(rom hw.ROM, clock Clock) *DS2433 {
	d := &DS2433{}
	d.CanOverdrive = true
	d.memory, d.pad = make([]byte, 512), make([]byte, 32)
	for i := range d.memory {
		d.memory[i] = 0xFF
	}
	d.copyTime = 5 * time.Millisecond
	d.writeCRC, d.moves = true, true
	d.init(rom, clock)
	return d
}

// A NVRAM is an emulated memory iButton with a battery: DS1992 (family 08, 128
// bytes), DS1993 (06, 512), DS1995 (0A, 2048), DS1996 (0C, 8192), from their
// data sheets (DS1992/DS1993 pages 5 and 6; DS1996 pages 6 to 8).
type NVRAM struct{ padMemory }

// NewNVRAM returns the memory of the ROM code's family, all 0.
func NewNVRAM(rom hw.ROM, clock Clock) *NVRAM {
	d := &NVRAM{}
	size := map[byte]int{0x08: 128, 0x06: 512, 0x0A: 2048, 0x0C: 8192}[rom.Family()]
	d.memory, d.pad = make([]byte, size), make([]byte, 32)
	d.CanOverdrive = size > 512
	d.overflow, d.moves = true, true
	d.lowAfter = size <= 512 // the DS1992 and DS1993 send 0 after a copy (page 6)
	d.init(rom, clock)
	return d
}

// NewSerial returns a chip that has nothing but its ROM code: DS2401 (family
// 01), DS1420 (81).
func NewSerial(rom hw.ROM) *Chip {
	return &Chip{ROM: rom, Function: func(*IO) {}}
}
