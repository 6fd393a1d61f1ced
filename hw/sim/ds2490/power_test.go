// SPDX-License-Identifier: Apache-2.0

package ds2490_test

import (
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

func between(t *testing.T, what string, got, low, high time.Duration) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s took %v, want %v to %v", what, got, low, high)
	}
}

// A conversion on parasite power: the pull-up must be enabled, and last.
func TestPullUp(t *testing.T) {
	run(t, func(r *rig) {
		chip := sim.NewDS18B20(r.rom("28.000000000001"), hw.Wall{}, func() float64 { return 21.5 })
		chip.SetParasite(true)
		r.line.Add(chip)
		convert := func() {
			r.out("CC")
			r.comm(0x0175, 1)
			r.comm(0x1053, 0x44) // byte I/O with SPU
		}
		read := func(want string) {
			r.Helper()
			r.out("CC BE FFFF")
			r.comm(0x0175, 4)
			r.idle()
			r.in("CC BE" + want)
		}
		convert()
		between(r.T, "a conversion without pull-up", r.idle(), 0, 10*time.Millisecond)
		r.in("CC 44")
		time.Sleep(time.Second)
		read("5005") // 85 °C: the chip had no power

		r.mode(0, 2)
		r.comm(0x0013, 0x2F) // SET DURATION: 47 · 16 = 752 ms
		convert()
		time.Sleep(100 * time.Millisecond)
		if p := r.status(); p[8] != 0x09 || p[13] != 2 {
			r.Errorf("% X, want a pull-up, not idle, the two bytes in EP3", p)
		}
		between(r.T, "the pull-up", r.idle(), 640*time.Millisecond, 660*time.Millisecond)
		r.in("CC 44")
		read("5801") // 21.5 °C
	})
}

// An infinite pull-up ends with a halt, and the chip goes on when told.
func TestInfinitePullUp(t *testing.T) {
	run(t, func(r *rig) {
		r.mode(0, 2)
		r.mode(3, 0)
		r.comm(0x0031, 0)
		time.Sleep(time.Minute)
		if p := r.status(); p[8] != 0x09 {
			r.Errorf("status %02X, want a pull-up, not idle", p[8])
		}
		r.ctl(4)
		if p := r.status(); p[8] != 0x38 {
			r.Errorf("status %02X, want idle and halted", p[8])
		}
		r.comm(0x0443, 0)
		time.Sleep(time.Second)
		if p := r.status(); p[11] != 4 {
			r.Errorf("% X, want the command to wait", p)
		}
		r.ctl(2)
		r.idle(0x01)
	})
}

// 12 V need the enabling and the supply (page 20).
func TestPulse(t *testing.T) {
	run(t, func(r *rig) {
		var seen time.Duration
		chip := sim.NewSerial(r.rom("09.000000000001"))
		chip.OnPulse = func(d time.Duration) { seen += d }
		r.line.Add(chip)
		r.comm(0x0439, 0)
		r.idle(0x00) // not enabled: nothing happens
		r.mode(0, 1)
		r.comm(0x0039, 0)
		r.idle(0x08) // VPP
		r.chip.Volts12 = true
		r.comm(0x0039, 0)
		r.idle()
		if seen != 512*time.Microsecond {
			r.Errorf("12 V for %v, want 512 µs", seen)
		}
	})
}

// Overdrive: the command at regular speed, what follows at overdrive. The times
// are 68 and 10 µs for a slot (page 8).
func TestOverdrive(t *testing.T) {
	run(t, func(r *rig) {
		chip := sim.NewDS2408(r.rom("29.000000000001"))
		r.line.Add(chip)
		r.mode(1, 1)
		r.out("3C")
		r.comm(0x0175, 1)
		r.comm(0x004B, 2) // a reset at overdrive
		r.out("CC F0 8800 FFFF")
		r.comm(0x0075, 6)
		r.idle()
		r.in("3C CC F0 8800 FFFF")
		before := r.line.Counts()
		r.out("FFFF")
		r.comm(0x0075, 2)
		r.idle()
		after := r.line.Counts()
		if got := after.Busy - before.Busy; got != 160*time.Microsecond {
			r.Errorf("two bytes took %v, want 160 µs", got)
		}
		r.comm(0x004B, 0)
		r.idle()
		if p := r.status(); p[1] != 0 {
			r.Errorf("speed %d", p[1])
		}
		r.mode(1, 0)
		r.comm(0x004B, 2)
		r.idle()
		if p := r.status(); p[1] != 0 {
			r.Errorf("the speed changes to %d though that is not enabled", p[1])
		}
	})
}
