// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A DS28EC20 is an emulated EEPROM of 2560 bytes, from its data sheet (19-6067,
// 27 pages): memory map page 9, address registers page 10, commands pages 11 to
// 14, protocol page 25.
type DS28EC20 struct{ padMemory }

// The register page of the DS28EC20 (page 9).
const (
	ec20Block    = 0xA00 // to A09: the protection of blocks 0 to 9, 256 bytes each
	ec20User     = 0xA0A // to A1D
	ec20Lock     = 0xA1E // refuses copies to protected blocks
	ec20PageLock = 0xA1F // refuses copies to this page
	ec20End      = 0xA20
)

// NewDS28EC20 returns an EEPROM that holds FF and protects nothing.
func NewDS28EC20(rom hw.ROM, clock Clock) *DS28EC20 {
	d := &DS28EC20{}
	d.CanResume, d.CanOverdrive = true, true
	d.memory, d.pad = make([]byte, 0xA40), make([]byte, 32)
	for i := range ec20Block {
		d.memory[i] = 0xFF
	}
	d.end, d.copyTime = ec20End, 10*time.Millisecond
	d.writeCRC, d.readCRC = true, true
	d.load, d.refuses = d.protected, d.copyProtected
	d.more = func(io *crcIO, command byte) {
		if command == 0xA5 { // Extended Read Memory
			d.readPages(io)
		}
	}
	d.init(rom, clock)
	return d
}

func (d *DS28EC20) protected(at int, sent byte) byte {
	b := d.memory[at]
	switch {
	case at < ec20Block:
		return protect(d.memory[ec20Block+at/256], b, sent)
	case protects(b) && (at < ec20User || at >= ec20Lock), at >= ec20End:
		return b
	}
	return sent
}

func (d *DS28EC20) copyProtected(at int) bool {
	if at >= ec20Block {
		return protects(d.memory[ec20PageLock])
	}
	return protects(d.memory[ec20Lock]) && protects(d.memory[ec20Block+at/256])
}
