// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"sync"
	"time"
)

// A DS1821 is an emulated thermostat without a ROM code, from its data sheet
// (18 pages): modes page 4, temperatures pages 5 and 6, status register page 8,
// commands pages 11 to 13, example page 14. It must be alone on its line.
type DS1821 struct {
	Chip
	clock Clock
	temp  func() float64

	mu         sync.Mutex
	status     byte // THF, TLF, T/R, POL, 1SHOT
	high, low  int8
	thermostat bool // the mode in which it has powered up

	measures task
	all      bool // measures all the time, once started
	have     int8 // TEMP_READ
	counter  int
	writing  task // to the EEPROM
}

// The bits of the status register (page 8).
const (
	ds1821Shot  = 1 << 0
	ds1821TR    = 1 << 2
	ds1821TLF   = 1 << 3
	ds1821THF   = 1 << 4
	ds1821NVB   = 1 << 5
	ds1821Ready = 1 << 7
)

// slope is how many counts there are to a degree: the slope accumulator.
const slope = 0x140

// NewDS1821 returns a chip in 1-Wire mode that measures all the time once it is
// started.
func NewDS1821(clock Clock, temp func() float64) *DS1821 {
	d := &DS1821{clock: clock, temp: temp, high: 30, low: 20}
	d.Function = d.function
	return d
}

// Reset implements Slave: what follows is a command, without any ROM command. A
// chip that is a thermostat does not answer.
func (d *DS1821) Reset(fast bool) bool {
	present := d.Chip.Reset(fast)
	d.mu.Lock()
	present = present && !d.thermostat
	d.mu.Unlock()
	if !present {
		d.Stop()
		return false
	}
	d.run()
	return true
}

// PowerUp is what a loss of power does.
func (d *DS1821) PowerUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.thermostat = d.status&ds1821TR != 0
	d.measures, d.all = task{}, false
}

// Registers returns TH, TL and the part of the status that is kept.
func (d *DS1821) Registers() (high, low int8, status byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.high, d.low, d.status
}

func (d *DS1821) lock(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	f()
}

// settle ends a measurement whose time is over. A chip that measures all the
// time begins the next one at once.
func (d *DS1821) settle() {
	now := d.clock.Now()
	if !d.measures.ended(now) {
		return
	}
	t := d.temp()
	whole := math.Floor(t + 0.5)
	d.have = int8(whole)
	d.counter = slope - int(math.Floor((t+0.5-whole)*slope))
	if d.have > d.high {
		d.status |= ds1821THF
	}
	if d.have < d.low {
		d.status |= ds1821TLF
	}
	if d.all {
		d.measures.start(now, time.Second)
	}
}

func (d *DS1821) function(io *IO) {
	switch io.Read() {
	case 0xEE:
		d.lock(func() {
			d.all = d.status&ds1821Shot == 0
			d.measures.start(d.clock.Now(), time.Second)
		})
	case 0x22:
		d.lock(func() { d.measures, d.all = task{}, false })
	case 0xAA:
		var t byte
		d.lock(func() { t = byte(d.have) })
		io.Write(t)
	case 0xA0:
		d.sendCounter(io)
	case 0x41:
		d.lock(func() { d.counter = slope })
	case 0xA1:
		d.readLimit(io, &d.high)
	case 0xA2:
		d.readLimit(io, &d.low)
	case 0x01:
		d.writeLimit(io, &d.high)
	case 0x02:
		d.writeLimit(io, &d.low)
	case 0xAC:
		io.Write(d.shown())
	case 0x0C:
		b := io.Read()
		d.lock(func() {
			d.status = b & 0x1F
			d.writing.start(d.clock.Now(), 10*time.Millisecond)
		})
	}
}

// sendCounter sends the nine bits of the counter, which are of no use while the
// chip measures.
func (d *DS1821) sendCounter(io *IO) {
	var n int
	d.lock(func() {
		n = d.counter
		if d.all {
			n = 0x1FF
		}
	})
	for bit := range 9 {
		io.Slot(byte(n >> bit & 1))
	}
}

func (d *DS1821) readLimit(io *IO, limit *int8) {
	var b byte
	d.lock(func() { b = byte(*limit) })
	io.Write(b)
}

func (d *DS1821) writeLimit(io *IO, limit *int8) {
	b := io.Read()
	d.lock(func() {
		*limit = int8(b)
		d.writing.start(d.clock.Now(), 10*time.Millisecond)
	})
}

func (d *DS1821) shown() (b byte) {
	d.lock(func() {
		b = d.status | 1<<6
		if !d.measures.running {
			b |= ds1821Ready
		}
		if d.writing.busy(d.clock.Now()) {
			b |= ds1821NVB
		}
	})
	return b
}
