// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A BAE is an emulated BAE0910 or BAE0911: a microcontroller that answers every
// command with a CRC-16 and does it when the byte BC follows. There is no data
// sheet of the BAE0911; what is emulated is what OWFS says to it.
type BAE struct {
	Chip
	clock Clock

	mu       sync.Mutex
	kind     [2]byte // device, chip
	version  [2]byte // device, bootstrap
	memory   [0x10000]byte
	eeprom   [2]int // from where to where: flash, which is only cleared
	working  task
	sdAt     int
	result   []byte
	code     byte
	firmware []byte
	commands [][]byte
	card     map[int][]byte
	expander [4]byte
	lcd, sci []byte
}

// NewBAE returns a chip of device type 2 (BAE0910) or 3 (BAE0911).
func NewBAE(rom hw.ROM, clock Clock, device byte) *BAE {
	d := &BAE{clock: clock, kind: [2]byte{device, 1}, version: [2]byte{0x14, 0x10}, card: map[int][]byte{}}
	d.ROM = rom
	d.CanResume = true
	d.Function = d.function
	d.eeprom = [2]int{0x0000, 0x1000}
	if device == 2 {
		d.eeprom = [2]int{0xE000, 0xE400}
	}
	for i := d.eeprom[0]; i < d.eeprom[1]; i++ {
		d.memory[i] = 0xFF
	}
	return d
}

// Memory returns n bytes from an address on.
func (d *BAE) Memory(at, n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.memory[at:at+n]...)
}

// SetMemory changes bytes from an address on.
func (d *BAE) SetMemory(at int, p ...byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.memory[at:], p)
}

// Commands returns the extended commands that came.
func (d *BAE) Commands() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([][]byte(nil), d.commands...)
}

// Firmware returns the program that was written.
func (d *BAE) Firmware() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.firmware...)
}

// Texts returns what was sent to the display and to the serial line.
func (d *BAE) Texts() (lcd, serial string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.lcd), string(d.sci)
}

// SetExpander sets a register of the CAT9554 on the I²C bus.
func (d *BAE) SetExpander(register int, b byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expander[register] = b
}

// Sector returns a sector of the SD card.
func (d *BAE) Sector(n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.card[n]...)
}

func (d *BAE) function(bits *IO) {
	io := &crcIO{IO: bits}
	switch command := io.Read(); command {
	case 0x11:
		io.Write(d.version[:]...)
		io.SendCRC()
	case 0x12:
		io.Write(d.kind[:]...)
		io.SendCRC()
	case 0x13:
		p := d.take(io, int(io.Read())+1)
		d.confirmed(io, func() { d.extended(p) })
	case 0x14:
		at, n := io.Address(), int(io.Read())
		if n <= 32 {
			io.Write(d.Memory(int(at), n)...)
			io.SendCRC()
		}
	case 0x15:
		at := int(io.Address())
		p := d.take(io, int(io.Read()))
		d.confirmed(io, func() { d.put(at, p) })
	case 0x16:
		at := int(io.Address())
		d.confirmed(io, func() { d.erase(at) })
	case 0x17:
		n, f, back := io.Read(), io.Read(), io.Read()
		p := d.take(io, int(n))
		d.confirmed(io, func() { d.call(f, int(back), p) })
	case 0x18:
		n, to := io.Read(), io.Read()
		p := d.take(io, int(n))
		d.confirmed(io, func() { d.send(to, p) })
	case 0x19:
		n, from := int(io.Read()), io.Read()
		d.confirmed(io, func() { d.receive(from, n) })
	case 0x1A:
		d.query(io)
	}
}

func (d *BAE) take(io *crcIO, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = io.Read()
	}
	return p
}

func (d *BAE) confirmed(io *crcIO, f func()) {
	io.SendCRC()
	if io.Read() == 0xBC {
		d.mu.Lock()
		defer d.mu.Unlock()
		f()
	}
}

// put writes memory, of which the EEPROM's bits are only cleared.
func (d *BAE) put(at int, p []byte) {
	for i, b := range p {
		if at+i >= d.eeprom[0] && at+i < d.eeprom[1] {
			b &= d.memory[at+i]
		}
		d.memory[at+i] = b
	}
}

func (d *BAE) erase(at int) {
	if at < d.eeprom[0] || at >= d.eeprom[1] {
		return
	}
	page := d.memory[at&^511:][:512]
	for i := range page {
		page[i] = 0xFF
	}
}

func (d *BAE) extended(p []byte) {
	d.commands = append(d.commands, p)
	switch p[0] {
	case 0xBB:
		d.firmware = []byte{}
	case 0xBA:
		d.firmware = append(d.firmware, p[1:]...)
	}
}

// finish sets the result of a command, which takes some time.
func (d *BAE) finish(code byte, p []byte) {
	d.code, d.result = code, p
	d.working.start(d.clock.Now(), 15*time.Millisecond)
}

func (d *BAE) call(f byte, back int, p []byte) {
	switch {
	case f == 0x00 && len(p) >= 2 && p[0] == 0x40 && p[1] < 4:
		if len(p) == 3 {
			d.expander[p[1]] = p[2]
		}
		d.finish(0, d.expander[p[1]:][:back])
	case (f == 0x02 || f == 0x04) && len(p) == 4:
		d.sdAt = int(p[0])<<24 | int(p[1])<<16 | int(p[2])<<8 | int(p[3])
		d.finish(0, nil)
	case f == 0x01, f == 0x03, f == 0x05:
		d.finish(0, nil)
	default:
		d.finish(7, nil)
	}
}

func (d *BAE) send(to byte, p []byte) {
	switch to {
	case 0x00:
		d.lcd = append(d.lcd, p...)
	case 0x02:
		copy(d.sector()[d.sdAt%512:], p)
		d.sdAt += len(p)
	case 0x04:
		d.sci = append(d.sci, p...)
	}
	d.finish(0, nil)
}

func (d *BAE) receive(_ byte, n int) {
	p := d.sector()[d.sdAt%512:][:n]
	d.sdAt += n
	d.finish(0, p)
}

func (d *BAE) sector() []byte {
	n := d.sdAt / 512
	if d.card[n] == nil {
		d.card[n] = make([]byte, 512)
	}
	return d.card[n]
}

// query sends the result of the last command, or FF as long as it is busy.
func (d *BAE) query(io *crcIO) {
	d.mu.Lock()
	busy, code, p := d.working.busy(d.clock.Now()), d.code, d.result
	d.mu.Unlock()
	if busy {
		io.Write(0xFF)
		return
	}
	io.Write(code, byte(len(p)))
	io.Write(p...)
	io.SendCRC()
}
