// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw/sim"
)

func TestDS2890(t *testing.T) {
	b, rom := newBench(), testROM(0x2C)
	chip := sim.NewDS2890(rom)
	b.wire.Add(chip)
	for _, n := range []int64{255, 0, 17} {
		b.write(t, rom, "wiper", device.Int(n))
		b.want(t, rom, "wiper", device.Int(n))
		b.write(t, rom, "chargepump", device.Flag(n == 17))
		b.want(t, rom, "chargepump", device.Flag(n == 17))
	}
	if position, control := chip.State(); position != 17 || control != 0x4C {
		t.Errorf("the chip is at %d, %X", position, control)
	}
	wantErr(t, "wiper", b.tryWrite(rom, "wiper", device.Int(256)), syscall.ERANGE)
	b.noisyReads(t, rom, "wiper", "chargepump")
	values := []device.Value{device.Int(1), device.Int(200)}
	b.noisyWrites(t, rom, "wiper", values, func(v device.Value) bool {
		position, _ := chip.State()
		return int64(position) == v.Int()
	})
}

func TestDS2436(t *testing.T) {
	b, rom := newBench(), testROM(0x1B)
	chip := sim.NewDS2436(rom)
	b.wire.Add(chip)
	for _, v := range [][2]float64{{7.25, 21.5}, {4, -10.03125}} {
		chip.Measure(v[0], v[1])
		b.want(t, rom, "volts", device.Num(v[0]))
		b.want(t, rom, "temperature", device.Num(v[1]))
	}
	b.write(t, rom, "counter/increment", device.Flag(true))
	b.write(t, rom, "counter/increment", device.Flag(false))
	b.want(t, rom, "counter/cycles", device.Int(1))
	b.write(t, rom, "counter/reset", device.Flag(true))
	b.want(t, rom, "counter/cycles", device.Int(0))
	b.noisyReads(t, rom, "volts", "temperature")
}
