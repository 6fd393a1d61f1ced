// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// A T8A is an emulated volt meter with eight inputs by Embedded Data Systems: a
// microcontroller that passes for a DS2406. No paper about it is to be had: this
// answers what OWFS sends in the way that OWFS expects it.
type T8A struct {
	*DS2406

	mu    sync.Mutex
	volts [8]float64
}

// NewT8A returns a volt meter with 0 V at all inputs.
func NewT8A(rom hw.ROM) *T8A {
	d := &T8A{DS2406: NewDS2406(rom)}
	d.SetMemory(0, []byte("\x1DA189"))
	d.DS2406.accessed = d.access
	return d
}

// SetVoltage sets the voltage at an input, 0 to 5 V; the highest result is a step
// below 5 V.
func (d *T8A) SetVoltage(input int, volts float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.volts[input] = volts
}

// access is the channel access that selects an input, measures, and tells the 12
// bits with the uppermost one first, each as its complement.
func (d *T8A) access(line *crcIO, control channelControl) bool {
	if control != 0xA6 {
		return false
	}
	line.crc = 0
	selected := line.Read()
	d.mu.Lock()
	result := uint16(min(d.volts[selected>>2&7]/5*4096, 4095))
	d.mu.Unlock()
	var out [7]byte
	for i := range out {
		out[i] = 0xFF
	}
	for i := range 12 {
		if result>>(11-i)&1 == 1 {
			out[4+2*(i/8)] &^= 1 << (i % 8)
		}
	}
	line.Write(out[:]...)
	line.SendCRC()
	return true
}
