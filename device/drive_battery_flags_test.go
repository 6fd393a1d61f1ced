// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"strings"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw/sim"
)

// A flag that only the chip sets says so to those who write it, and stays as it is.
func TestBatteryOwnFlags(t *testing.T) {
	for _, one := range []struct {
		family byte
		kind   sim.Battery
		at     int
		flags  map[string]byte // by the data sheets: DS2762 page 16, DS2781 page 18
	}{
		{0x30, sim.DS2760Kind, 0x00, map[string]byte{"cc": 0x08, "dc": 0x04}},
		{0x31, sim.DS2720Kind, 0x00, map[string]byte{"cc": 0x08, "dc": 0x04}},
		{0x32, sim.DS2780Kind, 0x01, map[string]byte{"chgtf": 0x80, "aef": 0x40, "sef": 0x20, "learnf": 0x10}},
		{0x3D, sim.DS2781Kind, 0x01, map[string]byte{"aef": 0x40, "sef": 0x20}},
	} {
		b, rom, chip := newBattery(one.family, one.kind)
		for name, flag := range one.flags {
			for _, on := range []bool{true, false} {
				register := ^flag
				if on {
					register = flag
				}
				chip.SetRegister(one.at, register)
				b.want(t, rom, name, device.Flag(on))
				for _, v := range []bool{true, false} {
					err := b.tryWrite(rom, name, device.Flag(v))
					wantErr(t, name, err, syscall.EPERM)
					if !strings.Contains(err.Error(), "by itself") {
						t.Errorf("%s: %q does not say why", name, err)
					}
				}
				if now, _ := chip.Memory(one.at); now != register {
					t.Errorf("%s: the register is %X, was %X", name, now, register)
				}
			}
		}
	}
}

// The status register can't be written: what it is comes from EEPROM 31 (DS2762
// page 16, DS2756 page 16).
func TestBatterySettings(t *testing.T) {
	for _, one := range []struct {
		family byte
		kind   sim.Battery
		bits   map[string]byte
	}{
		{0x51, sim.DS2751Kind, map[string]byte{"uven": 0x08}},
		{0x35, sim.DS2756Kind, map[string]byte{"uven": 0x08, "ios": 0x04, "uben": 0x02, "ovd": 0x01}},
	} {
		b, rom, chip := newBattery(one.family, one.kind)
		b.write(t, rom, "defaultpmod", device.Flag(true))
		for name, flag := range one.bits {
			for _, want := range []byte{flag, 0} {
				b.write(t, rom, name, device.Flag(want != 0))
				b.want(t, rom, name, device.Flag(want != 0))
				status, _ := chip.Memory(0x01)
				if _, kept := chip.Memory(0x31); status != 0x20|want || kept != 0x20|want {
					t.Errorf("%s: the status is %X, after a loss of power %X", name, status, kept)
				}
			}
			values := []device.Value{device.Flag(true), device.Flag(false)}
			b.noisyWrites(t, rom, name, values, func(v device.Value) bool {
				_, kept := chip.Memory(0x31)
				return kept&flag != 0 == v.Flag()
			})
		}
		chip.SetRegister(0x08, 0x80)
		b.want(t, rom, "por", device.Flag(true))
		wantErr(t, "por", b.tryWrite(rom, "por", device.Flag(true)), syscall.EINVAL)
		b.write(t, rom, "por", device.Flag(false))
		b.want(t, rom, "por", device.Flag(false))
		b.write(t, rom, "lock.0", device.Flag(true))
		b.write(t, rom, "lock.1", device.Flag(true))
		err := b.tryWrite(rom, "uven", device.Flag(b.read(t, rom, "uven").Int() == 0))
		wantErr(t, "a locked setting", err, syscall.EPERM)
	}
}

func TestDS2755Limits(t *testing.T) {
	b, rom, chip := newBattery(0x35, sim.DS2756Kind)
	b.write(t, rom, "alarm_set", device.Num(-20))
	b.want(t, rom, "alarm_set", device.Num(-20))
	if now, _ := chip.Memory(0x85); now != 0xEC {
		t.Errorf("the limit is kept as %X", now)
	}
	wantErr(t, "alarm_set", b.tryWrite(rom, "alarm_set", device.Num(128)), syscall.ERANGE)
	// 1.953 µV, the unit of the average current (DS2756 page 7).
	b.write(t, rom, "vbias", device.Num(-0.000125))
	b.near(t, rom, "vbias", -0.000125, 1e-9)
	if now, kept := chip.Memory(0x33); now != 0xC0 || kept != 0xC0 {
		t.Errorf("the bias is %X, %X after a loss of power", now, kept)
	}
	wantErr(t, "vbias", b.tryWrite(rom, "vbias", device.Num(0.00026)), syscall.ERANGE)
}

func TestDS2780Control(t *testing.T) {
	b, rom, chip := newBattery(0x32, sim.DS2780Kind)
	for name, flag := range map[string]byte{"nben": 0x80, "uven": 0x40, "pmod": 0x20, "rnaop": 0x10, "dc": 0x08} {
		for _, want := range []byte{flag, 0} {
			b.write(t, rom, name, device.Flag(want != 0))
			b.want(t, rom, name, device.Flag(want != 0))
			if now, kept := chip.Memory(0x60); now != want || kept != want {
				t.Errorf("%s: the control register is %X, after a loss of power %X", name, now, kept)
			}
		}
	}
}
