// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A DS1977 is an emulated memory behind passwords, from its data sheet (29
// pages): times page 3, memory map page 6, passwords page 7, commands pages 9 to 14, protocol
// pages 24 and 25.
type DS1977 struct {
	Chip

	mu     sync.Mutex
	memory [0x8000]byte
	pad    [64]byte
	ta     uint16
	es     byte
	fed    time.Duration // of strong pull-up since a password came
	code   byte          // the version
}

// The places in page 511 (page 6, figure 5).
const (
	ibuttonRP  = 0x7FC0
	ibuttonFP  = 0x7FC8
	ibuttonEPW = 0x7FD0
)

const ibuttonPF = 1 << 6 // in E/S, whose ending offset takes six bits

// NewDS1977 returns a memory of FF that does not ask for passwords.
func NewDS1977(rom hw.ROM) *DS1977 {
	d := &DS1977{code: 0x31}
	d.ROM = rom
	d.CanResume, d.CanOverdrive = true, true
	for i := range d.memory {
		d.memory[i] = 0xFF
	}
	d.Function = d.function
	d.OnPower = func(t time.Duration) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.fed += t
	}
	return d
}

// Memory returns what the chip holds, passwords and all.
func (d *DS1977) Memory() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.memory[:]...)
}

// SetMemory changes what the chip holds, from an address on.
func (d *DS1977) SetMemory(at int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.memory[at:], p)
}

// Pad returns the scratchpad.
func (d *DS1977) Pad() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.pad[:]...)
}

func (d *DS1977) function(bits *IO) {
	io := &crcIO{IO: bits}
	switch io.Read() {
	case 0x0F:
		d.writePad(io)
	case 0xAA:
		d.readPad(io)
	case 0x99:
		d.copyPad(io)
	case 0x69:
		d.read(io)
	case 0xC3:
		d.verify(io)
	case 0xCC: // Read Version
		if p := io.IO.ReadN(2); p[0] == 0 && p[1] == 0 {
			io.Write(d.code, d.code)
		}
	}
}

func (d *DS1977) lock(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *DS1977) writePad(io *crcIO) {
	ta := io.Address()
	d.lock(func() { d.ta, d.es = ta, byte(ta&63)|ibuttonPF })
	for i := int(ta & 63); i < 64; i++ {
		b := io.Read()
		d.lock(func() { d.pad[i], d.es = b, byte(i) })
	}
	io.SendCRC()
}

func (d *DS1977) readPad(io *crcIO) {
	d.mu.Lock()
	ta, es, pad := d.ta, d.es, d.pad
	d.mu.Unlock()
	io.Write(byte(ta), byte(ta>>8), es)
	io.Write(pad[ta&63:]...)
	io.SendCRC()
}

// How long the strong pull-up must last (page 3).
const (
	ibuttonSPUR = 2640 * time.Microsecond  // to read
	ibuttonSPUW = 22460 * time.Microsecond // to write
	ibuttonSPUV = 620 * time.Microsecond   // to verify a password
)

// password reads a password, and returns what tells whether it is one of those
// at the places.
func (d *DS1977) password(io *crcIO, places ...int) func() bool {
	p := io.IO.ReadN(8)
	d.lock(func() { d.fed = 0 })
	return func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, at := range places {
			if string(d.memory[at:at+8]) == string(p) {
				return true
			}
		}
		return false
	}
}

func (d *DS1977) asks() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.memory[ibuttonEPW] == 0xAA
}

func (d *DS1977) powered(least time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fed >= least
}

// answer sends bytes that are known only when the power has come, or ones.
func (d *DS1977) answer(io *crcIO, p func() []byte) {
	var all []byte
	io.slot(1, func() bool { // decided when the master reads the first bit
		all = p()
		return len(all) > 0 && all[0]&1 == 0
	})
	for i := 1; i < 8*len(all); i++ {
		io.Slot(all[i/8] >> (i % 8) & 1)
	}
}

// repeat sends AA for ever.
func (d *DS1977) repeat(io *crcIO, ok func() bool) {
	right := false
	d.answer(io, func() []byte {
		if right = ok(); right {
			return []byte{0xAA}
		}
		return nil
	})
	for right {
		io.IO.Write(0xAA)
	}
}

// copyPad is Copy Scratchpad with Password.
func (d *DS1977) copyPad(io *crcIO) {
	ta, es := io.Address(), io.Read()
	right := d.password(io, ibuttonFP)
	d.repeat(io, func() bool {
		if d.asks() && !right() || !d.powered(ibuttonSPUW) {
			return false
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if ta != d.ta || es != d.es || es&ibuttonPF != 0 || ta > ibuttonEPW {
			return false
		}
		d.es |= authorized
		copy(d.memory[ta:min(int(ta)|63, ibuttonEPW)+1], d.pad[ta&63:es&63+1])
		return true
	})
}

// read is Read Memory with Password, of one page.
func (d *DS1977) read(io *crcIO) {
	ta := io.Address()
	seed := io.crc
	right := d.password(io, ibuttonRP, ibuttonFP)
	d.answer(io, func() []byte {
		if d.asks() && !right() || !d.powered(ibuttonSPUR) || ta >= 0x8000 {
			return nil
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		p := append([]byte(nil), d.memory[ta:int(ta)|63+1]...)
		for i := range p {
			if at := int(ta) + i; at >= ibuttonRP && at != ibuttonEPW {
				p[i] = 0xFF
			}
		}
		return hw.AppendCRC16(p, seed)
	})
}

func (d *DS1977) verify(io *crcIO) {
	ta := int(io.Address())
	if ta != ibuttonRP && ta != ibuttonFP {
		return
	}
	right := d.password(io, ta)
	d.repeat(io, func() bool { return d.powered(ibuttonSPUV) && right() })
}
