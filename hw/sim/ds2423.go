// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"sync"

	"owfs/hw"
)

// A DS2423 is an emulated 4 kbit RAM with counters, from its data sheet
// (DS2422/DS2423, 25 pages): registers pages 3 to 5, commands pages 5 to 7,
// examples pages 12 and 13.
type DS2423 struct {
	Chip

	mu       sync.Mutex
	memory   [512]byte
	counters [4]uint32 // of the pages 12 to 15
	pad      [32]byte
	target   uint16 // TA1 and TA2
	es       byte   // ending offset and flags
}

// The flags of the register E/S (page 4).
const (
	ds2423PF = 1 << 5 // a byte did not come whole
	ds2423AA = 1 << 7 // the scratchpad has been copied
)

// NewDS2423 returns a RAM whose battery has just been connected: the counters
// are 0.
func NewDS2423(rom hw.ROM) *DS2423 {
	d := &DS2423{}
	d.ROM = rom
	d.CanOverdrive = true
	d.Function = d.function
	return d
}

// Count lets n low-going pulses come to input A (0) or B (1), which are counted
// with the pages 14 and 15.
func (d *DS2423) Count(input int, n uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counters[2+input] += n
}

// SetCounter sets the counter of a page, 12 to 15.
func (d *DS2423) SetCounter(page int, n uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counters[page-12] = n
}

// Counter returns the counter of a page, 12 to 15.
func (d *DS2423) Counter(page int) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counters[page-12]
}

// SetMemory changes the memory from an address on.
func (d *DS2423) SetMemory(address int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.memory[address:], p)
}

// Memory returns the memory.
func (d *DS2423) Memory() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.memory[:]...)
}

func (d *DS2423) function(io *IO) {
	line := &crcIO{IO: io}
	switch line.Read() {
	case 0xF0: // Read Memory
		for address := line.Address(); int(address) < len(d.memory); address++ {
			line.Write(d.at(address))
		}
	case 0xA5:
		d.readCounters(line)
	case 0x0F:
		d.writeScratchpad(line)
	case 0xAA:
		d.readScratchpad(line)
	case 0x5A:
		d.copyScratchpad(line)
	}
}

func (d *DS2423) at(address uint16) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.memory[address]
}

// readCounters is Read Memory + Counter: the rest of the page, its counter, 32
// zero bits, and the CRC of all that, the first time of command and address
// too; then the next page.
func (d *DS2423) readCounters(line *crcIO) {
	for address := line.Address(); int(address) < len(d.memory); {
		for last := address | 0x1F; address <= last; address++ {
			line.Write(d.at(address))
		}
		line.Write(d.counterOf(int(address-1) / 32)...)
		line.Write(0, 0, 0, 0)
		line.SendCRC()
	}
}

// counterOf returns the four bytes that follow a page. Pages below 12 have no
// counter: all ones.
func (d *DS2423) counterOf(page int) []byte {
	n := ^uint32(0)
	if page >= 12 {
		n = d.Counter(page)
	}
	return binary.LittleEndian.AppendUint32(nil, n)
}

// writeScratchpad fills the scratchpad from the offset on. At its end, and only
// there, comes the CRC of command, address and data.
func (d *DS2423) writeScratchpad(line *crcIO) {
	target := line.Address()
	d.mu.Lock()
	d.target, d.es = target, byte(target&0x1F)
	d.mu.Unlock()
	for offset := byte(target & 0x1F); offset < 32; offset++ {
		d.flag(ds2423PF, false)
		b := line.Slot(1)
		d.flag(ds2423PF, true) // until the byte is whole
		for i := 1; i < 8; i++ {
			b |= line.Slot(1) << i
		}
		line.crc = hw.CRC16(line.crc, []byte{b})
		d.mu.Lock()
		d.pad[offset], d.es = b, offset
		d.mu.Unlock()
	}
	line.SendCRC()
}

func (d *DS2423) flag(bit byte, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.es &^= bit
	if on {
		d.es |= bit
	}
}

func (d *DS2423) readScratchpad(line *crcIO) {
	d.mu.Lock()
	target, es, pad := d.target, d.es, d.pad
	d.mu.Unlock()
	line.Write(byte(target), byte(target>>8), es)
	line.Write(pad[target&0x1F:]...)
}

// copyScratchpad copies if the three address registers are repeated exactly.
// The counter of page 12 or 13 counts that its page was written.
func (d *DS2423) copyScratchpad(line *crcIO) {
	target := line.Address()
	es := line.Read()
	if !d.copy(target, es) {
		return
	}
	line.Toggle()
}

func (d *DS2423) copy(target uint16, es byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if target != d.target || es != d.es || es&ds2423PF != 0 || int(target) >= len(d.memory) {
		return false
	}
	if from, to := target&0x1F, uint16(es&0x1F); from <= to {
		copy(d.memory[target:], d.pad[from:to+1])
	}
	if page := target / 32; page == 12 || page == 13 {
		d.counters[page-12]++
	}
	d.es |= ds2423AA
	return true
}
