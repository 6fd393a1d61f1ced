// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"
	"time"

	"owfs/hw/sim"
)

// clocks gives the module bits.
func clocks(m *sim.MS5534, bits string) {
	for _, bit := range bits {
		m.Drive(false, bit == '1')
		m.Drive(true, bit == '1')
	}
	m.Drive(false, false)
}

// answer reads 16 bits.
func answer(m *sim.MS5534) (n uint16) {
	for range 16 {
		m.Drive(true, false)
		n <<= 1
		if m.DOUT() {
			n |= 1
		}
		m.Drive(false, false)
	}
	return n
}

// The sequences of figures 6a to 6e of the MS5540C's data sheet (DA5540C, pages
// 13 and 14), with the numbers of its example.
func TestMS5534(t *testing.T) {
	r := newRig(t)
	words := [4]uint16{46940, 40217, 25172, 47212}
	m := sim.NewMS5534(r.clock, words)
	m.Set(16460, 27856)
	clocks(m, "101010101010101000000")
	for i, setup := range []string{"010101", "010110", "011001", "011010"} {
		clocks(m, "111"+setup+"000"+"0")
		if got := answer(m); got != words[i] {
			t.Errorf("word %d is %d, want %d", i+1, got, words[i])
		}
	}
	for setup, want := range map[string]uint16{"1010": 16460, "1001": 27856} {
		clocks(m, "111"+setup+"000"+"00")
		if !m.DOUT() {
			t.Error("DOUT does not tell that it measures")
		}
		r.sleep(35 * time.Millisecond)
		if m.DOUT() {
			t.Error("DOUT does not tell that the measurement has ended")
		}
		if got := answer(m); got != want {
			t.Errorf("%s measures %d, want %d", setup, got, want)
		}
	}
	clocks(m, "111"+"1010"+"000"+"00")
	if got := answer(m); got == 16460 {
		t.Error("clocks during the measurement don't spoil it")
	}
	clocks(m, "11101") // broken off
	clocks(m, "101010101010101000000")
	clocks(m, "111"+"010101"+"000"+"0")
	if got := answer(m); got != words[0] {
		t.Errorf("after a reset word 1 is %d, want %d", got, words[0])
	}
}
