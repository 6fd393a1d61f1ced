// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// A DS2405 is an emulated addressable switch, from its data sheet (15 pages):
// ROM commands pages 5 to 11, which are all it has. Match ROM toggles the
// output, and read slots after Match ROM or a search tell the level of the pin.
type DS2405 struct {
	Chip

	mu   sync.Mutex
	pins pins
}

// NewDS2405 returns a switch whose output is off.
func NewDS2405(rom hw.ROM) *DS2405 {
	d := &DS2405{pins: pins{latch: 1}}
	d.ROM = rom
	d.Selected = d.toggle
	d.Alarm = func() bool { return d.On() } // Active-Only Search ROM, page 11
	d.Function = d.function
	return d
}

// PullLow tells whether a circuit outside holds the pin low.
func (d *DS2405) PullLow(low bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.outside = 0
	if low {
		d.pins.outside = 1
	}
}

// On tells whether the transistor conducts.
func (d *DS2405) On() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.latch == 0
}

func (d *DS2405) toggle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.latch ^= 1
}

func (d *DS2405) low() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.level() == 0
}

// function answers with the pin. Skip ROM is of no meaning to this chip and
// makes it silent (page 11).
func (d *DS2405) function(io *IO) {
	if io.chip.chosen {
		io.Hold(d.low)
	}
}
