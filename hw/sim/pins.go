// SPDX-License-Identifier: Apache-2.0

package sim

// Pins are open-drain channels with a pull-up resistor, as the switch chips
// have them: the transistor of a channel whose latch is 0 conducts, and
// anything else on the pin can pull it low too. An activity latch is set when
// its pin changes (DS2408 data sheet page 10, DS2406 page 15).
type pins struct {
	latch    byte // 1: the transistor does not conduct
	outside  byte // 1: a circuit outside holds the pin low
	activity byte
}

func (p *pins) level() byte { return p.latch &^ p.outside }

func (p *pins) setLatch(b byte)   { p.change(func() { p.latch = b }) }
func (p *pins) setOutside(b byte) { p.change(func() { p.outside = b }) }

func (p *pins) change(f func()) {
	before := p.level()
	f()
	p.activity |= before ^ p.level()
}
