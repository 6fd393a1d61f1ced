// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"fmt"
	"strings"
)

// The places of a display with four lines of 20 characters, by their addresses:
// the third line goes on where the first ends. One with two lines, or with fewer
// characters, is the upper left part of it.
var screenLines = [...]int{0x00, 0x40, 0x14, 0x54}

const screenColumns = 20

// Screen returns what the display shows, as a drawing with four lines of 20
// characters in a frame, what is switched on, and the rows of each character that
// was defined, in hex digits.
func (d *HD44780) Screen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	edge := "+" + strings.Repeat("-", screenColumns) + "+\n"
	b.WriteString(edge)
	for _, at := range screenLines {
		b.WriteByte('|')
		for _, c := range d.ddram[at : at+screenColumns] {
			if d.switches&4 == 0 {
				c = ' '
			}
			b.WriteRune(glyph(c))
		}
		b.WriteString("|\n")
	}
	b.WriteString(edge)
	for i, name := range [...]string{"display", "cursor", "blinking"} {
		state := "off"
		if d.switches>>(2-i)&1 == 1 {
			state = "on"
		}
		fmt.Fprintf(&b, "%s %s\n", name, state)
	}
	for i := range 8 {
		if rows := [8]byte(d.cgram[8*i:]); rows != ([8]byte{}) {
			fmt.Fprintf(&b, "character %d %X\n", i, rows)
		}
	}
	return b.String()
}

// glyph is what a character looks like, by the table of the character generator
// with ROM code A00 (page 17). Those that can be defined are their numbers in
// circles.
func glyph(c byte) rune {
	const defined, upper = "⓪①②③④⑤⑥⑦", "αäβεµσρg√⁻jˣ¢£ñöpqθ∞ΩüΣπxy千万円÷ █"
	switch {
	case c < 0x10:
		return []rune(defined)[c&7]
	case c == 0x5C:
		return '¥'
	case c == 0x7E:
		return '→'
	case c == 0x7F:
		return '←'
	case c >= 0x20 && c < 0x7E:
		return rune(c)
	case c == 0xDF:
		return '°'
	case c > 0xA0 && c < 0xDF: // katakana
		return rune(c) - 0xA1 + '｡'
	case c >= 0xE0:
		return []rune(upper)[c-0xE0]
	}
	return ' '
}
