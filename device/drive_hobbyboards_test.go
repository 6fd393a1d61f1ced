// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newHobbyBoards(family, kind, major, minor byte) (*bench, hw.ROM, *sim.HobbyBoards) {
	b, rom := newBench(), testROM(family)
	chip := sim.NewHobbyBoards(rom, kind, major, minor)
	b.wire.Add(chip)
	return b, rom, chip
}

func TestHobbyBoardsUVI(t *testing.T) {
	b, rom, chip := newHobbyBoards(0xEE, 1, 1, 5)
	b.want(t, rom, "type", device.Text("HB_UVI_METER"))
	b.want(t, rom, "version", device.Text("1.5"))
	chip.Answer(0x21, 0xF5, 0xFF)
	b.want(t, rom, "temperature", device.Num(-5.5))
	chip.Answer(0x24, 35)
	b.want(t, rom, "UVI/UVI", device.Num(3.5))
	b.noisyReads(t, rom, "UVI/UVI", "temperature", "version")
	chip.Answer(0x24, 0xFF)
	if v, err := b.tryRead(rom, "UVI/UVI"); err == nil {
		t.Errorf("an error reads as %v", v.Num())
	}
	b.write(t, rom, "UVI/UVI_offset", device.Num(-1.5))
	b.near(t, rom, "UVI/UVI_offset", -1.5, 1e-9)
	wantErr(t, "UVI_offset", b.tryWrite(rom, "UVI/UVI_offset", device.Num(13)), syscall.ERANGE)
	b.write(t, rom, "temperature_offset", device.Num(2.5))
	b.want(t, rom, "temperature_offset", device.Num(2.5))
	b.write(t, rom, "UVI/in_case", device.Flag(true))
	b.want(t, rom, "UVI/in_case", device.Flag(true))
	if shown, err := b.shown(rom, "UVI"); !shown || err != nil {
		t.Errorf("UVI is not shown: %v", err)
	}
}

func TestHobbyBoardsMoisture(t *testing.T) {
	for _, minor := range []byte{79, 80} {
		b, rom, chip := newHobbyBoards(0xEF, 2, 1, minor)
		b.write(t, rom, "moisture/is_leaf.BYTE", device.Bits(5))
		b.want(t, rom, "moisture/is_moisture.BYTE", device.Bits(10))
		b.write(t, rom, "moisture/is_moisture.0", device.Flag(true))
		b.want(t, rom, "moisture/is_leaf.BYTE", device.Bits(4))
		chip.Answer(0x21, 0, 99, 150, 199)
		b.want(t, rom, "moisture/sensor.3", device.Int(199))
		chip.Answer(0x31, 1, 0, 2, 1, 3, 0, 0xFF, 0xFF)
		b.want(t, rom, "moisture/calibrate/raw.1", device.Int(0x102))
		b.want(t, rom, "moisture/calibrate/raw.3", device.Int(65535))
		for name, want := range map[string]bool{"moisture": true, "hub": false, "humidity": false} {
			if shown, err := b.shown(rom, name); shown != want || err != nil {
				t.Errorf("%s is shown: %v, %v", name, shown, err)
			}
		}
	}
}

func TestHobbyBoardsHub(t *testing.T) {
	b, rom, chip := newHobbyBoards(0xEF, 5, 1, 0)
	chip.Answer(0x61, 2) // one branch at a time
	for _, on := range []uint64{1, 8, 15, 6, 0} {
		b.write(t, rom, "hub/branch.BYTE", device.Bits(on))
		b.want(t, rom, "hub/branch.BYTE", device.Bits(on))
	}
	b.want(t, rom, "hub/config", device.Int(0))
	wantErr(t, "branch", b.tryWrite(rom, "hub/branch.BYTE", device.Bits(16)), syscall.ERANGE)
	chip.Answer(0x23, 4)
	b.want(t, rom, "hub/short.2", device.Flag(true))
	values := []device.Value{device.Bits(3), device.Bits(12)}
	b.noisyWrites(t, rom, "hub/branch.BYTE", values, func(v device.Value) bool {
		return uint64(chip.Answers(0x22)[0]) == v.Bits()
	})
}

func TestHobbyBoardsMeters(t *testing.T) {
	b, rom, chip := newHobbyBoards(0xEF, 7, 2, 1)
	chip.Answer(0x21, 0x88, 0x13)
	chip.Answer(0x40, 0x9C, 0xFF)
	b.want(t, rom, "humidity/humidity_corrected", device.Num(50))
	b.want(t, rom, "humidity/temperature", device.Num(-10))
	b.write(t, rom, "humidity/humidity_offset", device.Num(-1.25))
	b.near(t, rom, "humidity/humidity_offset", -1.25, 1e-9)
	b.write(t, rom, "humidity/location", device.Text("cellar"))
	b.want(t, rom, "humidity/location", device.Text("cellar"))
	b.write(t, rom, "humidity/polling_frequency", device.Int(200))
	b.want(t, rom, "humidity/polling_frequency", device.Int(200))
	b.want(t, rom, "humidity/polling_available", device.Int(7))
	b.write(t, rom, "humidity/config", device.Int(3))
	b.want(t, rom, "humidity/config", device.Int(3))
	b.write(t, rom, "humidity/reboot", device.Flag(true))
	b.write(t, rom, "humidity/reset", device.Flag(true))
	if got := string(chip.Done()); got != "\xF1\xF7" {
		t.Errorf("the device was told % X", got)
	}
	b.noisyReads(t, rom, "humidity/humidity_corrected", "humidity/location")

	b, rom, chip = newHobbyBoards(0xEF, 6, 1, 0)
	b.write(t, rom, "barometer/altitude", device.Int(-5))
	b.want(t, rom, "barometer/altitude", device.Int(-5))
	wantErr(t, "altitude", b.tryWrite(rom, "barometer/altitude", device.Int(40000)), syscall.ERANGE)
	chip.Answer(0x24, 0x10, 0x27)
	b.want(t, rom, "barometer/pressure_altitude", device.Int(10000))
	b.want(t, rom, "type", device.Text("HobbyBoards_EF"))

	b, rom, chip = newHobbyBoards(0xEF, 9, 1, 0)
	chip.Answer(0x21, 0xD7, 0, 0x9C, 0xFF, 0, 0, 1, 0, 2, 0, 3, 0)
	b.near(t, rom, "multitemp/temperature.0", 21.5, 1e-9)
	b.near(t, rom, "multitemp/temperature.1", -10, 1e-9)
}
