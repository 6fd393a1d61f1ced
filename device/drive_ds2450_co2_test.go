// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"testing"

	"owfs/device"
)

func TestCO2(t *testing.T) {
	b, rom, chip := newDS2450(false)
	for _, one := range []struct {
		volts   [4]float64
		ppm     int64
		well    float64
		powered bool
	}{
		{[4]float64{0.4, 3.2, 0, 5}, 400, 1, true},
		{[4]float64{4.999, 3.01, 5, 4.51}, 4999, 1, true},
		{[4]float64{0, 2.98, 0, 4.4}, 0, 0, false},
		{[4]float64{1.5, 3.42, 0, 0}, 1500, 0, false},
	} {
		for i, volts := range one.volts {
			chip.SetVoltage(i, volts)
		}
		b.want(t, rom, "CO2/ppm", device.Int(one.ppm))
		b.want(t, rom, "CO2/status", device.Num(one.well))
		b.want(t, rom, "CO2/Vdd", device.Flag(one.powered))
	}
	b.noisyReads(t, rom, "CO2/ppm", "CO2/Vdd")
}
