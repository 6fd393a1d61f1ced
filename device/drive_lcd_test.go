// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"strings"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newLCD() (*bench, hw.ROM, *sim.LCD) {
	b, rom := newBench(), testROM(0xFF)
	chip := sim.NewLCD(rom)
	b.wire.Add(chip)
	return b, rom, chip
}

func TestLCDText(t *testing.T) {
	b, rom, chip := newLCD()
	for _, on := range []bool{false, true} {
		b.write(t, rom, "LCDon", device.Flag(on))
		b.write(t, rom, "backlight", device.Flag(!on))
		if lit, back := chip.On(); lit != on || back == on {
			t.Errorf("the display is on: %v, its light: %v", lit, back)
		}
	}
	b.want(t, rom, "version", device.Text("Emulated LCD 1.0"))
	b.write(t, rom, "line20.1", device.Text("twenty characters it"))
	b.write(t, rom, "line20.3", device.Text("short"))
	if got := chip.Text(0x40, 40); got != "twenty characters itshort"+strings.Repeat(" ", 15) {
		t.Errorf("the second and fourth line are %q", got)
	}
	wantErr(t, "21 characters", b.tryWrite(rom, "line20.0", device.Text(strings.Repeat("x", 21))), syscall.ERANGE)
	b.write(t, rom, "line40.0", device.Text("forty characters are a line of this size"))
	if got := chip.Text(0, 40); got != "forty characters are a line of this size" {
		t.Errorf("the first line is %q", got)
	}
	b.write(t, rom, "screen16", device.Text("one\nsixteen letters!three\nfour"))
	if got := chip.Text(0, 32); strings.TrimRight(got, " ") != "one             three" {
		t.Errorf("the first and third line are %q", got)
	}
	if got := chip.Text(0x40, 32); strings.TrimRight(got, " ") != "sixteen letters!four" {
		t.Errorf("the second and fourth line are %q", got)
	}
	b.write(t, rom, "register", device.Int(0x85)) // the cursor to place 5
	b.write(t, rom, "data", device.Int('x'))
	if got := chip.Text(5, 1); got != "x" {
		t.Errorf("place 5 shows %q", got)
	}
	wantErr(t, "data", b.tryWrite(rom, "data", device.Int(256)), syscall.ERANGE)
	b.want(t, rom, "register", device.Int(6))
	b.write(t, rom, "register", device.Int(0x80))
	b.want(t, rom, "data", device.Int('o')) // of "one"
	b.want(t, rom, "data", device.Int('n'))
	b.want(t, rom, "register", device.Int(2))
	b.noisyReads(t, rom, "version", "register")
	values := []device.Value{device.Text("noisy 1"), device.Text("noisy 2")}
	b.noisyWrites(t, rom, "line16.0", values, func(v device.Value) bool {
		return strings.TrimRight(chip.Text(0, 16), " ") == string(v.Bytes())
	})
}

func TestLCDPins(t *testing.T) {
	b, rom, chip := newLCD()
	b.write(t, rom, "gpio.BYTE", device.Bits(5))
	b.want(t, rom, "gpio.BYTE", device.Bits(5))
	if chip.GPIO() != 0xA {
		t.Errorf("the outputs are %X", chip.GPIO())
	}
	wantErr(t, "gpio", b.tryWrite(rom, "gpio.BYTE", device.Bits(16)), syscall.ERANGE)
	for _, levels := range []byte{0xE, 0xF, 0xB} {
		chip.SetLevels(levels)
	}
	counts := func(n ...int64) device.Value {
		var list []device.Value
		for _, one := range n {
			list = append(list, device.Int(one))
		}
		return device.List(list...)
	}
	b.want(t, rom, "counters.ALL", counts(2, 0, 1, 0))
	b.want(t, rom, "counters.ALL", counts(0, 0, 0, 0))
	b.want(t, rom, "cumulative.ALL", counts(2, 0, 1, 0))
	b.write(t, rom, "cumulative.ALL", counts(100, 200, 300, 400))
	chip.SetLevels(0xF)
	b.want(t, rom, "cumulative.ALL", counts(100, 200, 301, 400))
}

func TestLCDMemory(t *testing.T) {
	b, rom, chip := newLCD()
	data := bytes.Repeat([]byte("abcdefg"), 16)
	b.write(t, rom, "memory", device.Bytes(data))
	b.want(t, rom, "memory", device.Bytes(data))
	b.write(t, rom, "memory", device.Text("0123456789abcdefghi"))
	if got := chip.Memory(); string(got[:21]) != "0123456789abcdefghifg" {
		t.Errorf("the memory is %q", got)
	}
	wantErr(t, "113 bytes", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 113))), syscall.ERANGE)
	b.noisyReads(t, rom, "memory")
	values := []device.Value{device.Text("first"), device.Text("other")}
	b.noisyWrites(t, rom, "memory", values, func(v device.Value) bool { return bytes.HasPrefix(chip.Memory(), v.Bytes()) })
}
