// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// The LCD driver of Hobby Boards: DB7 to DB4 are P7 to P4, RS is P3, and at P2 to
// P0 there are buttons, whose outputs stay off. A byte goes in two halves.

// displaySwitches is the fact of what was switched on last, a byte.
const displaySwitches = "display switches"

const lcdHOn = 4 // display, without a cursor

func lcdH() display {
	const rs, buttons = 0x08, 0x07
	half := func(b byte) byte { return b&0xF0 | buttons }
	return display{
		name: "LCD_H", verify: ^byte(buttons),
		spell: func(data bool, b byte) []byte {
			two := []byte{half(b), half(b << 4)}
			if data {
				two[0], two[1] = two[0]|rs, two[1]|rs
			}
			return two
		},
		start: func(t displayTx) error {
			// Whether it listens to halves, and to which, is not known yet.
			for range 3 {
				if err := t.outputs(half(hdWake)); err != nil {
					return err
				}
				if err := t.c.Sleep(t.ctx, hdWakeTime); err != nil {
					return err
				}
			}
			if err := t.outputs(half(hdFourBits)); err != nil {
				return err
			}
			on, known := t.c.Fact(displaySwitches).(byte)
			if !known {
				on = lcdHOn
			}
			return t.instruct(0, hdFourBits|hdTwoLines, hdSwitches|on, hdForward)
		},
	}
}

func lcdHDrivers() Drivers {
	h := lcdH()
	return Drivers{
		"LCD_H/clear":         h.when(lcdHClear),
		"LCD_H/home":          h.when(func(t displayTx) error { return t.instruct(0, hdPlace) }),
		"LCD_H/message":       {Write: lcdHMessage},
		"LCD_H/screen":        {Write: lcdHScreen},
		"LCD_H/screenyx":      {Write: lcdHScreenYX},
		"LCD_H/onoff":         {Write: lcdHSwitch},
		"LCD_H/redefchar":     {Write: lcdHDefine},
		"LCD_H/redefchar_hex": {Write: lcdHDefineHex},
	}
}

// lcdHClear also switches the display on, without a cursor.
func lcdHClear(t displayTx) error {
	if err := t.instruct(hdClearTime, hdClear); err != nil {
		return err
	}
	t.c.SetFact(displaySwitches, byte(lcdHOn))
	return t.instruct(0, hdSwitches|lcdHOn, hdForward)
}

func lcdHMessage(ctx context.Context, c Chip, _ Element, v Value) error {
	text, err := displayText(v)
	if err != nil {
		return err
	}
	return lcdH().do(ctx, c, func(t displayTx) error {
		if err := lcdHClear(t); err != nil {
			return err
		}
		return t.print(text)
	})
}

// lcdHScreen prints where the cursor is, so that it is not the same to do it
// twice.
func lcdHScreen(ctx context.Context, c Chip, _ Element, v Value) error {
	text, err := displayText(v)
	if err != nil {
		return err
	}
	return Once(lcdH().do(ctx, c, func(t displayTx) error { return t.print(text) }))
}

// The places of a display with four lines of 20 characters, whose third line goes
// on where the first ends. A smaller one shows a part of it.
const (
	lcdHLines   = 4
	lcdHColumns = 20
)

// lcdHPlace is the address of a line and a column, which are counted from 1.
func lcdHPlace(y, x int) (byte, error) {
	if y < 1 || y > lcdHLines || x < 1 || x > lcdHColumns {
		return 0, fmt.Errorf("line %d, column %d: lines are 1 to %d, columns 1 to %d: %w", y, x, lcdHLines, lcdHColumns, syscall.EINVAL)
	}
	return byte((y-1)%2*hdSecondLine + (y-1)/2*lcdHColumns + x - 1), nil
}

// lcdHScreenYX prints at a place, which stands before the text: "2,4:text" is line
// 2, column 4; "4:text" column 4 of the first line; and two bytes that are below
// the digit 1 are the line and the column as such, 0 for where the cursor is.
func lcdHScreenYX(ctx context.Context, c Chip, e Element, v Value) error {
	p := v.Bytes()
	var y, x int
	var rest []byte
	switch before, after, found := bytes.Cut(p, []byte(":")); {
	case len(p) >= 2 && p[0] <= '0':
		if y, x, rest = int(p[0]), int(p[1]), p[2:]; y == 0 || x == 0 {
			return lcdHScreen(ctx, c, e, Bytes(rest))
		}
	case !found:
		return fmt.Errorf("%.20q has no place before its text, as in 2,4:text: %w", p, syscall.EINVAL)
	default:
		var err error
		if y, x, err = lcdHNumbers(string(before)); err != nil {
			return err
		}
		rest = after
	}
	at, err := lcdHPlace(y, x)
	if err != nil {
		return err
	}
	text, err := displayText(Bytes(rest))
	if err != nil {
		return err
	}
	return lcdH().do(ctx, c, func(t displayTx) error {
		if err := t.instruct(0, hdPlace|at); err != nil {
			return err
		}
		return t.print(text)
	})
}

// lcdHNumbers reads "line,column" or "column".
func lcdHNumbers(s string) (y, x int, err error) {
	line, column, both := strings.Cut(s, ",")
	if !both {
		line, column = "1", s
	}
	if y, err = strconv.Atoi(strings.TrimSpace(line)); err == nil {
		x, err = strconv.Atoi(strings.TrimSpace(column))
	}
	if err != nil {
		err = fmt.Errorf("%.20q is not a line and a column, as in 2,4:text: %w", s, syscall.EINVAL)
	}
	return y, x, err
}

// lcdHSwitch switches display (4), cursor (2) and blinking (1).
func lcdHSwitch(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > 7 {
		return outOfRange(0, 7)
	}
	on := byte(v.Int())
	return lcdH().do(ctx, c, func(t displayTx) error {
		c.SetFact(displaySwitches, on)
		return t.instruct(0, hdSwitches|on)
	})
}

// lcdHDefine defines a character by its eight rows of five pixels. The cursor
// goes home, because nobody can ask where it was.
func lcdHDefine(ctx context.Context, c Chip, e Element, v Value) error {
	if len(v.Bytes()) != 8 {
		return fmt.Errorf("%d bytes are not the 8 rows of a character: %w", len(v.Bytes()), syscall.ERANGE)
	}
	return lcdH().do(ctx, c, func(t displayTx) error {
		if err := t.instruct(0, hdCharacters|byte(8*e.Index)); err != nil {
			return err
		}
		if err := t.print(v.Bytes()); err != nil {
			return err
		}
		return t.instruct(0, hdPlace)
	})
}

func lcdHDefineHex(ctx context.Context, c Chip, e Element, v Value) error {
	rows, err := hex.DecodeString(string(bytes.TrimSpace(v.Bytes())))
	if err != nil || len(rows) != 8 {
		return fmt.Errorf("%.20q is not 16 hexadecimal digits: %w", v.Bytes(), syscall.ERANGE)
	}
	return lcdHDefine(ctx, c, e, Bytes(rows))
}
