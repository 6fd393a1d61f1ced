// SPDX-License-Identifier: Apache-2.0

package ds2482_test

import (
	"testing"
	"testing/synctest"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/ds2482"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2482"
)

// A rig is an emulated I²C bus with one chip, and the channel under test.
type rig struct {
	i2c   *chip.Bus
	chip  *chip.Chip
	lines [8]*sim.Line
	line  *sim.Line // of the channel
	found []ds2482.Found
	bus   *ds2482.Bus
}

// connect builds a rig with a channel of a chip of some kind at 18h.
func connect(t *testing.T, kind ds2482.Kind, channel int, opts ds2482.Options) *rig {
	t.Helper()
	r := &rig{i2c: chip.NewBus(hw.Wall{})}
	r.i2c.Hertz = 100_000
	for i := range r.lines {
		r.lines[i] = sim.NewLine(hw.Wall{})
		t.Cleanup(func() { r.lines[i].Close() })
	}
	switch kind {
	case ds2482.DS2482x100:
		r.chip = chip.New100(r.lines[0])
	case ds2482.DS2482x800:
		r.chip = chip.New800(r.lines)
	case ds2482.DS2483:
		r.chip = chip.NewDS2483(r.lines[0])
	}
	r.i2c.Put(0x18, r.chip)
	r.line = r.lines[channel]
	r.found = ds2482.On("/dev/i2c-9", ds2482.Place{Address: 0x18, Kind: kind}, opts, func() (ds2482.I2C, error) { return r.i2c, nil })
	r.bus = r.open(t, channel)
	t.Cleanup(func() {
		if n := r.chip.Odd(); n != 0 {
			t.Errorf("%d commands had no meaning to the chip", n)
		}
	})
	return r
}

func (r *rig) open(t *testing.T, channel int) *ds2482.Bus {
	t.Helper()
	bus, err := r.found[channel].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus.(*ds2482.Bus)
}

// virtual runs a test in virtual time.
func virtual(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func romOf(t *testing.T, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func thermometer(t *testing.T, line *sim.Line, name string, celsius float64) *sim.DS18B20 {
	t.Helper()
	c := sim.NewDS18B20(romOf(t, name), line.Clock(), func() float64 { return celsius })
	line.Add(c)
	return c
}

// present resets the line, on which somebody must be.
func present(t *testing.T, bus hw.Bus) {
	t.Helper()
	if there, err := bus.Reset(t.Context()); err != nil || !there {
		t.Fatal(there, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContract100(t *testing.T)  { contract(t, ds2482.DS2482x100, 0) }
func TestContract800(t *testing.T)  { contract(t, ds2482.DS2482x800, 5) }
func TestContract2483(t *testing.T) { contract(t, ds2482.DS2483, 0) }

func contract(t *testing.T, kind ds2482.Kind, channel int) {
	bustest.RunVirtual(t, func(t *testing.T) (hw.Bus, *sim.Line) {
		r := connect(t, kind, channel, ds2482.Options{})
		return r.bus, r.line
	})
}
