// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"math"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func TestCMC(t *testing.T) {
	for _, x := range []struct {
		family  byte
		reading uint16
		name    string
		want    device.Value
	}{
		{0xA0, 1500, "RPM", device.Int(1500)},
		{0xA0, 0xFFF0, "RPM", device.Int(-16)},
		{0xA0, 0xFFF0, "reading", device.Int(0xFFF0)},
		{0xA2, 1234, "current", device.Num(12.34)},
		{0xB2, 5000, "current", device.Num(0.01)},
		{0xB2, 5000, "volts", device.Num(5)},
		{0xA5, 0x0C05, "switch_closed.BYTE", device.Bits(5)},
		{0xA5, 0x0CA5, "loop_shorted.BYTE", device.Bits(10)},
		{0xA5, 0x0CA5, "switch", device.Int(5)},
		{0xA5, 0x0CA5, "shorted", device.Int(10)},
	} {
		b, rom := newBench(), testROM(x.family)
		chip := sim.NewCMC(rom)
		b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
		chip.SetReadings(x.reading)
		b.want(t, rom, x.name, x.want)
		b.noisyReads(t, rom, x.name)
		b.wire.Remove(chip)
		if _, err := b.tryRead(rom, x.name); !hw.IsLine(err) {
			t.Errorf("%s of a sensor that has left: %v", x.name, err)
		}
	}
}

// shelved is a chip of a family that no code leads to.
func (b *bench) shelved(t *testing.T, kind string, rom hw.ROM) *benchChip {
	for _, f := range b.table.Shelved() {
		if f.Type == kind {
			return &benchChip{b, rom, f}
		}
	}
	t.Fatalf("there is no %s", kind)
	return nil
}

func TestCMCInfrared(t *testing.T) {
	b, rom := newBench(), testROM(0xA6)
	chip := sim.NewCMC(rom)
	b.wire.Add(chip)
	c := b.shelved(t, "mTS017", rom)
	read := func(name string) (float64, error) {
		p, _ := c.family.Property(name)
		v, err := c.readDriver(t.Context(), p, device.Element{})
		return math.Round(v.Num()*10) / 10, err
	}
	// Bit 14 is the kind, bit 15 that both come in turn; -5.0 °C is -50.
	chip.SetReadings(0x8000|253, 0xC000|(0x3FFF&-50))
	for range 2 {
		if got, err := read("object"); got != 25.3 || err != nil {
			t.Errorf("object is %v, %v, want 25.3", got, err)
		}
		if got, err := read("ambient"); got != -5 || err != nil {
			t.Errorf("ambient is %v, %v, want -5", got, err)
		}
	}
	chip.SetReadings(253)
	_, err := read("ambient")
	wantErr(t, "a sensor for objects only", err, errors.ErrUnsupported)
}

func TestCMCVibration(t *testing.T) {
	b, rom := newBench(), testROM(0xA1)
	chip := sim.NewCMC(rom)
	b.wire.Add(chip)
	c := b.shelved(t, "mVM001", rom)
	p, _ := c.family.Property("configure/read_mode")
	for _, mode := range []int64{1, 2, 4} {
		if err := c.writeDriver(t.Context(), p, device.Element{}, device.Int(mode)); err != nil || int64(chip.Config(0x80)) != mode {
			t.Errorf("the mode is %d, %v, want %d", chip.Config(0x80), err, mode)
		}
	}
	wantErr(t, "mode 3", c.writeDriver(t.Context(), p, device.Element{}, device.Int(3)), syscall.ERANGE)
}
