// SPDX-License-Identifier: Apache-2.0

package bustest

import (
	"bytes"
	"context"
	"errors"

	"owfs/hw"
	"owfs/hw/sim"
)

func resets(b *bench) {
	if present, err := b.bus.Reset(b.ctx); present || err != nil {
		b.Errorf("reset of an empty line: %v, %v", present, err)
	}
	b.thermometer("28.000000000001", 20)
	for range 3 {
		if present, err := b.bus.Reset(b.ctx); !present || err != nil {
			b.Errorf("reset with a device: %v, %v", present, err)
		}
	}
}

func resetShort(b *bench) {
	b.thermometer("28.000000000001", 20)
	b.reset()
	b.line.SetFaults(sim.Faults{Short: true})
	_, err := b.bus.Reset(b.ctx)
	if !errors.Is(err, hw.ErrShort) || !hw.IsLine(err) {
		b.Errorf("reset of a shorted line: %v", err)
	}
	b.line.SetFaults(sim.Faults{})
	b.reset()
}

func resetLost(b *bench) {
	b.thermometer("28.000000000001", 20)
	b.line.SetFaults(sim.Faults{NoPresence: true})
	if present, err := b.bus.Reset(b.ctx); present || err != nil {
		b.Errorf("reset with lost presence: %v, %v", present, err)
	}
	b.line.SetFaults(sim.Faults{})
	b.reset()
}

// touchEcho sends all byte values over an empty line, one by one and at once.
func touchEcho(b *bench) {
	var all []byte
	for v := range 256 {
		if got := b.touch(byte(v)); got[0] != byte(v) {
			b.Errorf("sent %02X, read %02X", v, got[0])
		}
		all = append(all, byte(v))
	}
	if got := b.touch(bytes.Clone(all)...); !bytes.Equal(got, all) {
		b.Errorf("sent all bytes, read % X", got)
	}
	b.check(b.bus.Touch(b.ctx, nil))
}

func touchReads(b *bench) {
	chip := b.thermometer("28.0000E1E3F1FF", 20) // bytes that mean something to some adapters
	b.reset()
	if got := b.touch(ff(8, hw.ReadROM)...); !bytes.Equal(got[1:], chip.ROM[:]) {
		b.Errorf("read ROM gives % X, want % X", got[1:], chip.ROM)
	}
	b.reset()
	b.touch(hw.ReadROM)
	for i, want := range chip.ROM {
		if got := b.touch(0xFF); got[0] != want {
			b.Errorf("byte %d is %02X, want %02X", i, got[0], want)
		}
	}
}

func touchMany(b *bench) {
	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(i * 7)
	}
	want := bytes.Clone(long)
	if got := b.touch(long...); !bytes.Equal(got, want) {
		b.Error("1000 bytes did not come back as they were sent")
	}
}

func touchShort(b *bench) {
	b.line.SetFaults(sim.Faults{Short: true})
	if got := b.touch(0xFF, 0x55); got[0] != 0 || got[1] != 0 {
		b.Errorf("a shorted line reads % X", got)
	}
	b.line.SetFaults(sim.Faults{})
	if got := b.touch(0xFF, 0x55); got[0] != 0xFF || got[1] != 0x55 {
		b.Errorf("a line that was shorted reads % X", got)
	}
}

func bits(b *bench) {
	want := []byte{1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0}
	got := bytes.Clone(want)
	b.check(b.bus.Bits(b.ctx, got))
	if !bytes.Equal(got, want) {
		b.Errorf("sent the bits %v, read %v", want, got)
	}
	b.check(b.bus.Bits(b.ctx, nil))
	chip := b.thermometer("28.123456789ABC", 20)
	b.command(hw.ReadROM)
	var rom hw.ROM
	for i := range 64 {
		one := []byte{1}
		b.check(b.bus.Bits(b.ctx, one))
		rom[i/8] |= one[0] << (i % 8)
	}
	if rom != chip.ROM {
		b.Errorf("the bits of read ROM give %v", rom)
	}
}

// mixed reads a ROM code by bytes, bits and both.
func mixed(b *bench) {
	chip := b.thermometer("28.123456789ABC", 20)
	for range 3 {
		b.reset()
		head := []byte{1, 1, 0, 0, 1, 1, 0, 0} // 33, read ROM
		b.check(b.bus.Bits(b.ctx, head))
		first := b.touch(0xFF, 0xFF)
		eight := ff(8)
		for i := range eight {
			eight[i] = 1
		}
		b.check(b.bus.Bits(b.ctx, eight))
		var third byte
		for i, bit := range eight {
			third |= bit << i
		}
		rest := b.touch(ff(5)...)
		got := append(append(first, third), rest...)
		if !bytes.Equal(got, chip.ROM[:]) {
			b.Errorf("read % X, want % X", got, chip.ROM)
		}
	}
}

// slots counts what happens on the line: a bus master that sends something of
// its own would confuse the devices.
func slots(b *bench) {
	b.thermometer("28.000000000001", 20)
	before := b.line.Counts()
	b.reset()
	b.touch(ff(9, hw.SkipROM, 0xBE)...)
	b.check(b.bus.Bits(b.ctx, []byte{1, 1, 1}))
	after := b.line.Counts()
	if n := after.Resets - before.Resets; n != 1 {
		b.Errorf("%d resets, want 1", n)
	}
	if n := after.Slots - before.Slots; n != 91 {
		b.Errorf("%d slots, want 91", n)
	}
}

func ended(b *bench) {
	b.thermometer("28.000000000001", 20)
	b.reset()
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	_, reset := b.bus.Reset(ctx)
	_, power := b.bus.Power(ctx, 0x44, 1)
	for name, err := range map[string]error{
		"Reset": reset, "Power": power,
		"Touch": b.bus.Touch(ctx, []byte{0xFF}), "Bits": b.bus.Bits(ctx, []byte{1}),
	} {
		if !errors.Is(err, context.Canceled) || hw.IsLine(err) {
			b.Errorf("%s under a cancelled context: %v", name, err)
		}
	}
	b.reset()
}

func comesAndGoes(b *bench) {
	for range 3 {
		chip := b.thermometer("28.000000000001", 20)
		b.reset()
		b.line.Remove(chip)
		if present, err := b.bus.Reset(b.ctx); present || err != nil {
			b.Errorf("after the device has left: %v, %v", present, err)
		}
	}
}
