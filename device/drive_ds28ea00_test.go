// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw/sim"
)

func TestDS28EA00Switches(t *testing.T) {
	b, rom := newBench(), testROM(0x42)
	chip := sim.NewDS28EA00(rom, b.clock, func() float64 { return 20 })
	b.wire.Add(chip)
	for bits := range uint64(4) {
		for _, name := range []string{"PIO", "latch"} {
			b.write(t, rom, name+".BYTE", device.Bits(3-bits))
			b.write(t, rom, name+".BYTE", device.Bits(bits))
			b.want(t, rom, "PIO.BYTE", device.Bits(bits))
			b.want(t, rom, "latch.BYTE", device.Bits(bits))
			if got := chip.Latches(); uint64(got) != 3-bits {
				t.Errorf("with %s %d the latches are %d", name, bits, got)
			}
			b.want(t, rom, "sensed.BYTE", device.Bits(3-bits))
		}
	}
	b.write(t, rom, "PIO.ALL", device.List(device.Flag(false), device.Flag(false)))
	chip.SetPins(1)
	b.want(t, rom, "sensed.ALL", device.List(device.Flag(false), device.Flag(true)))
	b.want(t, rom, "piostate", device.Int(0x0E))
	b.write(t, rom, "PIO.B", device.Flag(true)) // A is low, but not by its switch
	if got := chip.Latches(); got != 1 {
		t.Errorf("the latches are %d, want 1", got)
	}
	wantErr(t, "PIO", b.tryWrite(rom, "PIO.BYTE", device.Bits(4)), syscall.ERANGE)

	b.wantCost(t, "reading the pins", 1, 88, func() { b.read(t, rom, "sensed.BYTE") })
	b.wantCost(t, "switching", 1, 96+16, func() { b.write(t, rom, "PIO.BYTE", device.Bits(0)) })
	b.noisyReads(t, rom, "piostate", "PIO.BYTE", "latch.BYTE", "sensed.BYTE")
	b.noisyWrites(t, rom, "PIO.BYTE", []device.Value{device.Bits(1), device.Bits(2), device.Bits(3), device.Bits(0)},
		func(v device.Value) bool { return uint64(chip.Latches()) == 3-v.Bits() })
}

func TestDS28EA00Thermometer(t *testing.T) {
	b, rom := newBench(), testROM(0x42)
	celsius := 0.
	chip := sim.NewDS28EA00(rom, b.clock, func() float64 { return celsius })
	b.wire.Add(chip)
	for _, celsius = range []float64{85, 21.0625, -10.125, 125, -55} {
		b.want(t, rom, "temperature", device.Num(celsius))
		b.near(t, rom, "fasttemp", celsius, 0.5)
		for path, step := range map[string]float64{"temperature9": 0.5, "temperature10": 0.25, "temperature11": 0.125, "temperature12": 0.0625} {
			b.near(t, rom, path, celsius, step)
		}
		b.write(t, rom, "tempres", device.Int(12))
		b.read(t, rom, "temperature12")
		b.want(t, rom, "latesttemp", device.Num(celsius))
	}
	b.write(t, rom, "temphigh", device.Num(33))
	b.write(t, rom, "templow", device.Num(-7))
	b.want(t, rom, "temphigh", device.Num(33))
	b.want(t, rom, "templow", device.Num(-7))
	b.want(t, rom, "power", device.Flag(true))
	celsius = 21.0625
	b.noisyReads(t, rom, "temperature", "latesttemp", "temphigh", "templow", "tempres")
}
