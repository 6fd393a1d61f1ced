// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"fmt"
	"math"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

var ds2450Volts = [4]float64{0.1, 1.25, 2.5, 0}

func newDS2450(parasite bool) (*bench, hw.ROM, *sim.DS2450) {
	b, rom := newBench(), testROM(0x20)
	chip := sim.NewDS2450(rom, b.clock)
	chip.SetParasite(parasite)
	for i, volts := range ds2450Volts {
		chip.SetVoltage(i, volts)
	}
	b.wire.Add(chip)
	return b, rom, chip
}

func (b *bench) nearAll(t *testing.T, rom hw.ROM, path string, want [4]float64, tolerance float64) {
	t.Helper()
	for i, v := range b.read(t, rom, path+".ALL").List() {
		if math.Abs(v.Num()-want[i]) > tolerance {
			t.Errorf("%s.%c is %v, want %v ± %v", path, 'A'+i, v.Num(), want[i], tolerance)
		}
	}
}

func TestDS2450Volts(t *testing.T) {
	for _, parasite := range []bool{true, false} {
		b, rom, chip := newDS2450(parasite)
		if !parasite {
			b.write(t, rom, "power", device.Flag(true))
			b.want(t, rom, "power", device.Flag(true))
		}
		for path, tolerance := range map[string]float64{
			"volt": 0.0002, "volt2": 0.0001, "8bit/volt": 0.021, "8bit/volt2": 0.011,
		} {
			b.nearAll(t, rom, path, ds2450Volts, tolerance)
			latest := map[string]string{
				"volt": "latestvolt", "volt2": "latestvolt2", "8bit/volt": "8bit/latestvolt", "8bit/volt2": "8bit/latestvolt2",
			}[path]
			chip.SetVoltage(0, 2)
			b.nearAll(t, rom, latest, ds2450Volts, tolerance)
			chip.SetVoltage(0, ds2450Volts[0])
		}
		chip.SetVoltage(1, 5.1)
		b.read(t, rom, "volt.B")
		// A cache would know power.
		b.wantCost(t, "reading volts", 3, (72+24+8*6)+(72+24+16)+(72+24+160), func() {
			if v := b.read(t, rom, "volt.B").Num(); math.Abs(v-5.1) > 0.001 {
				t.Errorf("volt.B is %v, want 5.1", v)
			}
		})
		b.wantCost(t, "reading latest volts", 1, 72+24+80, func() { b.read(t, rom, "latestvolt.B") })
		b.noisyReads(t, rom, "volt.ALL", "latestvolt.ALL", "8bit/volt2.ALL", "power")
	}
}

func TestDS2450Settings(t *testing.T) {
	b, rom, chip := newDS2450(false)
	for i := range 4 {
		pio := fmt.Sprintf("PIO.%c", 'A'+i)
		b.want(t, rom, pio, device.Flag(false))
		for _, on := range []bool{true, false, true} {
			b.write(t, rom, pio, device.Flag(on))
			b.want(t, rom, pio, device.Flag(on))
			if chip.Output(i) != on {
				t.Errorf("output %d is %v, want %v", i, chip.Output(i), on)
			}
		}
	}
	b.write(t, rom, "PIO.ALL", device.List(device.Flag(true), device.Flag(false), device.Flag(false), device.Flag(false)))
	b.read(t, rom, "volt.ALL")
	b.want(t, rom, "PIO.A", device.Flag(true)) // a reading does not switch

	for path, step := range map[string]float64{
		"set_alarm/volthigh": 0.02, "set_alarm/voltlow": 0.02, "set_alarm/volt2high": 0.01, "set_alarm/volt2low": 0.01,
	} {
		for _, n := range []float64{0, 1, 100, 255} {
			b.write(t, rom, path+".B", device.Num(n*step))
			b.near(t, rom, path+".B", n*step, 1e-9)
		}
		for _, bad := range []float64{-step, 256 * step, math.NaN(), math.Inf(1)} {
			wantErr(t, path, b.tryWrite(rom, path+".B", device.Num(bad)), syscall.ERANGE)
		}
	}
	for _, path := range []string{"set_alarm/high.C", "set_alarm/low.C", "alarm/high.C", "alarm/low.C"} {
		for _, on := range []bool{false, true, false} {
			b.write(t, rom, path, device.Flag(on))
			b.want(t, rom, path, device.Flag(on))
		}
	}
	b.write(t, rom, "set_alarm/unset", device.Flag(false))
	for i := 9; i < 16; i += 2 {
		if chip.Memory()[i]&0x80 != 0 {
			t.Errorf("the power-on flag in byte %02X is still set", i)
		}
	}
	wantErr(t, "unset can't be set", b.tryWrite(rom, "set_alarm/unset", device.Flag(true)), syscall.EINVAL)

	chip.SetVoltage(3, 4)
	b.write(t, rom, "set_alarm/volthigh.D", device.Num(3))
	b.write(t, rom, "set_alarm/high.D", device.Flag(true))
	b.read(t, rom, "volt.D")
	b.want(t, rom, "alarm/high.D", device.Flag(true))
	chip.SetVoltage(3, 2)
	b.read(t, rom, "volt.D")
	b.want(t, rom, "alarm/high.D", device.Flag(false))

	b.write(t, rom, "pages/page.2", device.Bytes([]byte{1, 2, 3, 4, 5, 6, 7, 8}))
	b.want(t, rom, "pages/page.2", device.Bytes([]byte{1, 2, 3, 4, 5, 6, 7, 8}))
	if got := b.read(t, rom, "memory").Bytes(); len(got) != 32 || string(got[8:24]) != string(chip.Memory()[8:24]) {
		t.Errorf("memory is % X, want % X", got, chip.Memory())
	}
	wantErr(t, "9 bytes", b.tryWrite(rom, "pages/page.2", device.Bytes(make([]byte, 9))), syscall.ERANGE)

	b.noisyReads(t, rom, "PIO.A", "set_alarm/volthigh.B", "set_alarm/high.C", "pages/page.1", "alarm/low.A")
	b.noisyWrites(t, rom, "PIO.B", []device.Value{device.Flag(true), device.Flag(false)},
		func(v device.Value) bool { return chip.Output(1) == v.Flag() })
}
