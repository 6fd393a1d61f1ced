// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"owfs/hw"
	"owfs/hw/sim"
)

// Boards are chips of another purpose with something behind them: a barometer
// behind two DS2406, a volt meter that passes for a DS2406, a hygrometer behind a
// DS2438, and displays behind a DS2408.
var (
	outdoors    = []quantity{{"temperature", -40, 85, wave(20, 2, 0.05), 3}, pressure}
	eightInputs = channels(8, quantity{"volt", 0, 5, wave(2.5, 1, 0.01), 0.5})
)

// A board measures what the curves of its kind tell.
type board interface {
	measure(value func(key string) float64)
}

type barometer struct{ *sim.TAI8570 }

func newBarometer(p parts) sim.Slave {
	module := sim.NewMS5534(p.clock, sim.MS5534Example())
	return barometer{sim.NewTAI8570(sim.NewDS2406(p.rom), sim.NewDS2406(p.sibling), module)}
}

func (b barometer) measure(value func(string) float64) {
	b.Set(sim.MS5534Measures(value("pressure"), value("temperature")))
}

// madeUpSibling returns the code of the second DS2406 of a barometer that is not
// told: that of the first one, but for its highest bit.
func madeUpSibling(rom hw.ROM) hw.ROM {
	rom[6] ^= 0x80
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

// readSibling reads which DS2406 is the second one.
func (d *device) readSibling(t *table) {
	if !d.kind.has(keySibling) {
		return
	}
	d.other = madeUpSibling(d.rom)
	if !t.has(keySibling) {
		return
	}
	rom, err := hw.ParseROM(t.text(keySibling))
	switch {
	case err != nil:
		t.fail(keySibling, "is the id of the second DS2406, such as \"%v\"", d.other)
	case rom.Family() != d.kind.family:
		t.fail(keySibling, "a DS2406 has the family %02X, not %02X", d.kind.family, rom.Family())
	default:
		d.other = rom
	}
}

type voltMeter struct {
	*sim.T8A
	inputs []quantity
}

func newVoltMeter(p parts) sim.Slave { return voltMeter{sim.NewT8A(p.rom), eightInputs} }

func (v voltMeter) measure(value func(string) float64) {
	for n, q := range v.inputs {
		v.SetVoltage(n, value(q.key))
	}
}

type hygrometer struct{ *sim.DataNAB }

func newHygrometer(p parts) sim.Slave {
	chip := sim.NewDataNAB(p.rom, p.clock)
	startBattery(chip.DS2438, p.clock)
	return hygrometer{chip}
}

func (h hygrometer) measure(value func(string) float64) {
	h.Measure(value("temperature"), value("humidity"))
}
