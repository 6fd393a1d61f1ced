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

func passwordMemory() (*bench, *sim.DS1977, hw.ROM) {
	b, rom := newBench(), testROM(0x37)
	chip := sim.NewDS1977(rom)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	return b, chip, rom
}

func TestDS1977Memory(t *testing.T) {
	b, chip, rom := passwordMemory()
	all := pattern(3, 32704)
	chip.SetMemory(0, all)
	b.want(t, rom, "memory", device.Bytes(all))
	b.want(t, rom, "pages/page.510", device.Bytes(all[510*64:]))
	b.write(t, rom, "pages/page.510", device.Text("the last page"))
	if got := chip.Memory()[510*64:][:13]; string(got) != "the last page" {
		t.Errorf("page 510 begins with %q", got)
	}
	b.write(t, rom, "memory", device.Bytes(pattern(8, 200)))
	if got := chip.Memory()[:200]; !bytes.Equal(got, pattern(8, 200)) {
		t.Errorf("the memory begins with % X", got)
	}
	b.want(t, rom, "version", device.Int(0x31))
	wantErr(t, "too long", b.tryWrite(rom, "pages/page.0", device.Bytes(make([]byte, 65))), syscall.ERANGE)
	wantErr(t, "too long", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 32705))), syscall.ERANGE)
	b.noisyReads(t, rom, "pages/page.7", "version", "set_password/enabled")
	values := []device.Value{device.Bytes(pattern(1, 64)), device.Bytes(pattern(3, 64))}
	b.noisyWrites(t, rom, "pages/page.2", values, func(v device.Value) bool {
		return bytes.Equal(chip.Memory()[128:192], v.Bytes())
	})
	b.wantCost(t, "reading a page", 1, 72+24+64+64*8+16, func() { b.read(t, rom, "pages/page.7") })
	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "pages/page.0")
	wantErr(t, "an iButton that has left", err, hw.ErrNoPresence)
}

// The example of page 26: passwords are set, verified and enabled.
func TestDS1977Passwords(t *testing.T) {
	b, chip, rom := passwordMemory()
	b.want(t, rom, "set_password/enabled", device.Flag(false))
	wantErr(t, "enabling an unknown password", b.tryWrite(rom, "set_password/enabled", device.Flag(true)), syscall.EPERM)
	b.write(t, rom, "set_password/read", device.Text("readable"))
	b.write(t, rom, "set_password/full", device.Text("all of it"[:8]))
	m := chip.Memory()
	if got := string(m[0x7FC0:0x7FD0]); got != "readableall of i" {
		t.Errorf("the passwords are %q", got)
	}
	if bytes.Contains(chip.Pad(), []byte("all")) {
		t.Error("the password is still in the scratchpad")
	}
	b.write(t, rom, "set_password/enabled", device.Flag(true))
	if got := chip.Memory()[0x7FD0]; got != 0xAA {
		t.Errorf("the control register is %02X, want AA (page 7)", got)
	}
	b.want(t, rom, "set_password/enabled", device.Flag(true))
	b.write(t, rom, "pages/page.0", device.Text("secret"))
	wantErr(t, "a new password", b.tryWrite(rom, "set_password/full", device.Text("12345678")), syscall.EPERM)

	b.forget(rom) // another program, which knows no password
	_, err := b.tryRead(rom, "pages/page.0")
	wantErr(t, "reading without password", err, syscall.EACCES)
	b.write(t, rom, "use_password/read", device.Text("readable"))
	if got := b.read(t, rom, "pages/page.0").Bytes()[:6]; string(got) != "secret" {
		t.Errorf("page 0 begins with %q", got)
	}
	wantErr(t, "writing without password", b.tryWrite(rom, "pages/page.0", device.Text("x")), syscall.EACCES)
	b.write(t, rom, "use_password/full", device.Text("wrong..."))
	wantErr(t, "writing with a wrong one", b.tryWrite(rom, "pages/page.0", device.Text("x")), syscall.EACCES)
	wantErr(t, "disabling with a wrong one", b.tryWrite(rom, "set_password/enabled", device.Flag(false)), syscall.EACCES)
	b.write(t, rom, "use_password/full", device.Text("all of i"))
	b.write(t, rom, "pages/page.0", device.Text("x"))
	b.write(t, rom, "set_password/enabled", device.Flag(false))
	b.want(t, rom, "set_password/enabled", device.Flag(false))
	for _, name := range []string{"use_password/read", "use_password/full", "set_password/read", "set_password/full"} {
		wantErr(t, name, b.tryWrite(rom, name, device.Text("short")), syscall.ERANGE)
	}
}
