// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"
)

// The drawing has the places of a display with four lines (data sheet page 11: the
// first line ends at 27, the second begins at 40), and what table 4 has for them.
func TestHD44780Screen(t *testing.T) {
	r, lcd := newHD44780(t)
	const edge, empty = "+--------------------+\n", "|                    |\n"
	const off = edge + empty + empty + empty + empty + edge + "display off\ncursor off\nblinking off\n"
	changes := 0
	lcd.OnChange = func() { changes++ }
	want := func(want string) {
		t.Helper()
		if got := lcd.Screen(); got != want {
			t.Errorf("the display shows\n%swant\n%s", got, want)
		}
	}
	want(off)
	lcd.Strobe(false, 0x38)
	r.sleep(5 * time.Millisecond)
	print := func(at byte, text string) {
		lcd.Strobe(false, 0x80|at)
		for _, c := range []byte(text) {
			lcd.Strobe(true, c)
		}
	}
	print(0x00, "21.5 \xDFC")
	want(off) // it is not on
	lcd.Strobe(false, 0x0D)
	print(0x27-19, strings.Repeat("-", 19)+"<")
	print(0x40, "\xB1\xDD\x7F\x5C\xE4\x00\x0F\x9F")
	print(0x67, "!")
	lcd.Strobe(false, 0x40|8*7)
	lcd.Strobe(true, 0x1F)
	want(edge + "|21.5 °C             |\n|ｱﾝ←¥µ⓪⑦             |\n|-------------------<|\n|                   !|\n" + edge +
		"display on\ncursor off\nblinking on\ncharacter 7 1F00000000000000\n")
	if changes < 40 {
		t.Errorf("%d changes were told", changes)
	}
	lcd.PowerOn()
	want(off)
}
