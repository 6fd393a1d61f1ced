// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// What the protection bytes of DS2431 and DS28EC20 mean.
const (
	writeProtect = 0x55
	epromMode    = 0xAA
)

func protects(b byte) bool { return b == writeProtect || b == epromMode }

// protect is what becomes of a byte that is sent to the scratchpad, for memory
// that holds b: protected memory is loaded itself, and in EPROM mode bits can
// only be cleared (DS2431 data sheet page 8).
func protect(by, b, sent byte) byte {
	switch by {
	case writeProtect:
		return b
	case epromMode:
		return b & sent
	}
	return sent
}

// A DS2431 is an emulated EEPROM of 128 bytes in rows of 8, from its data sheet
// (19-4675, 25 pages): memory map page 7, protection page 8, commands pages 9 to
// 12, protocol page 21.
type DS2431 struct{ padMemory }

// The register row of the DS2431 (page 7, figure 5).
const (
	ds2431Page    = 0x80 // to 83: the protection of pages 0 to 3
	ds2431Copy    = 0x84
	ds2431Factory = 0x85
	ds2431User    = 0x86 // and 87
	ds2431End     = 0x88
)

// NewDS2431 returns an EEPROM that holds FF and protects nothing.
func NewDS2431(rom hw.ROM, clock Clock) *DS2431 {
	d := &DS2431{}
	d.CanResume, d.CanOverdrive = true, true
	d.memory, d.pad = make([]byte, 0x90), make([]byte, 8)
	for i := range ds2431Page {
		d.memory[i] = 0xFF
	}
	d.memory[ds2431Factory] = writeProtect // of itself: 86 and 87 are free
	d.end, d.copyTime = ds2431End, 10*time.Millisecond
	d.writeCRC, d.readCRC, d.wholeRow = true, true, true
	d.load, d.refuses = d.protected, d.copyProtected
	d.init(rom, clock)
	return d
}

func (d *DS2431) protected(at int, sent byte) byte {
	b := d.memory[at]
	switch {
	case at < ds2431Page:
		return protect(d.memory[ds2431Page+at/32], b, sent)
	case at < ds2431Factory && protects(b),
		at == ds2431Factory,
		at >= ds2431User && d.memory[ds2431Factory] == epromMode:
		return b
	}
	return sent
}

// copyProtected: the byte at 84 refuses copies to the registers and to pages
// that are write protected.
func (d *DS2431) copyProtected(at int) bool {
	if !protects(d.memory[ds2431Copy]) {
		return false
	}
	return at >= ds2431Page || d.memory[ds2431Page+at/32] == writeProtect
}
