// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newDisplay(t *testing.T, wire func(*sim.HD44780, *sim.DS2408)) (*bench, hw.ROM, *sim.DS2408, *sim.HD44780) {
	b, rom := newBench(), testROM(0x29)
	chip, lcd := sim.NewDS2408(rom), sim.NewHD44780(b.clock)
	wire(lcd, chip)
	b.wire.Add(chip)
	b.sleep(t, time.Second) // nobody is faster when the power comes
	return b, rom, chip, lcd
}

// shows compares the beginning of a line of a display, and the blanks behind it.
func shows(t *testing.T, lcd *sim.HD44780, address int, want string) {
	t.Helper()
	if got := lcd.Text(address, 20); strings.TrimRight(got, " ") != want {
		t.Errorf("at %02X the display shows %q, want %q", address, got, want)
	}
}

func TestDisplayHobbyBoards(t *testing.T) {
	b, rom, chip, lcd := newDisplay(t, (*sim.HD44780).WireHobbyBoards)
	chip.PullLow(0x02) // a button is held
	b.write(t, rom, "LCD_H/message", device.Text("Hello, World!"))
	shows(t, lcd, 0, "Hello, World!")
	if got := lcd.Switches(); got != 4 {
		t.Errorf("the display's switches are %d, want 4", got)
	}
	if got := chip.Latches() & 7; got != 7 {
		t.Errorf("the outputs at the buttons are %d, want 7: off", got)
	}
	b.write(t, rom, "LCD_H/screen", device.Text(" And"))
	b.write(t, rom, "LCD_H/screen", device.Text(" on\n"))
	shows(t, lcd, 0, "Hello, World! And on")

	for place, at := range map[string]int{
		"1,1:": 0x00, "2,4:": 0x43, "3,1:": 0x14, "4,20:": 0x67, "12:": 0x0B, "2, 7 :": 0x46, "\x01\x03": 0x02, "\x03\x05": 0x18,
	} {
		b.write(t, rom, "LCD_H/clear", device.Flag(true))
		b.write(t, rom, "LCD_H/screenyx", device.Text(place+"x:1"))
		if got := lcd.Text(at, 1); got != "x" {
			t.Errorf("%q is not at %02X but somewhere in %q", place, at, lcd.Text(0, 0x68))
		}
	}
	for _, bad := range []string{"", "x", "text", "5,1:x", "1,21:x", "0:x", "a,b:x", "\x05\x01x", "0,1:x"} {
		wantErr(t, bad, b.tryWrite(rom, "LCD_H/screenyx", device.Text(bad)), syscall.EINVAL)
	}
	b.write(t, rom, "LCD_H/message", device.Text("abc"))
	b.write(t, rom, "LCD_H/screenyx", device.Text("\x00\x00de\x00f"))
	shows(t, lcd, 0, "abcde f")
	b.write(t, rom, "LCD_H/home", device.Flag(true))
	b.write(t, rom, "LCD_H/screen", device.Text("X"))
	shows(t, lcd, 0, "Xbcde f")
	b.write(t, rom, "LCD_H/home", device.Flag(false))
	b.write(t, rom, "LCD_H/clear", device.Flag(false))
	shows(t, lcd, 0, "Xbcde f")

	for _, on := range []int64{0, 7, 6, 4} {
		b.write(t, rom, "LCD_H/onoff", device.Int(on))
		if got := lcd.Switches(); int64(got) != on {
			t.Errorf("the display's switches are %d, want %d", got, on)
		}
	}
	shows(t, lcd, 0, "Xbcde f")
	wantErr(t, "onoff 8", b.tryWrite(rom, "LCD_H/onoff", device.Int(8)), syscall.ERANGE)
	wantErr(t, "129 characters", b.tryWrite(rom, "LCD_H/message", device.Bytes(bytes.Repeat([]byte("x"), 129))), syscall.ERANGE)

	bell := [8]byte{0x04, 0x0E, 0x0E, 0x0E, 0x1F, 0x00, 0x04, 0x00}
	b.write(t, rom, "LCD_H/redefchar.3", device.Bytes(bell[:]))
	b.write(t, rom, "LCD_H/redefchar_hex.7", device.Text("040e0E0E1F000400\n"))
	if lcd.Glyph(3) != bell || lcd.Glyph(7) != bell {
		t.Errorf("the characters are % X and % X, want % X", lcd.Glyph(3), lcd.Glyph(7), bell)
	}
	b.write(t, rom, "LCD_H/screen", device.Text("Y")) // at home, not into the characters
	shows(t, lcd, 0, "Ybcde f")
	wantErr(t, "7 rows", b.tryWrite(rom, "LCD_H/redefchar.3", device.Bytes(bell[:7])), syscall.ERANGE)
	wantErr(t, "15 digits", b.tryWrite(rom, "LCD_H/redefchar_hex.3", device.Text("040E0E0E1F00040")), syscall.ERANGE)
	if n := lcd.Lost(); n != 0 {
		t.Errorf("%d transfers came while the display was busy", n)
	}
}

// A display may be between the two halves of a byte, in any mode, or without
// power for a while: what is written next is shown.
func TestDisplayResync(t *testing.T) {
	b, rom, chip, lcd := newDisplay(t, (*sim.HD44780).WireHobbyBoards)
	b.write(t, rom, "LCD_H/message", device.Text("one"))
	b.write(t, rom, "PIO.BYTE", device.Bits(0xF0)) // half a byte for the display
	b.write(t, rom, "LCD_H/message", device.Text("two"))
	shows(t, lcd, 0, "two")
	lcd.HalfByte(0x50)
	b.forget(rom)
	b.write(t, rom, "LCD_H/message", device.Text("three"))
	shows(t, lcd, 0, "three")
	lcd.PowerOn()
	chip.PowerOn()
	b.sleep(t, time.Second)
	b.write(t, rom, "LCD_H/screen", device.Text("four"))
	shows(t, lcd, 0, "four")
	b.write(t, rom, "strobe", device.Flag(false))
	b.write(t, rom, "LCD_H/screen", device.Text(" five"))
	shows(t, lcd, 0, "four five")

	values := []device.Value{device.Text("ab"), device.Text("xyz")}
	b.noisyWrites(t, rom, "LCD_H/message", values, func(v device.Value) bool {
		return strings.TrimRight(lcd.Text(0, 0x28), " ") == string(v.Bytes())
	})
}

func TestDisplayMaxim(t *testing.T) {
	b, rom, _, lcd := newDisplay(t, (*sim.HD44780).WireMaxim)
	b.write(t, rom, "LCD_M/message", device.Text("Hello, World!\n"))
	shows(t, lcd, 0, "Hello, World!")
	b.write(t, rom, "LCD_M/screen", device.Text(" Again"))
	shows(t, lcd, 0, "Hello, World! Again")
	b.write(t, rom, "LCD_M/home", device.Flag(true))
	b.write(t, rom, "LCD_M/screen", device.Text("J"))
	shows(t, lcd, 0, "Jello, World! Again")
	b.write(t, rom, "LCD_M/message", device.Bytes(append(bytes.Repeat([]byte(" "), 40), "second line"...)))
	shows(t, lcd, 0x40, "second line")
	b.write(t, rom, "LCD_M/clear", device.Flag(true))
	shows(t, lcd, 0x40, "")
	for _, path := range []string{"LCD_M/message", "LCD_M/screen"} {
		wantErr(t, "°", b.tryWrite(rom, path, device.Text("20 \xB0C")), syscall.EINVAL)
	}
	if n := lcd.Lost(); n != 0 {
		t.Errorf("%d transfers came while the display was busy", n)
	}
	values := []device.Value{device.Text("ab"), device.Text("xyz")}
	b.noisyWrites(t, rom, "LCD_M/message", values, func(v device.Value) bool {
		return strings.TrimRight(lcd.Text(0, 0x28), " ") == string(v.Bytes())
	})
}

func TestDisplayCost(t *testing.T) {
	b, rom, _, _ := newDisplay(t, (*sim.HD44780).WireHobbyBoards)
	b.write(t, rom, "LCD_H/message", device.Text("x"))
	b.wantCost(t, "20 characters", 2, (72+24+40)+80+20*2*32, func() { b.write(t, rom, "LCD_H/screen", device.Text("twenty characters it")) })
}
