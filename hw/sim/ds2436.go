// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"math"
	"sync"

	"owfs/hw"
)

// A DS2436 is an emulated battery chip, of which there are only the measurements
// and the counter of cycles. A conversion takes no time.
type DS2436 struct {
	Chip

	mu             sync.Mutex
	volts, celsius float64
	registers      [256]byte
}

// NewDS2436 returns a battery chip that has not measured.
func NewDS2436(rom hw.ROM) *DS2436 {
	d := &DS2436{}
	d.ROM = rom
	d.Function = d.function
	return d
}

// Measure sets what there is to measure.
func (d *DS2436) Measure(volts, celsius float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.volts, d.celsius = volts, celsius
}

func (d *DS2436) function(io *IO) {
	command := io.Read()
	if command == 0xB2 {
		for at := int(io.Read()); at < 256; at++ {
			d.mu.Lock()
			b := d.registers[at]
			d.mu.Unlock()
			io.Write(b)
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	put := func(at int, n uint16) { binary.LittleEndian.PutUint16(d.registers[at:], n) }
	switch command {
	case 0xD2:
		put(0x60, uint16(int16(math.Round(d.celsius*32)))<<3)
	case 0xB4:
		put(0x77, uint16(math.Round(d.volts*100)))
	case 0xB5:
		put(0x82, binary.LittleEndian.Uint16(d.registers[0x82:])+1)
	case 0xB8:
		put(0x82, 0)
	}
}
