// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newDS2409() (*bench, hw.ROM, *sim.DS2409) {
	b, rom := newBench(), testROM(0x1F)
	chip := sim.NewDS2409(rom, b.clock)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	return b, rom, chip
}

func TestDS2409(t *testing.T) {
	b, rom, hub := newDS2409()
	b.want(t, rom, "branch.BYTE", device.Bits(0))
	b.want(t, rom, "event.BYTE", device.Bits(0))
	b.want(t, rom, "sensed.BYTE", device.Bits(3))
	b.want(t, rom, "control", device.Int(2))
	hub.Add(sim.Aux, sim.NewSerial(testROM(0x81)))
	b.want(t, rom, "event.BYTE", device.Bits(2))
	hub.Add(sim.Main, sim.NewDS18B20(testROM(0x28), b.clock, func() float64 { return 20 }))
	b.want(t, rom, "event.ALL", device.List(device.Flag(true), device.Flag(true)))
	b.write(t, rom, "clearevent", device.Flag(false))
	if hub.Events() != 3 {
		t.Error("a 0 has cleared the events")
	}
	b.write(t, rom, "clearevent", device.Flag(true))
	b.want(t, rom, "event.BYTE", device.Bits(0))

	b.write(t, rom, "branch.1", device.Flag(true))
	if !hub.On(sim.Aux) {
		t.Error("the auxiliary branch is not on")
	}
	b.want(t, rom, "branch.BYTE", device.Bits(2))
	wantErr(t, "both branches", b.tryWrite(rom, "branch.0", device.Flag(true)), syscall.EINVAL)
	b.write(t, rom, "branch.BYTE", device.Bits(1))
	if !hub.On(sim.Main) {
		t.Error("the main branch is not on")
	}
	b.write(t, rom, "branch.0", device.Flag(false))
	if hub.On(sim.Main) || hub.On(sim.Aux) {
		t.Error("a branch is still on")
	}
	b.wantCost(t, "reading the status", 1, 88+16, func() { b.read(t, rom, "event.BYTE") })
	b.noisyReads(t, rom, "branch.BYTE", "event.BYTE", "sensed.BYTE", "control")
	b.noisyWrites(t, rom, "branch.BYTE", []device.Value{device.Bits(1), device.Bits(2), device.Bits(0)},
		func(v device.Value) bool {
			return hub.On(sim.Main) == (v.Bits() == 1) && hub.On(sim.Aux) == (v.Bits() == 2)
		})
}

func TestDS2409Control(t *testing.T) {
	b, rom, hub := newDS2409()
	for _, row := range []struct {
		control       int64
		off, main, on bool
	}{{0, false, false, false}, {1, true, true, true}, {2, false, true, false}, {3, false, false, true}} {
		b.write(t, rom, "control", device.Int(row.control))
		b.want(t, rom, "control", device.Int(row.control))
		for branch, want := range []bool{row.off, row.main, row.on} {
			b.write(t, rom, "branch.BYTE", device.Bits(uint64(branch)))
			if hub.Control() != want {
				t.Errorf("control %d with branch %d: the output is %v", row.control, branch, hub.Control())
			}
		}
	}
	wantErr(t, "control", b.tryWrite(rom, "control", device.Int(4)), syscall.ERANGE)
	b.noisyWrites(t, rom, "control", []device.Value{device.Int(0), device.Int(1), device.Int(2), device.Int(3)},
		func(device.Value) bool { return true })
}

func TestDS2409Discharge(t *testing.T) {
	b, rom, hub := newDS2409()
	chip := sim.NewDS18B20(testROM(0x28), b.clock, func() float64 { return 20 })
	chip.SetParasite(true)
	hub.Add(sim.Main, chip)
	b.write(t, rom, "branch.BYTE", device.Bits(1))
	err := b.line.Do(t.Context(), func(tx *hw.Tx) error { return tx.Command(chip.ROM, 0x4E, 1, 2, 0x7F) })
	if err != nil {
		t.Fatal(err)
	}
	b.write(t, rom, "discharge", device.Flag(true))
	b.want(t, rom, "branch.BYTE", device.Bits(0))
	b.write(t, rom, "branch.BYTE", device.Bits(1))
	b.want(t, chip.ROM, "temphigh", device.Num(75)) // it has lost what it was told
}

// After a transaction through the coupler, one with it finds its branches off.
func TestDS2409AfterVia(t *testing.T) {
	b, rom, hub := newDS2409()
	label := sim.NewSerial(testROM(0x81))
	hub.Add(sim.Aux, label)
	err := b.line.Do(t.Context(), func(tx *hw.Tx) error {
		tx.Via([]hw.Hop{{Coupler: rom, Aux: true}})
		_, err := tx.Search(hw.SearchROM)
		return err
	})
	if err != nil || !hub.On(sim.Aux) {
		t.Fatalf("the branch is not on: %v", err)
	}
	b.want(t, rom, "branch.BYTE", device.Bits(0))
	b.write(t, rom, "branch.BYTE", device.Bits(2))
	b.want(t, rom, "branch.BYTE", device.Bits(2))
}
