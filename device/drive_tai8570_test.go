// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"fmt"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// ms5540Example is the calibration of the example in the data sheet of the
// MS5540C (DA5540C, figure 3, page 10).
func ms5540Example() [4]uint16 { return [4]uint16{46940, 40217, 25172, 47212} }

func newTAI8570() (b *bench, writer, reader hw.ROM, module *sim.TAI8570) {
	b = newBench()
	writer, reader = serialROM(0x12, 0x4134EE), serialROM(0x12, 0x3441D0)
	module = sim.NewTAI8570(sim.NewDS2406(writer), sim.NewDS2406(reader), sim.NewMS5534(b.clock, ms5540Example()))
	b.wire.Add(module.Writer, module.Reader)
	return b, writer, reader, module
}

func TestTAI8570(t *testing.T) {
	b, writer, reader, module := newTAI8570()
	module.Set(16460, 27856)
	b.want(t, writer, "TAI8570/sibling", device.Text(fmt.Sprintf("%X", reader[:])))
	b.want(t, reader, "TAI8570/sibling", device.Text(fmt.Sprintf("%X", writer[:])))
	for _, rom := range []hw.ROM{writer, reader} {
		b.want(t, rom, "TAI8570/C.ALL", device.List(device.Int(23470), device.Int(1324), device.Int(737),
			device.Int(393), device.Int(628), device.Int(25)))
		b.want(t, rom, "TAI8570/D1", device.Int(16460))
		b.want(t, rom, "TAI8570/D2", device.Int(27856))
		b.near(t, rom, "TAI8570/temperature", 39.1, 0.05)
		b.near(t, rom, "TAI8570/pressure", 971.6, 0.1)
		b.near(t, rom, "TAI8570/DA5534/temperature", 39.1, 0.05) // nothing to correct
		b.near(t, rom, "TAI8570/DA5534/pressure", 971.6, 0.1)
		b.near(t, rom, "TAI8570/DA5540/temperature", 39.1, 0.05)
		b.near(t, rom, "TAI8570/DA5540/pressure", 971.6, 0.1)
	}
	b.want(t, writer, "PIO.BYTE", device.Bits(0)) // nothing conducts when nothing is measured
	b.want(t, reader, "PIO.BYTE", device.Bits(0))
	for _, one := range [][2]uint16{{1, 0xFFFE}, {0x8000, 0x5555}, {0xAAAA, 0x0001}} {
		module.Set(one[0], one[1])
		b.want(t, reader, "TAI8570/D1", device.Int(int64(one[0])))
		b.want(t, reader, "TAI8570/D2", device.Int(int64(one[1])))
	}
}

// Figure 5 of the data sheet, by hand. D2 = 23000: dT = -2248, TEMP = 35.4, T2 =
// 539 * 164.6² / 2²⁰ = 13.9; OFF = 5361.3, SENS = 46428.1, X = 20969.8, P = 9053.1,
// P2 = 3 * 13.9 * 5553 / 2¹⁴ = 14.2.
// D2 = 29000: dT = 3752, TEMP = 474.8, T2 = 147 * 24.8² / 2²⁰ = 0.1.
func TestTAI8570Cold(t *testing.T) {
	b, rom, _, module := newTAI8570()
	module.Set(16460, 23000)
	b.near(t, rom, "TAI8570/temperature", 3.54, 0.01)
	b.near(t, rom, "TAI8570/DA5540/temperature", 3.54-1.39, 0.01)
	b.near(t, rom, "TAI8570/pressure", 905.31, 0.01)
	b.near(t, rom, "TAI8570/DA5540/pressure", 905.31-1.42, 0.01)
	// dT becomes -2248 - 77.1, and TEMP 200 - 2325.1 * 75 / 1024 - 2325.1 / 256.
	b.near(t, rom, "TAI8570/DA5534/temperature", 2.06, 0.01)
	module.Set(16460, 29000)
	b.near(t, rom, "TAI8570/temperature", 47.48, 0.01)
	b.near(t, rom, "TAI8570/DA5540/temperature", 47.47, 0.01)
}

func TestTAI8570Noise(t *testing.T) {
	b, writer, reader, module := newTAI8570()
	module.Set(16460, 27856)
	b.noisyReads(t, writer, "TAI8570/sibling")
	for _, rom := range []hw.ROM{writer, reader} {
		for _, path := range []string{"TAI8570/D1", "TAI8570/C.ALL", "TAI8570/pressure"} {
			want := b.read(t, rom, path)
			good := 0
			for i := range 60 {
				b.forget(rom)
				b.noise(3000, uint64(i))
				got, err := b.tryRead(rom, path)
				switch {
				case err != nil && !hw.IsLine(err) && !errors.Is(err, errors.ErrUnsupported):
					t.Fatalf("%s: %v, which is not the line's", path, err)
				case err == nil && !got.Equal(want):
					t.Fatalf("%s is %s with noise, %s without", path, show(got), show(want))
				case err == nil:
					good++
				}
			}
			b.noise(0, 0)
			if good == 0 {
				t.Errorf("%s: no read came through", path)
			}
		}
	}
}

func TestTAI8570Others(t *testing.T) {
	b, writer, _, module := newTAI8570()
	other := testROM(0x12)
	b.wire.Add(sim.NewDS2406(other))
	for _, path := range []string{"TAI8570/sibling", "TAI8570/C.0", "TAI8570/D1", "TAI8570/pressure", "TAI8570/DA5540/temperature"} {
		_, err := b.tryRead(other, path)
		wantErr(t, path+" of a switch", err, errors.ErrUnsupported)
	}
	module.Set(0, 0xFFFF) // nobody at DOUT
	for _, path := range []string{"TAI8570/D1", "TAI8570/D2", "TAI8570/pressure"} {
		_, err := b.tryRead(writer, path)
		wantErr(t, path+" without a module", err, hw.ErrVerify)
	}
	b.wire.Remove(module.Reader)
	_, err := b.tryRead(writer, "TAI8570/D1")
	if !hw.IsLine(err) {
		t.Errorf("without the reader: %v", err)
	}
}
