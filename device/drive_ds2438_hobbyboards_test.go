// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"math"
	"syscall"
	"testing"

	"owfs/device"
)

func TestB1R1A(t *testing.T) {
	b, rom, chip := newDS2438()
	chip.SetVoltages(5, 2, 0)
	b.near(t, rom, "B1-R1-A/gain", 21.739, 0.001) // 46 mV for a kPa
	b.want(t, rom, "B1-R1-A/offset", device.Num(904.7))
	b.near(t, rom, "B1-R1-A/pressure", 948.2, 0.2) // 28 inHg at 2 V

	b.write(t, rom, "B1-R1-A/gain", device.Num(22.5))
	b.write(t, rom, "B1-R1-A/offset", device.Num(-20.05))
	b.write(t, rom, "S3-R1-A/gain", device.Num(6553.5))
	if got := [8]byte(chip.Page(3)); got != [8]byte{0, 0, 0xFF, 0xFF, 0xE4, 0x57, 0x6F, 0xFE} {
		t.Errorf("page 3 is % X", got)
	}
	b.want(t, rom, "B1-R1-A/gain", device.Num(22.5))
	b.near(t, rom, "B1-R1-A/offset", -20.05, 1e-9)
	b.near(t, rom, "B1-R1-A/pressure", 2*22.5-20.05, 0.25)
	b.write(t, rom, "B1-R1-A/offset", device.Num(0))
	b.want(t, rom, "B1-R1-A/offset", device.Num(904.7))
	for path, bad := range map[string][]float64{
		"B1-R1-A/gain":   {-1, 65.536, 0.0004, math.NaN(), math.Inf(1)},
		"B1-R1-A/offset": {1638.4, -1638.45, 0.02, math.NaN()},
		"S3-R1-A/gain":   {-0.1, 6553.6, 0.04},
	} {
		for _, v := range bad {
			wantErr(t, path, b.tryWrite(rom, path, device.Num(v)), syscall.ERANGE)
		}
	}
	b.noisyReads(t, rom, "B1-R1-A/gain", "B1-R1-A/offset", "B1-R1-A/pressure")
	b.noisyWrites(t, rom, "B1-R1-A/offset", []device.Value{device.Num(1), device.Num(-1)}, func(v device.Value) bool {
		p := chip.Page(3)
		return int16(uint16(p[6])|uint16(p[7])<<8) == int16(v.Num()*20)
	})
	b.want(t, rom, "B1-R1-A/gain", device.Num(22.5)) // on the same page
}

// The SFH203P has 9.5 µA at 1000 lx.
func TestS3R1A(t *testing.T) {
	b, rom, chip := newDS2438()
	for _, lux := range []float64{1000, 10000, 50000} {
		chip.SetVoltages(5, 0, lux*9.5e-9*390)
		b.near(t, rom, "S3-R1-A/illuminance", lux, 67) // a step of 1/4096 V
	}
	b.write(t, rom, "S3-R1-A/gain", device.Num(210.5))
	b.want(t, rom, "S3-R1-A/gain", device.Num(210.5))
	b.near(t, rom, "S3-R1-A/illuminance", 50000*9.5e-3*210.5, 67*2)
	chip.SetVoltages(5, 0, -0.01)
	b.want(t, rom, "S3-R1-A/illuminance", device.Num(1))
}

// An HIH-4000 at 5 V gives 0.8 V and 31 mV for each percent, of which the input
// gets 5/85.65.
func TestDataNAB(t *testing.T) {
	b, rom, chip := newDS2438()
	_, err := b.tryRead(rom, "DATANAB/humidity")
	wantErr(t, "the humidity of another sensor", err, errors.ErrUnsupported)
	wantErr(t, "the reset of another sensor", b.tryWrite(rom, "DATANAB/reset", device.Flag(true)), errors.ErrUnsupported)
	b.forget(rom)
	b.write(t, rom, "pages/page.3", device.Text("HUMIDIT3"))
	b.write(t, rom, "offset", device.Int(17))
	b.write(t, rom, "IAD", device.Flag(false))
	chip.SetTemperature(25)
	measure := func(volts float64) { chip.SetVoltages(5, 4.98, volts*4.98/85.65) }

	measure(0.8 + 60*0.031)
	b.near(t, rom, "DATANAB/humidity", 60, 0.3) // steps of 1/4096 V and 10 mV
	b.near(t, rom, "humidity", 60, 0.3)
	b.want(t, rom, "offset", device.Int(0))
	b.want(t, rom, "IAD", device.Flag(true))
	b.noisyReads(t, rom, "DATANAB/humidity")

	b.write(t, rom, "pages/page.6", device.Bytes([]byte{0xAA, 0xAA, 0x21, 0x34, 0x0C, 0xE4})) // 0.85 V and 33 mV
	b.write(t, rom, "offset", device.Int(100))
	b.write(t, rom, "DATANAB/reset", device.Flag(false))
	b.want(t, rom, "offset", device.Int(100))
	b.write(t, rom, "DATANAB/reset", device.Flag(true))
	measure(0.85 + 40*0.033)
	chip.SetTemperature(-15)
	b.near(t, rom, "DATANAB/humidity", 40/(1.0546+0.00216*15), 0.3)
	chip.SetVoltages(5, 0, 0)
	if v, err := b.tryRead(rom, "DATANAB/humidity"); err == nil {
		t.Errorf("without VAD the humidity is %v", v.Num())
	}
}
