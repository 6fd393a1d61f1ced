// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// serialROM makes a ROM code of a family and a serial number.
func serialROM(family byte, serial uint64) hw.ROM {
	rom := hw.ROM{family}
	for i := 1; i < 7; i++ {
		rom[i] = byte(serial)
		serial >>= 8
	}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

func warm() float64 { return 20 }

func TestTrim(t *testing.T) {
	for family, serial := range map[byte]uint64{0x28: 0x600000, 0x22: 0x0A0000, 0x10: 0x0800700000} {
		b, rom := newBench(), serialROM(family, serial)
		var chip interface {
			sim.Slave
			SetTrim(first, second byte)
			Trim() (first, second byte)
			SetTrimless(on bool)
		} = sim.NewDS18B20(rom, b.clock, warm)
		if family == 0x10 {
			chip = sim.NewDS18S20(rom, b.clock, warm)
		}
		b.wire.Add(chip)
		b.want(t, rom, "errata/die", device.Text("B7"))

		chip.SetTrim(0x25, 0xBB)
		b.want(t, rom, "errata/trim", device.Int(0xBB25))
		b.want(t, rom, "errata/trimvalid", device.Flag(true))
		b.want(t, rom, "errata/trimblanket", device.Flag(false))
		chip.SetTrim(0x26, 0xBB)
		b.want(t, rom, "errata/trimvalid", device.Flag(false))
		chip.SetTrim(0x23, 0xBA)
		b.want(t, rom, "errata/trimvalid", device.Flag(false))

		b.write(t, rom, "errata/trimblanket", device.Flag(false)) // nothing is done
		b.want(t, rom, "errata/trim", device.Int(0xBA23))
		b.write(t, rom, "errata/trimblanket", device.Flag(true))
		b.want(t, rom, "errata/trimblanket", device.Flag(true))
		b.want(t, rom, "errata/trimvalid", device.Flag(true))
		if first, second := chip.Trim(); first != 0x9D || second != 0xBB {
			t.Errorf("the EEPROM holds %X %X, want 9D BB", first, second)
		}
		b.write(t, rom, "errata/trim", device.Int(0xDB1A))
		if first, second := chip.Trim(); first != 0x1A || second != 0xDB {
			t.Errorf("the EEPROM holds %X %X, want 1A DB", first, second)
		}
		for _, n := range []int64{-1, 0xFF00, 0x10000} {
			wantErr(t, "trim", b.tryWrite(rom, "errata/trim", device.Int(n)), syscall.ERANGE)
		}

		b.noisyReads(t, rom, "errata/trim", "errata/trimvalid", "errata/trimblanket")
		b.noisyWrites(t, rom, "errata/trim", []device.Value{device.Int(0xBB25), device.Int(0xDC00)}, func(v device.Value) bool {
			first, second := chip.Trim()
			return int64(second)<<8|int64(first) == v.Int()
		})

		chip.SetTrimless(true)
		_, err := b.tryRead(rom, "errata/trim")
		wantErr(t, "the trim of a clone", err, errors.ErrUnsupported)
		wantErr(t, "trimming a clone", b.tryWrite(rom, "errata/trimblanket", device.Flag(true)), errors.ErrUnsupported)
	}
}

// Nobody trims a die that does not need it.
func TestTrimOldDie(t *testing.T) {
	b, rom := newBench(), serialROM(0x28, 0x1000)
	chip := sim.NewDS18B20(rom, b.clock, warm)
	chip.SetTrim(0x40, 0x12)
	b.wire.Add(chip)
	b.want(t, rom, "errata/trim", device.Int(0x1240))
	b.want(t, rom, "errata/trimvalid", device.Flag(true))
	_, err := b.tryRead(rom, "errata/trimblanket")
	wantErr(t, "trimblanket of a B6", err, syscall.EINVAL)
	wantErr(t, "trim of a B6", b.tryWrite(rom, "errata/trim", device.Int(0xBB9D)), syscall.EINVAL)
	wantErr(t, "trimblanket of a B6", b.tryWrite(rom, "errata/trimblanket", device.Flag(true)), syscall.EINVAL)
	if first, second := chip.Trim(); first != 0x40 || second != 0x12 {
		t.Errorf("the EEPROM holds %X %X, want 40 12", first, second)
	}
}
