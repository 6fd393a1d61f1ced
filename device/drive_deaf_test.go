// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// A deafSlave sees some slots wrongly that all others see right: the bus master
// reads back what it has sent, and does not notice.
type deafSlave struct {
	sim.Slave
	rate float64
	rand *rand.Rand
}

func (d *deafSlave) See(bit byte) {
	if d.rate > 0 && d.rand.Float64() < d.rate {
		bit ^= 1
	}
	d.Slave.See(bit)
}

// deafTimes is how often each is tried.
const deafTimes = 60

// addDeaf puts chips on the line that are as deaf as the returned function says.
func (b *bench) addDeaf(chips ...sim.Slave) (deafness func(rate float64)) {
	random := rand.New(rand.NewPCG(20, 26))
	var all []*deafSlave
	for _, chip := range chips {
		d := &deafSlave{Slave: chip, rand: random}
		all = append(all, d)
		b.wire.Add(d)
	}
	return func(rate float64) {
		for _, d := range all {
			d.rate = rate
		}
	}
}

// deafReads does many reads of a deaf chip, each as the first one. None may give
// another value.
func (b *bench) deafReads(t *testing.T, deafness func(rate float64), rom hw.ROM, rate float64, paths ...string) {
	t.Helper()
	for _, path := range paths {
		want, good := b.read(t, rom, path), 0
		deafness(rate)
		for range deafTimes {
			b.forget(rom)
			switch got, err := b.tryRead(rom, path); {
			case err == nil && !got.Equal(want):
				t.Errorf("%s of a deaf chip is %s, want %s", path, show(got), show(want))
			case err == nil:
				good++
			case !hw.IsLine(err) && !errors.Is(err, errors.ErrUnsupported):
				t.Errorf("%s of a deaf chip: %v, which is not the line's", path, err)
			}
		}
		deafness(0)
		if good < deafTimes/10 {
			t.Errorf("%s: only %d of %d reads came through", path, good, deafTimes)
		}
	}
}

// deafWrites does many writes to a deaf chip. What is said to be written must be.
func (b *bench) deafWrites(t *testing.T, deafness func(rate float64), rom hw.ROM, rate float64, path string, values []device.Value, holds func(v device.Value) bool) {
	t.Helper()
	good := 0
	deafness(rate)
	defer deafness(0)
	for i := range deafTimes {
		v := values[i%len(values)]
		switch err := b.tryWrite(rom, path, v); {
		case err == nil && !holds(v):
			t.Errorf("%s of a deaf chip was said to be written, but is not %s", path, show(v))
		case err == nil:
			good++
		case !hw.IsLine(err):
			t.Errorf("writing %s of a deaf chip: %v, which is not the line's", path, err)
		}
	}
	if good < deafTimes/10 {
		t.Errorf("%s: only %d of %d writes came through", path, good, deafTimes)
	}
}

func TestDeafBarometer(t *testing.T) {
	b, writer, reader := newBench(), serialROM(0x12, 0x4134EE), serialROM(0x12, 0x3441D0)
	module := sim.NewTAI8570(sim.NewDS2406(writer), sim.NewDS2406(reader), sim.NewMS5534(b.clock, ms5540Example()))
	module.Set(16460, 27856)
	deafness := b.addDeaf(module.Writer, module.Reader)
	b.deafReads(t, deafness, writer, 1./10000, "TAI8570/C.ALL", "TAI8570/D1", "TAI8570/D2")
	b.deafReads(t, deafness, reader, 1./10000, "TAI8570/pressure")
}

func TestDeafVoltMeter(t *testing.T) {
	b, rom := newBench(), testROM(0x12)
	chip := sim.NewT8A(rom)
	chip.SetVoltage(5, 3.21)
	chip.SetVoltage(4, 1.2)
	b.deafReads(t, b.addDeaf(chip), rom, 1./500, "T8A/volt.5")
}

func TestDeafCounter(t *testing.T) {
	b, rom := newBench(), testROM(0x1D)
	chip := sim.NewDS2423(rom)
	chip.SetCounter(14, 1000)
	chip.SetCounter(15, 1001)
	b.deafReads(t, b.addDeaf(chip), rom, 1./500, "mincount")
}

func TestDeafDisplays(t *testing.T) {
	for name, wire := range map[string]func(*sim.HD44780, *sim.DS2408){
		"LCD_H": (*sim.HD44780).WireHobbyBoards, "LCD_M": (*sim.HD44780).WireMaxim,
	} {
		b, rom := newBench(), testROM(0x29)
		chip, lcd := sim.NewDS2408(rom), sim.NewHD44780(b.clock)
		wire(lcd, chip)
		values := []device.Value{device.Text("ab"), device.Text("xyz")}
		b.deafWrites(t, b.addDeaf(chip), rom, 1./2000, name+"/message", values, func(v device.Value) bool {
			return strings.TrimRight(lcd.Text(0, 0x28), " ") == string(v.Bytes())
		})
	}
}

func TestDeafTrim(t *testing.T) {
	b, rom := newBench(), serialROM(0x28, 0x600000)
	chip := sim.NewDS18B20(rom, b.clock, warm)
	deafness := b.addDeaf(chip)
	b.deafReads(t, deafness, rom, 1./2000, "errata/trim")
	values := []device.Value{device.Int(0xBB25), device.Int(0xDC00)}
	b.deafWrites(t, deafness, rom, 1./1000, "errata/trim", values, func(v device.Value) bool {
		first, second := chip.Trim()
		return int64(second)<<8|int64(first) == v.Int()
	})
}
