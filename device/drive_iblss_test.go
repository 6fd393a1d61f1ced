// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"errors"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func TestSmartSlave(t *testing.T) {
	b, rom := newBench(), testROM(0xFE)
	temp, humidity := -7.5, 61.25
	chip := sim.NewSmartSlave(rom, b.clock, func() float64 { return temp }, func() float64 { return humidity })
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	b.want(t, rom, "subtype", device.Text("TH"))
	b.want(t, rom, "firmware", device.Text("1.2"))
	_, err := b.tryRead(rom, "TH/latesttemp")
	wantErr(t, "before anything was measured", err, syscall.EAGAIN)
	b.want(t, rom, "TH/temperature", device.Num(-7.5))
	b.want(t, rom, "TH/humidity", device.Num(61.25))
	temp, humidity = 20, 40
	b.want(t, rom, "TH/latesttemp", device.Num(-7.5))
	b.want(t, rom, "TH/latesthumidity", device.Num(61.25))

	// What simultaneous/iblss sends to all.
	if err := b.line.Do(t.Context(), func(tx *hw.Tx) error { return tx.Command(hw.ROM{}, 0xB4) }); err != nil {
		t.Fatal(err)
	}
	_, err = b.tryRead(rom, "TH/latesttemp")
	wantErr(t, "while it measures", err, syscall.EAGAIN)
	b.wait(t, 1_000_000_000)
	b.want(t, rom, "TH/latesttemp", device.Num(20))

	b.write(t, rom, "TH/led", device.Flag(true))
	if !chip.LED() {
		t.Error("the light is off")
	}
	b.write(t, rom, "TH/led", device.Flag(false))
	if chip.LED() {
		t.Error("the light is on")
	}
	b.noisyReads(t, rom, "TH/latesttemp", "TH/humidity", "firmware")
	chip.SetKind(7)
	_, err = b.tryRead(rom, "TH/temperature")
	wantErr(t, "another kind of slave", err, errors.ErrUnsupported)
}
