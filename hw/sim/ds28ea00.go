// SPDX-License-Identifier: Apache-2.0

package sim

import "owfs/hw"

// A DS28EA00 is an emulated thermometer with two pins, which can also form a
// chain that tells in what order the chips sit on the line, from its data sheet
// (19-4888, 29 pages): memory page 8, PIO pages 11 and 12, chain pages 10 and
// 12, protocol page 29.
type DS28EA00 struct {
	thermometer
	pins  pins // A is bit 0, B bit 1
	chain byte
	prior *DS28EA00
}

// The states of the chain, named by the bytes that set them (page 12).
const (
	chainOff  = 0x3C
	chainOn   = 0x5A
	chainDone = 0x96
)

// NewDS28EA00 returns a thermometer at power-on, as NewDS18B20 does, with both
// outputs off, both pins high and the chain off.
func NewDS28EA00(rom hw.ROM, clock Clock, temp func() float64) *DS28EA00 {
	d := &DS28EA00{chain: chainOff}
	d.pins.latch = 3
	d.CanOverdrive = true
	d.twelveBit()
	d.more = d.commands
	d.ConditionalRead = d.inTurn
	d.init(rom, clock, temp)
	return d
}

// SetPins says which pins something outside pulls low: A is bit 0, B is bit 1.
func (d *DS28EA00) SetPins(low byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.setOutside(low & 3)
}

// Latches returns the output latches; 0 is an output that conducts.
func (d *DS28EA00) Latches() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.latch
}

// Follow wires the PIOA of prior to the PIOB of d. The first chip of a chain
// has its PIOB at ground: SetPins(2).
func (d *DS28EA00) Follow(prior *DS28EA00) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.prior = prior
}

// levels returns the levels of the pins. In the chain, A is high in the state
// on and low in the state done.
func (d *DS28EA00) levels() byte {
	d.mu.Lock()
	prior, level, chain := d.prior, d.pins.level(), d.chain
	d.mu.Unlock()
	switch chain {
	case chainOn:
		level |= 1
	case chainDone:
		level &^= 1
	}
	if prior != nil && prior.levels()&1 == 0 {
		level &^= 2
	}
	return level
}

// inTurn tells whether the chip answers a Conditional Read ROM: the chain is on
// and PIOB (EN) is low.
func (d *DS28EA00) inTurn() bool {
	level := d.levels()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.chain == chainOn && level&2 == 0
}

func (d *DS28EA00) commands(io *IO, command byte, _ [8]byte) {
	switch command {
	case 0xF5: // PIO Access Read
		for {
			io.Write(d.status())
		}
	case 0xA5: // PIO Access Write
		for d.state() == chainOff {
			b := io.Read()
			if io.Read() != ^b {
				return // and the master reads FF
			}
			d.mu.Lock()
			d.pins.setLatch(b & 3)
			d.mu.Unlock()
			io.Write(0xAA)
			io.Write(d.status())
		}
	case 0x99: // Chain
		b := io.Read()
		ok := io.Read() == ^b && (b == chainOff || b == chainOn || b == chainDone)
		if ok {
			d.mu.Lock()
			d.chain = b
			d.mu.Unlock()
		}
		for {
			if ok {
				io.Write(0xAA)
			} else {
				io.Write(0)
			}
		}
	}
}

func (d *DS28EA00) state() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.chain
}

// status is pin A, latch A, pin B, latch B and the complement of these four
// bits (page 11). In the chain both latches read 1.
func (d *DS28EA00) status() byte {
	level := d.levels()
	d.mu.Lock()
	defer d.mu.Unlock()
	latch := d.pins.latch
	if d.chain != chainOff {
		latch = 3
	}
	b := level&1 | latch&1<<1 | level&2<<1 | latch&2<<2
	return b | ^b<<4
}

// PowerOn is what a loss of power does.
func (d *DS28EA00) PowerOn() {
	d.thermometer.PowerOn()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pins.setLatch(3)
	d.chain = chainOff
}
