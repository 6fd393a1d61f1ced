// SPDX-License-Identifier: Apache-2.0

package passive_test

import (
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/passive"
)

// exchange sends a word and returns what comes back.
func exchange(t *testing.T, a *passive.Adapter, clock *sim.Virtual, baud, bits int, w byte) byte {
	t.Helper()
	a.SetMode(baud, bits)
	if _, err := a.Write([]byte{w}); err != nil {
		t.Fatal(err)
	}
	clock.Sleep(t.Context(), 2*time.Millisecond)
	var p [2]byte
	n, err := a.Read(p[:])
	if err != nil || n != 1 {
		t.Fatalf("%d words, %v", n, err)
	}
	return p[0]
}

// By hand: at 9600 baud a bit is 104 µs, so F0 is low for 521 µs. A presence pulse
// from 30 to 150 µs behind it is seen in the middle of the first bit after that,
// at 52 µs, not in that of the second, at 156 µs. At 115200 baud a bit is 8.7 µs; a
// device that holds the line for 30 µs is seen at 13 and 21.7 µs, not at 30.4 µs.
func TestWords(t *testing.T) {
	clock := &sim.Virtual{}
	line := sim.NewLine(clock)
	a := passive.New(line)
	defer a.Close()
	word := func(baud, bits int, w, want byte) {
		t.Helper()
		if got := exchange(t, a, clock, baud, bits, w); got != want {
			t.Errorf("%d baud, %d bits, %02X: %02X comes back, want %02X", baud, bits, w, got, want)
		}
	}
	word(9600, 8, 0xF0, 0xF0)
	line.Add(sim.NewDS2413(hw.ROM{0x3A}))
	word(9600, 8, 0xF0, 0xE0)
	for _, bit := range []byte{1, 1, 0, 0, 1, 1, 0, 0} { // read ROM
		word(115200, 8, bit*0xFF, bit*0xFF)
	}
	for _, bit := range []byte{0, 1, 0, 1, 1, 1, 0, 0} { // 3A
		want := byte(0xFC)
		if bit == 1 {
			want = 0xFF
		}
		word(115200, 8, 0xFF, want)
	}
	word(115200, 6, 0x3F, 0x3C) // the next byte is 0
	a.Hold = 15 * time.Microsecond
	word(115200, 8, 0xFF, 0xFE)
	a.Hold = 60 * time.Microsecond
	word(115200, 8, 0xFF, 0xC0)
	before := line.Counts()
	word(115200, 8, 0x00, 0x00)
	word(115200, 6, 0x00, 0x00)
	after := line.Counts()
	if after.Slots-before.Slots != 2 || after.Resets != before.Resets || a.Odd() != 0 {
		t.Errorf("%d slots, %d resets, %d of no use", after.Slots-before.Slots, after.Resets-before.Resets, a.Odd())
	}
	word(115200, 8, 0xF8, 0xF8) // low for 35 µs
	if a.Odd() != 1 {
		t.Error("a pulse that is neither is not noticed")
	}
	line.SetFaults(sim.Faults{Short: true})
	word(9600, 8, 0xF0, 0x00)
}

// What comes back takes the time that it takes to send.
func TestTime(t *testing.T) {
	clock := &sim.Virtual{}
	a := passive.New(sim.NewLine(clock))
	defer a.Close()
	a.SetMode(115200, 8)
	a.Write(make([]byte, 100))
	var p [200]byte
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{86 * time.Microsecond, 0}, {time.Microsecond, 1}, {868 * time.Microsecond, 10}, {10 * time.Millisecond, 89}} {
		clock.Sleep(t.Context(), step.wait)
		a.SetReadDeadline(clock.Now())
		if n, _ := a.Read(p[:]); n != step.want {
			t.Errorf("%d words after another %v, want %d", n, step.wait, step.want)
		}
	}
}
