// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// A display with an HD44780 is on a DS2408: the outputs are its data pins and RS,
// the strobe is E, and R/W is at ground, so that nothing can be read from it. Its
// instructions are from Hitachi's data sheet (HD44780U, ADE-207-272, pages 24 to
// 28), and how it is brought into a known state, from any other, is on pages 45
// and 46.
const (
	hdClear      = 0x01
	hdHome       = 0x02
	hdForward    = 0x06 // entry mode: the cursor moves on, the text stays
	hdSwitches   = 0x08 // with display 4, cursor 2, blinking 1
	hdWake       = 0x30 // function set: 8 bits
	hdFourBits   = 0x20 // function set: 4 bits
	hdTwoLines   = 0x08 // of a function set
	hdCharacters = 0x40 // address of the characters that can be defined
	hdPlace      = 0x80 // address of a place on the display
	hdSecondLine = 0x40
)

// How long the display takes: to wake up, to clear and to go home. The 37 µs of
// all else are less than the slots of the next byte.
const (
	hdWakeTime  = 5 * time.Millisecond
	hdClearTime = 2 * time.Millisecond
)

// displayFact is the wiring of the display whose state is known, a string.
const displayFact = "display"

// A display is a way to wire it.
type display struct {
	name   string
	verify byte // the pins that nothing else pulls low
	// spell gives the outputs for a byte, data or an instruction.
	spell func(data bool, b byte) []byte
	// start brings the display into a known state. It leaves text and cursor.
	start func(t displayTx) error
}

// A displayTx is a transaction with a display. Its context does not end before
// the transaction does.
type displayTx struct {
	*hw.Tx
	display
	ctx context.Context
	c   Chip
}

// do runs a transaction with a display that is in a known state. It is in an
// unknown one again if that goes wrong, or if the chip has lost its power, which
// switches the strobe off.
func (d display) do(ctx context.Context, c Chip, f func(t displayTx) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		t := displayTx{tx, d, context.WithoutCancel(ctx), c}
		p, err := ds2408Registers(tx, c.ROM(), ds2408Control)
		if err != nil {
			return err
		}
		known := c.Fact(displayFact) == d.name && p[0]&ds2408Strobe != 0
		c.SetFact(displayFact, nil)
		if !known {
			if err := ds2408ConfigureNow(tx, c.ROM(), ds2408Strobed(true)); err != nil {
				return err
			}
			if err := d.start(t); err != nil {
				return err
			}
		}
		if err := f(t); err != nil {
			return err
		}
		c.SetFact(displayFact, d.name)
		return nil
	})
}

// outputs sets the outputs, one after the other. The chip takes each only with
// its complement, says so, and tells the levels of the pins.
func (t displayTx) outputs(all ...byte) error {
	if err := t.Command(t.c.ROM(), ds2408WritePIO); err != nil {
		return err
	}
	answer := make([]byte, 2)
	for _, b := range all {
		if err := t.Write(b, ^b); err != nil {
			return err
		}
		if err := t.Read(answer); err != nil {
			return err
		}
		if answer[0] == ds2408Done && (answer[1]^b)&t.verify == 0 {
			continue
		}
		if err := ds2408EndTest(t.Tx, t.c.ROM()); err != nil {
			return err
		}
		return unverified("outputs to the display")
	}
	return nil
}

// instruct gives instructions and waits until they must have been done.
func (t displayTx) instruct(d time.Duration, instructions ...byte) error {
	return t.send(d, false, instructions)
}

// print puts characters to where the cursor is, which moves on.
func (t displayTx) print(characters []byte) error { return t.send(0, true, characters) }

func (t displayTx) send(d time.Duration, data bool, all []byte) error {
	var outputs []byte
	for _, b := range all {
		outputs = append(outputs, t.spell(data, b)...)
	}
	if err := t.outputs(outputs...); err != nil {
		return err
	}
	return t.c.Sleep(t.ctx, d)
}

// displayLength is the most characters that are taken at once.
const displayLength = 128

// displayText is the characters to print. The end of a line that a shell adds is
// none of them, and for 0 there is a blank.
func displayText(v Value) ([]byte, error) {
	if len(v.Bytes()) > displayLength {
		return nil, tooLong(displayLength)
	}
	text := bytes.TrimSuffix(v.Bytes(), []byte("\n"))
	return bytes.ReplaceAll(text, []byte{0}, []byte{' '}), nil
}

// when runs f if the value is yes.
func (d display) when(f func(t displayTx) error) Driver {
	return Driver{Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
		if !v.Flag() {
			return nil
		}
		return d.do(ctx, c, f)
	}}
}

// The display of Maxim's application note 3286, 1-Wire 8-bit LCD reference
// design: DB6 to DB0 are P6 to P0, RS is P7. DB7 is at ground, so that only the
// first 128 characters can be shown, and no place on the display can be chosen.

func lcdM() display {
	return display{
		name: "LCD_M", verify: 0xFF,
		spell: func(data bool, b byte) []byte {
			if data {
				b |= 0x80
			}
			return []byte{b}
		},
		start: func(t displayTx) error {
			for range 3 {
				if err := t.instruct(hdWakeTime, hdWake); err != nil {
					return err
				}
			}
			return t.instruct(0, hdWake|hdTwoLines, hdSwitches|7, hdForward)
		},
	}
}

func lcdMDrivers() Drivers {
	m := lcdM()
	clear := func(t displayTx) error { return t.instruct(hdClearTime, hdClear) }
	text := func(v Value) ([]byte, error) {
		text, err := displayText(v)
		for _, b := range text {
			if b >= 0x80 {
				return nil, fmt.Errorf("character %02X: this display has those up to 7F: %w", b, syscall.EINVAL)
			}
		}
		return text, err
	}
	return Drivers{
		"LCD_M/clear": m.when(clear),
		"LCD_M/home":  m.when(func(t displayTx) error { return t.instruct(hdClearTime, hdHome) }),
		"LCD_M/message": {Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			text, err := text(v)
			if err != nil {
				return err
			}
			return m.do(ctx, c, func(t displayTx) error {
				if err := clear(t); err != nil {
					return err
				}
				return t.print(text)
			})
		}},
		"LCD_M/screen": {Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			text, err := text(v)
			if err != nil {
				return err
			}
			// The cursor moves: it is not the same to do it twice.
			return Once(m.do(ctx, c, func(t displayTx) error { return t.print(text) }))
		}},
	}
}
