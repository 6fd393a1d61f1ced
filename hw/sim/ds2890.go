// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// A DS2890 is an emulated potentiometer with 256 positions, from its data sheet
// (28 pages; registers pages 5 and 6). Increment and decrement are left out.
type DS2890 struct {
	Chip

	mu       sync.Mutex
	position byte
	control  byte
}

// NewDS2890 returns a potentiometer just powered on.
func NewDS2890(rom hw.ROM) *DS2890 {
	d := &DS2890{control: 0x0C}
	d.ROM, d.CanResume, d.CanOverdrive = rom, true, true
	d.Function = d.function
	d.Alarm = func() bool {
		position, _ := d.State()
		return position == 0
	}
	return d
}

// State returns the position and the control register.
func (d *DS2890) State() (position, control byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.position, d.control
}

func (d *DS2890) function(io *IO) {
	position, control := d.State()
	switch io.Read() {
	case 0xF0:
		io.Write(control, position)
	case 0xAA:
		io.Write(0xF3, control)
	case 0x0F:
		d.take(io, &d.position, func(byte) bool { return true })
	case 0x55:
		d.take(io, &d.control, func(b byte) bool { return b&^0x40 == 0x0C })
	}
}

// take reads a value, sends it back, and takes it if the release code follows.
func (d *DS2890) take(io *IO, register *byte, valid func(byte) bool) {
	b := io.Read()
	io.Write(b)
	if io.Read() != 0x96 || !valid(b) {
		return
	}
	d.mu.Lock()
	*register = b
	d.mu.Unlock()
	io.Write(0)
}
