// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"
	"time"

	"owfs/hw/sim"
)

func newHD44780(t *testing.T) (*rig, *sim.HD44780) {
	r := newRig(t)
	lcd := sim.NewHD44780(r.clock)
	lcd.Strobe(false, 0x30) // is lost: the power has just come
	if lcd.Lost() != 1 {
		t.Error("the display is not busy when its power has come")
	}
	r.sleep(10 * time.Millisecond)
	return r, lcd
}

// Table 11 of the data sheet, 8 bits and one line, where the internal reset did
// the initializing.
func TestHD44780EightBits(t *testing.T) {
	r, lcd := newHD44780(t)
	lcd.Strobe(false, 0x30)
	r.sleep(5 * time.Millisecond)
	lcd.Strobe(false, 0x0E)
	lcd.Strobe(false, 0x06)
	for _, c := range []byte("HITACHI") {
		lcd.Strobe(true, c)
	}
	if got := lcd.Text(0, 8); got != "HITACHI " || lcd.Switches() != 6 {
		t.Errorf("the display shows %q, its switches are %d", got, lcd.Switches())
	}
	lcd.Strobe(false, 0x10) // the cursor to the left
	lcd.Strobe(true, 'O')
	lcd.Strobe(false, 0x02)
	lcd.Strobe(true, 'x') // is lost
	r.sleep(2 * time.Millisecond)
	lcd.Strobe(true, 'M')
	if got := lcd.Text(0, 8); got != "MITACHO " || lcd.Lost() != 2 {
		t.Errorf("the display shows %q and has lost %d", got, lcd.Lost())
	}
	lcd.Strobe(false, 0x01)
	if got := lcd.Text(0, 8); got != "        " {
		t.Errorf("the cleared display shows %q", got)
	}
}

// Table 12, 4 bits, and the initializing by instructions of figure 24, which works
// from the middle of a byte too.
func TestHD44780FourBits(t *testing.T) {
	r, lcd := newHD44780(t)
	send := func(rs bool, b byte) {
		lcd.Strobe(rs, b|0x0F)
		lcd.Strobe(rs, b<<4|0x0F)
	}
	for _, halves := range []int{0, 1, 2, 1} {
		for range halves {
			lcd.Strobe(false, 0x0F)
		}
		for range 3 {
			lcd.Strobe(false, 0x3F)
			r.sleep(4200 * time.Microsecond)
		}
		lcd.Strobe(false, 0x2F)
		send(false, 0x28)
		send(false, 0x0E)
		send(false, 0x06)
		send(false, 0xA7) // the end of the first line
		send(true, 'H')
		send(true, 'I') // the second one
		if first, second := lcd.Text(0x27, 1), lcd.Text(0x40, 1); first != "H" || second != "I" {
			t.Errorf("after %d halves the display shows %q and %q", halves, first, second)
		}
		send(false, 0x01)
		r.sleep(2 * time.Millisecond)
	}
	send(false, 0x48)
	send(true, 0x15)
	send(true, 0x0A)
	if got := lcd.Glyph(1); got[0] != 0x15 || got[1] != 0x0A {
		t.Errorf("character 1 is % X", got)
	}
}
