// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
)

// What a listing of 20 costs, and an uncached temperature with strong pull-up.
func TestCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		t.Logf("start: %+v", r.cable.counts)
		if got := r.cable.counts.all(); got > 8 {
			t.Errorf("start takes %d transfers", got)
		}
		for i := range 20 {
			r.thermometer(t, fmt.Sprintf("28.%02X00000000%02X", i+1, i*37&0xFF)).SetParasite(true)
		}
		cost(t, r, "a listing of 20", 20*200, 20, 7*20, 360*time.Millisecond, func() {
			found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
			if err != nil || len(found) != 20 {
				t.Fatal(found, err)
			}
		})
		rom := romOf(t, "28.010000000000")
		cost(t, r, "a temperature", 72+8+80+72, 2, 20, 780*time.Millisecond, func() {
			reset(t, r.bus)
			if err := r.bus.Touch(t.Context(), append([]byte{hw.MatchROM}, rom[:]...)); err != nil {
				t.Fatal(err)
			}
			if _, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			reset(t, r.bus)
			p := append(append([]byte{hw.MatchROM}, rom[:]...), 0xBE, 255, 255, 255, 255, 255, 255, 255, 255, 255)
			if err := r.bus.Touch(t.Context(), p); err != nil || hw.CRC8(p[10:]) != 0 || p[10] != 0x58 {
				t.Fatalf("% X, %v", p, err)
			}
		})
		cost(t, r, "20 scratchpads", 20*152, 20, 7*20, 280*time.Millisecond, func() {
			for range 20 {
				reset(t, r.bus)
				p := append(append([]byte{hw.MatchROM}, rom[:]...), 0xBE, 255, 255, 255, 255, 255, 255, 255, 255, 255)
				if err := r.bus.Touch(t.Context(), p); err != nil || hw.CRC8(p[10:]) != 0 {
					t.Fatalf("% X, %v", p, err)
				}
			}
		})
	})
}

// cost does something that must take that many slots and resets, and at most
// that many transfers and that long. The emulated chip takes a millisecond to
// tell its status, and no time for other transfers.
func cost(t *testing.T, r *rig, what string, slots, resets uint64, transfers int, most time.Duration, f func()) {
	t.Helper()
	began, line, before := time.Now(), r.line.Counts(), r.cable.counts
	f()
	took, after, usb := time.Since(began), r.line.Counts(), r.cable.counts.minus(before)
	t.Logf("%s: %v, %d slots, %d resets, %d transfers %+v",
		what, took, after.Slots-line.Slots, after.Resets-line.Resets, usb.all(), usb)
	if after.Slots-line.Slots != slots || after.Resets-line.Resets != resets {
		t.Errorf("%s: want %d slots and %d resets", what, slots, resets)
	}
	if usb.all() > transfers || took > most {
		t.Errorf("%s: want at most %d transfers and %v", what, transfers, most)
	}
}
