// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw/sim"
)

// The table "RTC Alarm Control" of the DS1921G's data sheet, page 12, from once a
// week to once a day.
func TestDS1921AlarmTrigger(t *testing.T) {
	b, rom := newBench(), chronROM(0)
	chip := sim.NewDS1921(rom, b.clock, sim.DS1921G, func(time.Time) float64 { return 20 })
	b.wire.Add(chip)
	for name, n := range map[string]int64{"alarm_second": 59, "alarm_minute": 40, "alarm_hour": 23, "alarm_dow": 7} {
		b.write(t, rom, name, device.Int(n))
	}
	for n, masks := range []string{"0000", "1111", "0111", "0011", "0001"} {
		b.write(t, rom, "alarm_trigger", device.Int(int64(n)))
		b.want(t, rom, "alarm_trigger", device.Int(int64(n)))
		got := chip.Memory()[0x207:0x20B]
		for i, time := range []byte{0x59, 0x40, 0x23, 0x07} {
			if want := time | (masks[i]-'0')<<7; got[i] != want {
				t.Errorf("alarm_trigger %d: register %X is %02X, want %02X", n, 0x207+i, got[i], want)
			}
		}
	}
	b.want(t, rom, "alarm_second", device.Int(59))
	for _, n := range []int64{-1, 5} {
		wantErr(t, "alarm_trigger", b.tryWrite(rom, "alarm_trigger", device.Int(n)), syscall.ERANGE)
	}
	b.noisyReads(t, rom, "alarm_trigger")
	chip.SetMemory(0x207, []byte{0x80, 0x00, 0x80, 0x00}) // none of the table
	_, err := b.tryRead(rom, "alarm_trigger")
	wantErr(t, "an alarm that is none", err, syscall.EINVAL)
	b.write(t, rom, "alarm_trigger", device.Int(3))

	b.want(t, rom, "alarm_state", device.Int(0)) // minutes between samples, as mission/frequency
	b.write(t, rom, "mission/easystart", device.Int(10))
	b.want(t, rom, "alarm_state", device.Int(10))
	wantErr(t, "alarm_state in a mission", b.tryWrite(rom, "alarm_state", device.Int(5)), syscall.EBUSY)
	wantErr(t, "alarm_trigger in a mission", b.tryWrite(rom, "alarm_trigger", device.Int(1)), syscall.EBUSY)
}
