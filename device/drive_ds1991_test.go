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

func TestMultiKey(t *testing.T) {
	for _, family := range []byte{0x02, 0x82} {
		b, rom := newBench(), testROM(family)
		chip := sim.NewDS1991(rom)
		b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
		const pwd = ".00020406080A0C0E"
		b.write(t, rom, "subkey1/reset"+pwd, device.Flag(false))
		if id, _, _ := chip.Subkey(1); string(id) == "Subkey 1" {
			t.Error("a 0 has reset the subkey")
		}
		chip.SetSubkey(1, 16, []byte("old data"))
		b.write(t, rom, "subkey1/reset"+pwd, device.Flag(true))
		id, password, data := chip.Subkey(1)
		if string(id) != "Subkey 1" || !bytes.Equal(password, []byte{0, 2, 4, 6, 8, 10, 12, 14}) || !bytes.Equal(data, make([]byte, 48)) {
			t.Errorf("after a reset there is %q % X % X", id, password, data)
		}

		b.write(t, rom, "subkey1/secure_data"+pwd, device.Bytes(pattern(1, 48)))
		b.want(t, rom, "subkey1/secure_data"+pwd, device.Bytes(pattern(1, 48)))
		b.write(t, rom, "subkey1/secure_data"+pwd, device.Text("a part"))
		if _, _, data = chip.Subkey(1); !bytes.Equal(data, append([]byte("a part"), pattern(1, 48)[6:]...)) {
			t.Errorf("the data is %q", data)
		}
		b.write(t, rom, "subkey1/id"+pwd, device.Text("my key 1"))
		b.want(t, rom, "subkey1/id.xxx", device.Text("my key 1")) // needs no password

		const newPwd = ".4142434445464748"
		b.write(t, rom, "subkey1/password"+pwd, device.Text("ABCDEFGH"))
		b.write(t, rom, "subkey1/secure_data"+newPwd, device.Text("again"))
		if _, _, data = chip.Subkey(1); string(data[:6]) != "againt" {
			t.Errorf("the data begins with %q", data[:6])
		}
		wantErr(t, "data with the old password", b.tryWrite(rom, "subkey1/secure_data"+pwd, device.Bytes(pattern(9, 48))), syscall.EACCES)
		wantErr(t, "id with the old password", b.tryWrite(rom, "subkey1/id"+pwd, device.Text("somebody")), syscall.EACCES)
		wantErr(t, "password with the old one", b.tryWrite(rom, "subkey1/password"+pwd, device.Text("somebody")), syscall.EACCES)
		if id, _, data = chip.Subkey(1); string(id) != "my key 1" || string(data[:6]) != "againt" {
			t.Error("a wrong password has changed something")
		}
	}
}

// Passwords are hex digits, zeros in front of which can be left out.
func TestMultiKeyPasswords(t *testing.T) {
	b, rom := newBench(), testROM(0x02)
	chip := sim.NewDS1991(rom)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	chip.SetSubkey(2, 8, []byte{0, 0, 0, 0, 0, 0, 0x01, 0x2F})
	chip.SetSubkey(2, 16, []byte("secret"))
	if got := b.read(t, rom, "subkey2/secure_data.12f").Bytes()[:6]; string(got) != "secret" {
		t.Errorf("the data begins with %q", got)
	}
	if got := b.read(t, rom, "subkey2/secure_data.12e").Bytes()[:6]; string(got) == "secret" {
		t.Error("a wrong password opens the subkey")
	}
	for _, bad := range []string{"xxx", "00112233445566778"} {
		_, err := b.tryRead(rom, "subkey2/secure_data."+bad)
		wantErr(t, bad, err, syscall.EINVAL)
		wantErr(t, bad, b.tryWrite(rom, "subkey2/reset."+bad, device.Flag(true)), syscall.EINVAL)
	}
	wantErr(t, "a long id", b.tryWrite(rom, "subkey2/id.12f", device.Text("nine byte")), syscall.ERANGE)
	wantErr(t, "a short password", b.tryWrite(rom, "subkey2/password.12f", device.Text("seven..")), syscall.ERANGE)
	wantErr(t, "long data", b.tryWrite(rom, "subkey2/secure_data.12f", device.Bytes(make([]byte, 49))), syscall.ERANGE)
	b.noisyReads(t, rom, "subkey2/id.0", "subkey2/secure_data.12f")
	values := []device.Value{device.Bytes(pattern(1, 8)), device.Bytes(pattern(3, 8))}
	b.noisyWrites(t, rom, "subkey2/secure_data.12f", values, func(v device.Value) bool {
		_, _, data := chip.Subkey(2)
		return bytes.Equal(data[:8], v.Bytes())
	})
	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "subkey0/id.0")
	wantErr(t, "an iButton that has left", err, hw.ErrNoPresence)
}
