// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// A CMC is an emulated sensor of CMC Industrial Electronics, which sends a
// number of 16 bits. There are no data sheets to be had; what is emulated is
// what OWFS says to it.
type CMC struct {
	Chip

	mu       sync.Mutex
	readings []uint16 // in turn
	open     bool     // its configuration may be written
	config   map[byte]byte
}

// NewCMC returns a sensor that sends 0.
func NewCMC(rom hw.ROM) *CMC {
	d := &CMC{readings: []uint16{0}, config: map[byte]byte{}}
	d.ROM = rom
	d.Function = d.function
	return d
}

// SetReadings tells which numbers it sends, in turn.
func (d *CMC) SetReadings(n ...uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readings = n
}

// Config returns a byte of the configuration.
func (d *CMC) Config(at byte) byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config[at]
}

func (d *CMC) function(io *IO) {
	switch io.Read() {
	case 0xBE:
		d.mu.Lock()
		n := d.readings[0]
		d.readings = append(d.readings[1:len(d.readings):len(d.readings)], n)
		d.mu.Unlock()
		p := []byte{byte(n), byte(n >> 8)}
		io.Write(append(p, hw.CRC8(p))...)
	case 0x4E:
		p := io.ReadN(3)
		d.mu.Lock()
		defer d.mu.Unlock()
		switch {
		case hw.CRC8(p) != 0:
		case p[0] == 0x55:
			d.open = p[1] == 0x08
		case d.open:
			d.config[p[0]] = p[1]
		}
	}
}
