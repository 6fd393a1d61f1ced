// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"fmt"
	"testing"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// A rig is a master and what is behind it.
type rig struct {
	bus   hw.Bus
	line  *sim.Line
	chip  *chip.Chip
	cable *chip.Cable
}

// connect plugs a master into an emulated chip, which change may alter before.
func connect(t *testing.T, opts ds2480b.Options, change func(*rig)) *rig {
	t.Helper()
	r := &rig{line: sim.NewLine(hw.Wall{})}
	r.chip = chip.New(r.line)
	r.cable = chip.Plug(r.chip)
	t.Cleanup(func() { r.line.Close() })
	t.Cleanup(func() { r.cable.Close() })
	if change != nil {
		change(r)
	}
	bus, err := ds2480b.Attach(t.Context(), r.cable, opts)
	if err != nil {
		t.Fatal(err)
	}
	r.bus = bus
	t.Cleanup(func() { bus.Close() })
	return r
}

// noLoss fails the test if the chip was sent what it could not take.
func (r *rig) noLoss(t *testing.T) {
	t.Helper()
	if n := r.cable.Counts().Overruns; n != 0 {
		t.Errorf("%d bytes came faster than the chip could take them", n)
	}
	if n := r.chip.Odd(); n != 0 {
		t.Errorf("%d bytes had no meaning to the chip", n)
	}
}

func TestContract(t *testing.T) {
	for _, baud := range []int{0, 9600, 19200, 57600, 115200} {
		for _, regular := range []bool{false, true} {
			t.Run(fmt.Sprintf("baud=%d regular=%v", baud, regular), func(t *testing.T) {
				bustest.RunVirtual(t, func(t *testing.T) (hw.Bus, *sim.Line) {
					r := connect(t, ds2480b.Options{Baud: baud, Regular: regular}, func(r *rig) { r.chip.Volts12 = true })
					t.Cleanup(func() { r.noLoss(t) })
					return r.bus, r.line
				})
			})
		}
	}
}
