// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"time"

	"owfs/hw"
)

// An EDS is an emulated sensor of Embedded Data Systems. Its first page is a tag
// and the number of the model, then there are readings, then settings, which take
// effect some time after they are written. How it looks is what programs find
// that read such sensors, and the user manual of the EDS0090; the register maps
// of the other manuals are no longer to be had. Models with inputs raise alarms,
// see Input and Connect; the others raise none by themselves.
type EDS struct {
	padMemory
	started time.Time
	kind    edsKind
}

// An edsKind is in what the models differ.
type edsKind struct {
	size     int // bytes of memory
	settings int // from where on it can be written
	seconds  int
	alarms   []int // the bytes of the flags
	search   int   // which of them answer the search, 0 for all
	channels int   // analog inputs
	pins     bool  // is the model with inputs and outputs
}

func edsKindOf(model int) edsKind {
	kind := edsKind{size: 0x60, settings: 0x40, seconds: 0x3C, alarms: []int{0x36, 0x3A, 0x3B}}
	switch model {
	case 0x80, 0x82:
		kind = edsKind{size: 0xA0, settings: 0x70, seconds: 0x2C, alarms: []int{0x2A, 0x2B}, search: 0x9A, channels: 8}
	case 0x83, 0x85:
		kind = edsKind{size: 0xA0, settings: 0x70, seconds: 0x2C, alarms: []int{0x2A, 0x2B}, search: 0x9A, channels: 4}
	case 0x90:
		kind = edsKind{size: 0x60, settings: 0x50, seconds: 0x2C, alarms: []int{0x2A, 0x2B}, search: 0x50, pins: true}
	}
	return kind
}

// NewEDS returns a sensor of a model: 0x68 for an EDS0068.
func NewEDS(rom hw.ROM, clock Clock, model int) *EDS {
	d := &EDS{started: clock.Now(), kind: edsKindOf(model)}
	d.memory, d.pad = make([]byte, d.kind.size), make([]byte, 32)
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
			d.mark(d.clearAlarms)
		}
	}
	d.pass = func() {
		s := uint32(d.clock.Now().Sub(d.started) / time.Second)
		for i := range 4 {
			d.memory[d.kind.seconds+i] = byte(s >> (8 * i))
		}
	}
	d.Alarm = func() (yes bool) {
		d.mark(func() { yes = d.alarmed() })
		return yes
	}
	d.init(rom, clock)
	return d
}

// keep takes what is in the tag and the settings; readings can't be written.
func (d *EDS) keep(at int, p []byte) {
	for i, b := range p {
		if at := at + i; at < 30 || at >= d.kind.settings {
			d.memory[at] = b
		}
	}
	if d.kind.pins {
		d.act()
	}
}

// alarmed tells whether a flag is up that answers the search.
func (d *EDS) alarmed() bool {
	for i, at := range d.kind.alarms {
		flags := d.memory[at]
		if d.kind.search > 0 {
			flags &= d.memory[d.kind.search+i]
		}
		if flags != 0 {
			return true
		}
	}
	return false
}

// clearAlarms takes down the flags, and forgets the extremes of the inputs.
func (d *EDS) clearAlarms() {
	for _, at := range d.kind.alarms {
		d.memory[at] = 0
	}
	for i := range 2 * d.kind.channels {
		d.memory[0x40+i], d.memory[0x50+i] = d.memory[0x30+i], d.memory[0x30+i]
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
