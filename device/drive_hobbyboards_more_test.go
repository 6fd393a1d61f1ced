// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
)

// From firmware 1.80 on the commands are others.
func TestHobbyBoardsCalibration(t *testing.T) {
	for minor, commands := range map[byte][2]byte{79: {0x25, 0x27}, 80: {0x23, 0x24}} {
		b, rom, chip := newHobbyBoards(0xEF, 2, 1, minor)
		b.write(t, rom, "moisture/calibrate/max", device.Int(0x1234))
		b.write(t, rom, "moisture/calibrate/min", device.Int(500))
		b.want(t, rom, "moisture/calibrate/max", device.Int(0x1234))
		b.want(t, rom, "moisture/calibrate/min", device.Int(500))
		if p := chip.Answers(commands[0]); p[0] != 0x34 || p[1] != 0x12 {
			t.Errorf("1.%d: the upper end is kept as % X", minor, p)
		}
		if p := chip.Answers(commands[1]); p[0] != 0xF4 || p[1] != 0x01 {
			t.Errorf("1.%d: the lower end is kept as % X", minor, p)
		}
		wantErr(t, "max", b.tryWrite(rom, "moisture/calibrate/max", device.Int(65536)), syscall.ERANGE)
		b.noisyReads(t, rom, "moisture/calibrate/max")
	}
}

// Whatever part of a kilopascal the device counts in, the pressure is right.
func TestHobbyBoardsPressure(t *testing.T) {
	b, rom, chip := newHobbyBoards(0xEF, 6, 1, 0)
	for raw, mbar := range map[uint16]float64{
		101: 1010, 1013: 1013, 10132: 1013.2, 31: 310, 312: 312, 3125: 312.5, 115: 1150, 1150: 1150, 11500: 1150,
	} {
		chip.Answer(0x22, byte(raw), byte(raw>>8))
		b.near(t, rom, "barometer/pressure", mbar, 1e-9)
	}
	b.noisyReads(t, rom, "barometer/pressure")
	for _, raw := range []uint16{0, 29, 116, 299, 1151, 2992, 11501, 0xFFFE} {
		chip.Answer(0x22, byte(raw), byte(raw>>8))
		v, err := b.tryRead(rom, "barometer/pressure")
		wantErr(t, "no pressure", err, syscall.EIO)
		if err == nil {
			t.Errorf("%d reads as %v mbar", raw, v.Num())
		}
	}
}
