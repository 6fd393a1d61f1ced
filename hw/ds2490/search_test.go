// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/usb"
)

// That a search finds nobody is checked, since a pass that gets lost ends in the
// same way.
func TestNobodyIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, Options{}, nil)
		r.thermometer(t, "28.000000000001")
		// The device does not hear the command of the pass.
		r.cable.device = &deaf{Device: r.chip, line: r.line}
		reset(t, r.bus)
		_, _, found, err := r.bus.(hw.Searcher).SearchPass(t.Context(), hw.SearchROM, hw.ROM{}, 0)
		if found || !errors.Is(err, hw.ErrSearch) {
			t.Errorf("a pass that got lost gives %v, %v", found, err)
		}
		if found, err := hw.Search(t.Context(), r.bus, hw.SearchROM); err != nil || len(found) != 1 {
			t.Errorf("the next search gives %v, %v", found, err)
		}
		r.cable.device = &deaf{Device: r.chip, line: r.line}
		there, err := hw.Verify(t.Context(), r.bus, hw.SearchROM, romOf(t, "28.000000000001"))
		if there || !errors.Is(err, hw.ErrSearch) {
			t.Errorf("a device that was not heard: %v, %v", there, err)
		}
	})
}

// A deaf device hears the first search with its line disturbed.
type deaf struct {
	usb.Device
	line *sim.Line
	done bool
}

func (d *deaf) Control(ctx context.Context, s usb.Setup, out []byte) ([]byte, error) {
	if s.Value&0xFF == 0xFD && !d.done {
		d.done = true
		d.line.SetFaults(sim.Faults{BitErrors: 1, Rand: rand.New(rand.NewPCG(1, 1))})
		time.AfterFunc(300*time.Microsecond, func() { d.line.SetFaults(sim.Faults{}) })
	}
	return d.Device.Control(ctx, s, out)
}

// The data sheet can be read in two ways: the eight bytes behind a code are the
// way to go next, or have a 1 at each choice. Both tell the last one.
func TestLastChoice(t *testing.T) {
	for _, test := range []struct {
		rom, more hw.ROM
		want      int
	}{
		{hw.ROM{0x28, 0x05}, hw.ROM{0x28, 0x0D}, 12}, // as the code up to there, then 1
		{hw.ROM{0x28, 0x05}, hw.ROM{0x00, 0x0D}, 12}, // 0 taken at bit 12, 1 at 9 and 11
		{hw.ROM{0x28, 0x05}, hw.ROM{0x28, 0x05}, 0},
	} {
		if got := lastChoice(test.rom, test.more); got != test.want {
			t.Errorf("% X and % X: %d, want %d", test.rom[:2], test.more[:2], got, test.want)
		}
	}
}
