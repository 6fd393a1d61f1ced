// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A SmartSlave is an emulated sensor of iButtonLink for temperature and
// humidity. What is emulated is what OWFS says to it.
type SmartSlave struct {
	Chip
	clock          Clock
	temp, humidity func() float64

	mu       sync.Mutex
	page     [32]byte
	measures task
	led      bool
}

// NewSmartSlave returns a sensor that has measured nothing yet.
func NewSmartSlave(rom hw.ROM, clock Clock, temp, humidity func() float64) *SmartSlave {
	d := &SmartSlave{clock: clock, temp: temp, humidity: humidity}
	d.ROM = rom
	d.page[0], d.page[1] = 4, 0x12
	d.Function = d.function
	return d
}

// LED tells whether its light is on.
func (d *SmartSlave) LED() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.led
}

// SetKind makes it a slave of another kind.
func (d *SmartSlave) SetKind(b byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.page[0] = b
}

func (d *SmartSlave) function(bits *IO) {
	io := &crcIO{IO: bits}
	switch io.Read() {
	case 0xB4:
		d.mu.Lock()
		d.measures.start(d.clock.Now(), time.Second)
		d.mu.Unlock()
	case 0xF0:
		io.Read()
		io.Write(d.now()...)
		io.SendCRC()
	case 0xA5:
		if io.Read() == 0 {
			on := io.Read() == 1
			d.mu.Lock()
			d.led = on
			d.mu.Unlock()
		}
	}
}

func (d *SmartSlave) now() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.page[3] = 0
	if d.measures.busy(d.clock.Now()) {
		d.page[3] = 1
	}
	if d.measures.ended(d.clock.Now()) {
		for i, f := range []func() float64{d.temp, d.humidity} {
			n := uint16(int16(f() * 128))
			d.page[4+2*i], d.page[5+2*i] = byte(n>>8), byte(n)
		}
		d.page[8] = 1
	}
	return append([]byte(nil), d.page[:]...)
}
