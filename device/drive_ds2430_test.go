// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func TestDS2430A(t *testing.T) {
	b, rom := newBench(), testROM(0x14)
	chip := sim.NewDS2430A(rom, b.clock)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	held := func() []byte { p, _, _ := chip.Memory(); return p }
	b.want(t, rom, "memory", device.Bytes(bytes.Repeat([]byte{0xFF}, 32)))
	all := pattern(9, 32)
	b.write(t, rom, "memory", device.Bytes(all))
	b.write(t, rom, "memory", device.Text("beg"))
	copy(all, "beg")
	if !bytes.Equal(held(), all) {
		t.Errorf("the memory is % X", held())
	}
	b.want(t, rom, "memory", device.Bytes(all))
	wantErr(t, "33 bytes", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 33))), syscall.ERANGE)
	b.wantCost(t, "reading", 2, 2*(88+256), func() { b.read(t, rom, "memory") })
	b.wantCost(t, "writing a byte", 6, 2*(88+256)+88+8+88+256+80+8+88+256, func() { b.write(t, rom, "memory", device.Text("x")) })
	b.noisyWrites(t, rom, "memory", []device.Value{device.Bytes(pattern(1, 32)), device.Bytes(pattern(2, 32))},
		func(v device.Value) bool { return bytes.Equal(held(), v.Bytes()) })

	b.want(t, rom, "status", device.Int(0xFF))
	b.want(t, rom, "application", device.Bytes(bytes.Repeat([]byte{0xFF}, 8)))
	wantErr(t, "9 bytes", b.tryWrite(rom, "application", device.Text("123456789")), syscall.ERANGE)
	b.write(t, rom, "application", device.Text("for ever"))
	b.want(t, rom, "status", device.Int(0xFC))
	b.want(t, rom, "application", device.Text("for ever"))
	b.write(t, rom, "application", device.Text("for "))
	wantErr(t, "a locked register", b.tryWrite(rom, "application", device.Text("For")), syscall.EPERM)
	if _, register, locked := chip.Memory(); string(register) != "for ever" || !locked {
		t.Errorf("the register is %q, locked %v", register, locked)
	}
	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "memory")
	wantErr(t, "a chip that has left", err, hw.ErrNoPresence)
}

// With noise, the application register is locked with the right bytes or not at all.
func TestDS2430ANoise(t *testing.T) {
	for seed := range uint64(200) {
		b, rom := newBench(), testROM(0x14)
		chip := sim.NewDS2430A(rom, b.clock)
		b.wire.Add(chip)
		b.noise(300, seed)
		err := b.tryWrite(rom, "application", device.Text("for ever"))
		if _, register, locked := chip.Memory(); locked && string(register) != "for ever" || err == nil && !locked {
			t.Fatalf("the register is %q, locked %v: %v", register, locked, err)
		}
	}
}
