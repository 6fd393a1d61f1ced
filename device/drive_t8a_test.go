// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"fmt"
	"testing"

	"owfs/hw/sim"
)

func TestT8A(t *testing.T) {
	b, rom := newBench(), testROM(0x12)
	chip := sim.NewT8A(rom)
	b.wire.Add(chip)
	if shown, err := b.shown(rom, "T8A"); !shown || err != nil {
		t.Errorf("a T8A is not shown as one: %v", err)
	}
	volts := [8]float64{0, 4.9987, 2.5, 0.0013, 1.2345, 3.3, 4.095, 0.5}
	for i, v := range volts {
		chip.SetVoltage(i, v)
	}
	for i, v := range volts {
		b.near(t, rom, fmt.Sprint("T8A/volt.", i), v, 5./4096)
	}
	b.noisyReads(t, rom, "T8A/volt.4", "T8A/volt.7")
	b.wantCost(t, "a voltage", 1, 72+32+72, func() { b.read(t, rom, "T8A/volt.0") })

	b, rom = newBench(), testROM(0x12)
	b.wire.Add(sim.NewDS2406(rom))
	_, err := b.tryRead(rom, "T8A/volt.0")
	wantErr(t, "a voltage of a switch", err, errors.ErrUnsupported)
}
