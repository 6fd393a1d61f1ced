// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"slices"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

// The example of the data sheet (DA5540C, figure 3), whose pressure is 971.66 mbar
// before it is cut off; and by its formulas, D2 for what is far from it: at 85 °C dT is
// 650 * 1024 / 75 = 8874.7, at -40 °C it is -8192.
func TestMS5534Measures(t *testing.T) {
	if got := sim.MS5534Example(); got != [4]uint16{46940, 40217, 25172, 47212} {
		t.Errorf("the calibration is %v", got)
	}
	for _, one := range []struct {
		mbar, celsius float64
		d1, d2        uint16
	}{{971.66, 39.1, 16460, 27856}, {905.31, 3.535, 16460, 23000}} {
		if d1, d2 := sim.MS5534Measures(one.mbar, one.celsius); d1 != one.d1 || d2 != one.d2 {
			t.Errorf("%v mbar at %v °C are %d, %d, want %d, %d", one.mbar, one.celsius, d1, d2, one.d1, one.d2)
		}
	}
	for celsius, want := range map[float64]uint16{85: 34123, -40: 17056} {
		if _, d2 := sim.MS5534Measures(1000, celsius); d2 != want {
			t.Errorf("%v °C are %d, want %d", celsius, d2, want)
		}
	}
}

// As a slave a barometer is both of its switches, which are found and lose their power
// together.
func TestTAI8570Slave(t *testing.T) {
	r := newRig(t)
	writer, reader := rom(t, "12.000000000001"), rom(t, "12.000000000002")
	board := sim.NewTAI8570(sim.NewDS2406(writer), sim.NewDS2406(reader), sim.NewMS5534(r.clock, sim.MS5534Example()))
	r.line.Add(board)
	var found []hw.ROM
	r.do(func(tx *hw.Tx) (err error) {
		found, err = tx.Search(hw.SearchROM)
		return err
	})
	if len(found) != 2 || !slices.Contains(found, writer) || !slices.Contains(found, reader) {
		t.Errorf("%v are found", found)
	}
	// The channel info begins with the supply (DS2406 data sheet page 16).
	if w, rd := r.ask(writer, "F5 4C FF", 1), r.ask(reader, "F5 4C FF", 1); w[0]>>7 != 1 || rd[0]>>7 != 0 {
		t.Errorf("the channel infos are %X and %X", w, rd)
	}
	for _, rom := range []hw.ROM{writer, reader} {
		r.ask(rom, "55 07 00 1F", 3) // all outputs on
	}
	if w, rd := board.Writer.Latches(), board.Reader.Latches(); w != 0 || rd != 0 {
		t.Errorf("the outputs are %d and %d", w, rd)
	}
	board.PowerOn()
	if w, rd := board.Writer.Latches(), board.Reader.Latches(); w != 3 || rd != 3 {
		t.Errorf("after a loss of power the outputs are %d and %d", w, rd)
	}
}
