// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"time"

	"owfs/hw"
)

// An EDS is an emulated sensor of Embedded Data Systems. Its first page is a tag
// and the number of the model, the second one readings, the third one settings,
// which take effect some time after they are written. How it looks is what
// programs find that read such sensors; the register maps of the manuals are no
// longer to be had. It raises no alarm by itself.
type EDS struct {
	padMemory
	started time.Time
}

// NewEDS returns a sensor of a model: 0x68 for an EDS0068.
func NewEDS(rom hw.ROM, clock Clock, model int) *EDS {
	d := &EDS{started: clock.Now()}
	d.memory, d.pad = make([]byte, 96), make([]byte, 32)
	d.writeCRC, d.readCRC = true, true
	d.copyTime = 0
	copy(d.memory, "Emulated sensor")
	d.memory[30], d.memory[31] = byte(model), byte(model>>8)
	d.store = d.keep
	d.more = func(io *crcIO, command byte) {
		switch command {
		case 0xA5:
			d.readPages(io)
		case 0x33:
			d.mark(func() { clear(d.memory[0x36:0x37]); clear(d.memory[0x3A:0x3C]) })
		}
	}
	d.pass = func() {
		s := uint32(d.clock.Now().Sub(d.started) / time.Second)
		for i := range 4 {
			d.memory[0x3C+i] = byte(s >> (8 * i))
		}
	}
	d.Alarm = func() (yes bool) {
		d.mark(func() { yes = d.memory[0x3A]|d.memory[0x3B] != 0 })
		return yes
	}
	d.init(rom, clock)
	return d
}

// keep takes what is in the tag and the settings; readings can't be written.
func (d *EDS) keep(at int, p []byte) {
	for i, b := range p {
		if at := at + i; at < 30 || at >= 64 {
			d.memory[at] = b
		}
	}
}

// Reading puts a number into so many bytes from an address on, the lowest first.
func (d *EDS) Reading(at, bytes int, value, unit float64) {
	n := int64(math.Round(value / unit))
	p := make([]byte, bytes)
	for i := range p {
		p[i] = byte(n >> (8 * i))
	}
	d.SetMemory(at, p)
}
