// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// What a thermometer has after power-on was measured by nobody, and is no latest
// temperature: 85 °C (DS18B20 page 6, DS18S20 page 5, DS1825 page 6). 85 °C that
// was measured is.
func TestLatestAfterPowerOn(t *testing.T) {
	type chip interface {
		sim.Slave
		PowerOn()
	}
	celsius := 21.5
	now := func() float64 { return celsius }
	for _, kind := range []struct {
		name   string
		family byte
		chip   func(hw.ROM, sim.Clock) chip
	}{
		{"DS18S20", 0x10, func(r hw.ROM, c sim.Clock) chip { return sim.NewDS18S20(r, c, now) }},
		{"DS1822", 0x22, func(r hw.ROM, c sim.Clock) chip { return sim.NewDS1822(r, c, now) }},
		{"DS18B20", 0x28, func(r hw.ROM, c sim.Clock) chip { return sim.NewDS18B20(r, c, now) }},
		{"DS28EA00", 0x42, func(r hw.ROM, c sim.Clock) chip { return sim.NewDS28EA00(r, c, now) }},
		{"DS1825", 0x3B, func(r hw.ROM, c sim.Clock) chip { return sim.NewDS1825(r, c, 3, now) }},
	} {
		t.Run(kind.name, func(t *testing.T) {
			b, rom := newBench(), testROM(kind.family)
			chip := kind.chip(rom, b.clock)
			b.wire.Add(chip)
			want := func(when, property string) {
				t.Helper()
				_, err := b.tryRead(rom, property)
				wantErr(t, when, err, syscall.EAGAIN)
			}
			want("at first", "latesttemp")
			for _, celsius = range []float64{21.5, 85, 20} {
				b.want(t, rom, "temperature", device.Num(celsius))
				b.want(t, rom, "latesttemp", device.Num(celsius))
			}
			chip.PowerOn()
			want("after power-on", "latesttemp")
			b.want(t, rom, "temperature", device.Num(20))
			b.want(t, rom, "latesttemp", device.Num(20))
		})
	}
}
