// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"bytes"
	"sync"

	"owfs/hw"
)

// A DS1991 is an emulated MultiKey iButton, from its data sheet (15 pages):
// memory map page 3, commands pages 4 to 7, flow chart pages 5 and 6.
type DS1991 struct {
	Chip

	mu      sync.Mutex
	subkeys [3][64]byte // identifier, password, 48 bytes
	pad     [64]byte
}

// NewDS1991 returns an iButton that holds 0, with passwords of 0.
func NewDS1991(rom hw.ROM) *DS1991 {
	d := &DS1991{}
	d.ROM = rom
	d.Function = d.function
	return d
}

// Subkey returns the identifier, the password and the data of a subkey.
func (d *DS1991) Subkey(n int) (id, password, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := bytes.Clone(d.subkeys[n][:])
	return k[:8], k[8:16], k[16:]
}

// SetSubkey changes bytes of a subkey, from an address on.
func (d *DS1991) SetSubkey(n, at int, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.subkeys[n][at:], p)
}

func (d *DS1991) function(io *IO) {
	command, where := io.Read(), io.Read()
	if io.Read() != ^where {
		return
	}
	key, at := int(where>>6), int(where&63)
	switch {
	case command == 0x96 && key == 3:
		for ; at < 64; at++ {
			b := io.Read()
			d.mu.Lock()
			d.pad[at] = b
			d.mu.Unlock()
		}
	case command == 0x69 && key == 3:
		d.mu.Lock()
		pad := d.pad
		d.mu.Unlock()
		io.Write(pad[at:]...)
	case key == 3:
	case command == 0x3C && at == 0:
		d.copy(io, key)
	case command == 0x66 && at >= 0x10:
		d.read(io, key, at)
	case command == 0x99 && at >= 0x10:
		d.write(io, key, at)
	case command == 0x5A && at == 0:
		d.setPassword(io, key)
	}
}

// The block selectors (page 7, figure 6): all 64 bytes, or eight of them.
var ibuttonBlocks = [9][8]byte{
	{0x56, 0x56, 0x7F, 0x51, 0x57, 0x5D, 0x5A, 0x7F},
	{0x9A, 0x9A, 0xB3, 0x9D, 0x64, 0x6E, 0x69, 0x4C},
	{0x9A, 0x9A, 0x4C, 0x62, 0x9B, 0x91, 0x69, 0x4C},
	{0x9A, 0x65, 0xB3, 0x62, 0x9B, 0x6E, 0x96, 0x4C},
	{0x6A, 0x6A, 0x43, 0x6D, 0x6B, 0x61, 0x66, 0x43},
	{0x95, 0x95, 0xBC, 0x92, 0x94, 0x9E, 0x99, 0xBC},
	{0x65, 0x9A, 0x4C, 0x9D, 0x64, 0x91, 0x69, 0xB3},
	{0x65, 0x65, 0xB3, 0x9D, 0x64, 0x6E, 0x96, 0xB3},
	{0x65, 0x65, 0x4C, 0x62, 0x9B, 0x91, 0x96, 0xB3},
}

// copy is Copy Scratchpad: what is copied is cleared in the scratchpad.
func (d *DS1991) copy(io *IO, key int) {
	selector, password := [8]byte(io.ReadN(8)), io.ReadN(8)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !bytes.Equal(password, d.subkeys[key][8:16]) {
		return
	}
	for n, s := range ibuttonBlocks {
		from, to := 8*(n-1), 8*n
		if n == 0 {
			from, to = 0, 64
		}
		if s == selector {
			copy(d.subkeys[key][from:to], d.pad[from:to])
			clear(d.pad[from:to])
		}
	}
}

func (d *DS1991) id(key int) []byte {
	id, _, _ := d.Subkey(key)
	return id
}

// open sends the identifier and reads the password.
func (d *DS1991) open(io *IO, key int) (right bool, sent []byte) {
	io.Write(d.id(key)...)
	sent = io.ReadN(8)
	_, password, _ := d.Subkey(key)
	return bytes.Equal(sent, password), sent
}

// read is Read SubKey. To a wrong password come bytes that depend on it.
func (d *DS1991) read(io *IO, key, at int) {
	right, sent := d.open(io, key)
	_, _, data := d.Subkey(key)
	for i := range data {
		if !right {
			data[i] = hw.CRC8(append(sent, data[i], byte(i)))
		}
	}
	io.Write(data[at-16:]...)
}

func (d *DS1991) write(io *IO, key, at int) {
	if right, _ := d.open(io, key); !right {
		return
	}
	for ; at < 64; at++ {
		d.SetSubkey(key, at, []byte{io.Read()})
	}
}

// setPassword is Write Password: the identifier must be sent back as it came;
// then the subkey is erased and gets a new one and a new password.
func (d *DS1991) setPassword(io *IO, key int) {
	io.Write(d.id(key)...)
	if !bytes.Equal(io.ReadN(8), d.id(key)) {
		return
	}
	p := io.ReadN(16)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.subkeys[key] = [64]byte{}
	copy(d.subkeys[key][:], p)
}
