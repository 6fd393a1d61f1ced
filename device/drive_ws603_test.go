// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newWS603(takes time.Duration) (*bench, hw.ROM, *sim.WS603) {
	b, rom := newBench(), testROM(0x30)
	chip := sim.NewWS603(rom, b.clock, takes)
	b.wire.Add(chip)
	return b, rom, chip
}

func TestWS603(t *testing.T) {
	for _, takes := range []time.Duration{0, 15 * time.Millisecond, 300 * time.Millisecond} {
		b, rom, chip := newWS603(takes)
		chip.Measure(5, 0, -7.25)
		chip.Set(func(s *sim.WS603) { s.Readings = [5]byte{10, 13, 2, 200, 51} })
		b.want(t, rom, "WS603/data_string", device.Bytes([]byte{10, 13, 2, 200, 51}))
		b.want(t, rom, "WS603/param_string", device.Bytes([]byte{1, 100, 0, 50, 0}))
		for name, want := range map[string]int64{
			"direction": 13, "LED/status": 2, "light/intensity": 200, "volt": 51,
			"LED/model": 1, "light/threshold": 50, "calibration/wind_speed": 100, "calibration/direction": 0,
		} {
			b.want(t, rom, "WS603/"+name, device.Int(want))
		}
		b.want(t, rom, "WS603/temperature", device.Num(-7.25))
		// Ten counts of 2.453 km/h, times 1.069, are 26.22 km/h.
		b.near(t, rom, "WS603/wind_speed", 7.284, 0.001)
		b.write(t, rom, "WS603/calibration/wind_speed", device.Int(150))
		b.near(t, rom, "WS603/wind_speed", 10.926, 0.001)
		chip.Set(func(s *sim.WS603) { s.Parameters[1] = 0 })
		b.near(t, rom, "WS603/wind_speed", 7.284, 0.001)
		b.write(t, rom, "WS603/calibration/direction", device.Int(7))
		b.want(t, rom, "WS603/calibration/direction", device.Int(7))
		for _, v := range []int64{0, 200} {
			wantErr(t, "wind_speed", b.tryWrite(rom, "WS603/calibration/wind_speed", device.Int(v)), syscall.ERANGE)
		}
		four := device.List(device.Int(1), device.Int(2), device.Int(254), device.Int(4))
		b.write(t, rom, "WS603/LED/control.ALL", four)
		if got := chip.LED(); got != [4]byte{1, 2, 254, 4} {
			t.Errorf("the LEDs were told %v", got)
		}
		four = device.List(device.Int(1), device.Int(2), device.Int(3), device.Int(256))
		wantErr(t, "LED/control", b.tryWrite(rom, "WS603/LED/control.ALL", four), syscall.ERANGE)
	}
}

// A reading is never one from before, and never another one with noise.
func TestWS603Fresh(t *testing.T) {
	b, rom, chip := newWS603(50 * time.Millisecond)
	for n := range byte(5) {
		chip.Set(func(s *sim.WS603) { s.Readings[1] = n })
		b.want(t, rom, "WS603/direction", device.Int(int64(n)))
	}
	b.noise(1000, 5)
	defer b.noise(0, 0)
	good := 0
	for n := range byte(100) {
		chip.Set(func(s *sim.WS603) { s.Readings[1] = n })
		v, err := b.tryRead(rom, "WS603/direction")
		if err == nil && v.Int() != int64(n) {
			t.Fatalf("the direction is %d with noise, %d without", v.Int(), n)
		}
		if err == nil {
			good++
		}
	}
	if good < 50 {
		t.Errorf("only %d of 100 readings came through", good)
	}
}

// A DS2760 that is no weather station says so, and its memory is as before.
func TestWS603Absent(t *testing.T) {
	b, rom, chip := newBattery(0x30, sim.DS2760Kind)
	before := bytes.Clone(b.read(t, rom, "memory").Bytes())
	copy(before[0x80:0x90], "sixteen bytes...")
	b.write(t, rom, "memory", device.Bytes(before))
	start := b.clock.Now()
	_, err := b.tryRead(rom, "WS603/volt")
	wantErr(t, "volt", err, syscall.EIO)
	if err != nil && !strings.Contains(err.Error(), "no weather station") {
		t.Errorf("the error %q does not say why", err)
	}
	if took := b.clock.Now().Sub(start); took > time.Second {
		t.Errorf("it takes %v to find out", took)
	}
	wantErr(t, "calibration", b.tryWrite(rom, "WS603/calibration/direction", device.Int(3)), syscall.EIO)
	b.want(t, rom, "memory", device.Bytes(before))
	chip.Measure(4, 0, 20)
	b.want(t, rom, "WS603/temperature", device.Num(20))
}
