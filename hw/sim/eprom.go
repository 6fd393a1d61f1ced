// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// An EPROM is an emulated memory whose bits can be programmed to 0 once, with
// 12 V on the line: DS2502 (family 09, 128 bytes), from its data sheet (pages 5
// to 12), and DS2505 (0B, 2048 bytes) and DS2506 (0F, 8192 bytes), from theirs
// (pages 5 to 15). Families 89, 8B and 8F are the same with a number of the
// customer in the ROM code.
type EPROM struct {
	Chip
	wide bool // has a CRC-16; the DS2502 has a CRC-8

	mu       sync.Mutex
	memory   []byte
	status   []byte
	redirect int          // where in the status the pages' redirection bytes begin
	armed    *programming // what a program pulse will do
}

// A programming is a byte that waits for a program pulse.
type programming struct {
	in   []byte
	at   int
	data byte
}

// NewEPROM returns the memory of the ROM code's family, not programmed.
func NewEPROM(rom hw.ROM) *EPROM {
	d := &EPROM{wide: true}
	var size, status int
	switch rom.Family() &^ 0x80 {
	case 0x09:
		size, status, d.redirect, d.wide = 128, 8, 1, false
	case 0x0B:
		size, status, d.redirect = 2048, 0x140, 0x100
	case 0x0F:
		size, status, d.redirect = 8192, 0x200, 0x100
	}
	d.memory, d.status = make([]byte, size), make([]byte, status)
	for _, p := range [][]byte{d.memory, d.status} {
		for i := range p {
			p[i] = 0xFF
		}
	}
	if !d.wide {
		d.status[7] = 0 // programmed at the factory
	}
	d.ROM = rom
	d.Function, d.OnPulse = d.function, d.program
	return d
}

// Memory returns what the chip holds.
func (d *EPROM) Memory() []byte { return d.copyOf(d.memory) }

// Status returns the status memory: write protection and page redirection.
func (d *EPROM) Status() []byte { return d.copyOf(d.status) }

func (d *EPROM) copyOf(p []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), p...)
}

// SetMemory puts bytes into the memory, as a programmer at the factory would.
func (d *EPROM) SetMemory(at int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.memory[at:], p)
}

// SetStatus puts bytes into the status memory.
func (d *EPROM) SetStatus(at int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.status[at:], p)
}

// program is the program pulse of 480 µs: bits can only become 0, and not in a
// page whose write protection bit is 0.
func (d *EPROM) program(t time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.armed
	d.armed = nil
	if a == nil || t < 480*time.Microsecond {
		return
	}
	page := a.at / 32
	if len(a.in) == len(d.memory) && d.status[page/8]>>(page%8)&1 == 0 {
		return
	}
	a.in[a.at] &= a.data
}

func (d *EPROM) function(bits *IO) {
	io := &epromIO{IO: bits, wide: d.wide}
	d.mu.Lock()
	d.armed = nil // by a write that a reset has ended
	d.mu.Unlock()
	switch command := io.read(); {
	case command == 0xF0: // Read Memory
		d.readMemory(io)
	case command == 0xC3 && !d.wide: // Read Data / Generate 8-Bit CRC
		at := io.address()
		io.sendCRC()
		d.pages(io, d.memory, at, 32)
	case command == 0xA5 && d.wide: // Extended Read Memory
		d.extended(io)
	case command == 0xAA && d.wide: // Read Status, with a CRC for every 8 bytes
		d.pages(io, d.status, io.address(), 8)
	case command == 0xAA:
		at := io.address()
		io.sendCRC()
		d.pages(io, d.status, at, 8)
	case command == 0x0F: // Write Memory
		d.write(io, d.memory, true)
	case command == 0x55: // Write Status
		d.write(io, d.status, true)
	case command == 0xF3 && d.wide: // Speed Write Memory
		d.write(io, d.memory, false)
	case command == 0xF5 && d.wide: // Speed Write Status
		d.write(io, d.status, false)
	}
}

// readMemory sends the memory to its end. The DS2502 sends a CRC of command
// and address before it, and one of the data after it.
func (d *EPROM) readMemory(io *epromIO) {
	at := io.address()
	if d.wide {
		d.pages(io, d.memory, at, 0)
		return
	}
	io.sendCRC()
	d.pages(io, d.memory, at, len(d.memory))
}

// pages sends p from at to its end, with a CRC after each page of n bytes.
func (d *EPROM) pages(io *epromIO, p []byte, at, n int) {
	for ; at < len(p); at++ {
		io.write(d.byteOf(p, at))
		if n > 0 && at%n == n-1 {
			io.sendCRC()
		}
	}
}

// extended sends for each page the redirection byte, a CRC, the data, a CRC.
func (d *EPROM) extended(io *epromIO) {
	for at := io.address(); at < len(d.memory); {
		io.write(d.byteOf(d.status, d.redirect+at/32))
		io.sendCRC()
		for {
			io.write(d.byteOf(d.memory, at))
			if at++; at%32 == 0 {
				break
			}
		}
		io.sendCRC()
	}
}

func (d *EPROM) byteOf(p []byte, at int) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return p[at]
}

// write programs byte by byte. The CRC of the first is of command, address and
// data; for the others the generator starts from the address. After the pulse
// the chip sends what it then holds.
func (d *EPROM) write(io *epromIO, p []byte, check bool) {
	for at := io.address(); at < len(p); at++ {
		data := io.read()
		if check {
			io.sendCRC()
		}
		d.mu.Lock()
		d.armed = &programming{p, at, data}
		d.mu.Unlock()
		for i := range 8 { // asked for when the slot comes, which is after the pulse
			io.slot(1, func() bool { return d.byteOf(p, at)>>i&1 == 0 })
		}
		io.crc = uint16(at + 1)
		if !d.wide {
			io.crc &= 0xFF
		}
	}
}

// An epromIO has the CRC generator of an EPROM, of 8 bits or 16. The CRC of 8
// bits is sent as it is, that of 16 bits inverted.
type epromIO struct {
	*IO
	wide bool
	crc  uint16
}

func (c *epromIO) add(b byte) {
	if c.wide {
		c.crc = hw.CRC16(c.crc, []byte{b})
	} else {
		c.crc = uint16(hw.CRC8([]byte{byte(c.crc) ^ b}))
	}
}

func (c *epromIO) read() byte {
	b := c.IO.Read()
	c.add(b)
	return b
}

func (c *epromIO) address() int {
	low := c.read()
	return int(low) | int(c.read())<<8
}

func (c *epromIO) write(b byte) {
	c.add(b)
	c.IO.Write(b)
}

func (c *epromIO) sendCRC() {
	crc := c.crc
	c.crc = 0
	if c.wide {
		c.IO.Write(^byte(crc), ^byte(crc>>8))
	} else {
		c.IO.Write(byte(crc))
	}
}
