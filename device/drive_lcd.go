// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"owfs/hw"
)

// The LCD controller of Louis Swart is a microcontroller before an HD44780. Its
// data sheet (revision 1.7, 2004) is no longer to be had; the commands are those
// that the programs use which were made with it. What it tells goes through a
// scratchpad, without a CRC.
const (
	lcdScratchpad  = 16
	lcdOn          = 0x03
	lcdOff         = 0x05
	lcdBacklight   = 0x08
	lcdDark        = 0x07
	lcdRegister    = 0x10
	lcdGetRegister = 0x11
	lcdData        = 0x12
	lcdGetData     = 0x13
	lcdSetPins     = 0x21
	lcdPins        = 0x22
	lcdCounters    = 0x23
	lcdFetchEEPROM = 0x37
	lcdStoreEEPROM = 0x39
	lcdVersion     = 0x41
	lcdPrint       = 0x48

	lcdMemory = 112
	lcdCount  = 4 // counters and pins
)

// How long the controller takes.
const (
	lcdShort = 2 * time.Millisecond
	lcdByte  = 4 * time.Millisecond // for each byte of EEPROM
)

func lcdDrivers() Drivers {
	all := Drivers{
		"LCDon":      {Write: lcdSwitch(lcdOn, lcdOff)},
		"backlight":  {Write: lcdSwitch(lcdBacklight, lcdDark)},
		"version":    {Read: lcdReadVersion},
		"gpio":       {Read: lcdReadPins, Write: lcdWritePins},
		"counters":   {Read: lcdReadCounters},
		"cumulative": {Read: lcdReadSum, Write: lcdWriteSum},
		"register":   {Read: lcdReadRegister, Write: lcdSend(lcdRegister)},
		"data":       {Read: lcdReadData, Write: lcdSend(lcdData)},
		"memory":     {Read: lcdReadMemory, Write: lcdWriteMemory},
	}
	for _, width := range []int{16, 20, 40} {
		all[fmt.Sprint("line", width)] = Driver{Write: lcdLine(width)}
		all[fmt.Sprint("screen", width)] = Driver{Write: lcdScreen(width)}
	}
	return all
}

// lcdDo runs a transaction whose context does not end before it.
func lcdDo(ctx context.Context, c Chip, f func(ctx context.Context, tx *hw.Tx) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return f(context.WithoutCancel(ctx), tx) })
}

// lcdTell gives a command and waits until it must have been done.
func lcdTell(ctx context.Context, c Chip, tx *hw.Tx, d time.Duration, command ...byte) error {
	if err := tx.Command(c.ROM(), command...); err != nil {
		return err
	}
	return c.Sleep(ctx, d)
}

// lcdAsk gives a command that puts something into the scratchpad, and reads that.
func lcdAsk(ctx context.Context, c Chip, n int, command byte) (p []byte, err error) {
	err = lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
		if err := lcdTell(ctx, c, tx, lcdShort, command); err != nil {
			return err
		}
		p, err = agreed(tx, c.ROM(), "LCD", n, readScratchpad)
		return err
	})
	return p, err
}

func lcdSwitch(on, off byte) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		command := off
		if v.Flag() {
			command = on
		}
		return c.Do(ctx, func(tx *hw.Tx) error { return tx.Command(c.ROM(), command) })
	}
}

// lcdSend gives a byte to a register of the HD44780. Doing it twice is not the
// same as doing it once: the cursor moves.
func lcdSend(command byte) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		if v.Int() < 0 || v.Int() > math.MaxUint8 {
			return outOfRange(0, math.MaxUint8)
		}
		return Once(lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
			return lcdTell(ctx, c, tx, lcdShort, command, byte(v.Int()))
		}))
	}
}

// lcdReadRegister reads the HD44780's busy flag, bit 7, and where its cursor is.
func lcdReadRegister(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := lcdAsk(ctx, c, 1, lcdGetRegister)
	if err != nil {
		return Value{}, err
	}
	return Int(int64(p[0])), nil
}

// lcdReadData reads the character at the cursor, which moves on with that.
func lcdReadData(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := lcdAsk(ctx, c, 1, lcdGetData)
	if err != nil {
		return Value{}, Once(err)
	}
	return Int(int64(p[0])), nil
}

func lcdReadVersion(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := lcdAsk(ctx, c, lcdScratchpad, lcdVersion)
	return Bytes(p), err
}

// lcdReadPins tells which pins are low: they are on then.
func lcdReadPins(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := lcdAsk(ctx, c, 1, lcdPins)
	if err != nil {
		return Value{}, err
	}
	return Bits(uint64(^p[0] & 0x0F)), nil
}

func lcdWritePins(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > 0x0F {
		return outOfRange(0, 0x0F)
	}
	return lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
		return lcdTell(ctx, c, tx, lcdShort, lcdSetPins, ^byte(v.Bits())&0x0F)
	})
}

// lcdSum is the fact of what the counters have come to, a [lcdCount]int64.
const lcdSum = "LCD sum"

// lcdReadCounters reads the counters, which begin anew with that. It must not be
// done again if the answer does not come through: what was counted would be lost
// without a word.
func lcdReadCounters(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := lcdAsk(ctx, c, 2*lcdCount, lcdCounters)
	if err != nil {
		return Value{}, Once(err)
	}
	sum, _ := c.Fact(lcdSum).([lcdCount]int64)
	list := make([]Value, lcdCount)
	for i := range list {
		n := int64(binary.LittleEndian.Uint16(p[2*i:]))
		sum[i] += n
		list[i] = Int(n)
	}
	c.SetFact(lcdSum, sum)
	return List(list...), nil
}

// lcdReadSum is what the counters have come to since the device was found, or
// since it was written.
func lcdReadSum(ctx context.Context, c Chip, _ Element) (Value, error) {
	if _, err := c.Read(ctx, "counters", Element{Index: All}); err != nil {
		return Value{}, err
	}
	sum, _ := c.Fact(lcdSum).([lcdCount]int64)
	list := make([]Value, lcdCount)
	for i := range list {
		list[i] = Int(sum[i] & math.MaxUint32)
	}
	return List(list...), nil
}

func lcdWriteSum(_ context.Context, c Chip, _ Element, v Value) error {
	var sum [lcdCount]int64
	for i, one := range v.List() {
		if one.Int() < 0 || one.Int() > math.MaxUint32 {
			return outOfRange(0, uint32(math.MaxUint32))
		}
		sum[i] = one.Int()
	}
	c.SetFact(lcdSum, sum)
	return nil
}

// lcdRow reads a row of the EEPROM.
func lcdRow(ctx context.Context, c Chip, tx *hw.Tx, at int) ([]byte, error) {
	if err := tx.Command(c.ROM(), writeScratchpad, byte(at)); err != nil {
		return nil, err
	}
	if err := lcdTell(ctx, c, tx, lcdShort, lcdFetchEEPROM); err != nil {
		return nil, err
	}
	return agreed(tx, c.ROM(), "LCD memory", lcdScratchpad, readScratchpad)
}

func lcdReadMemory(ctx context.Context, c Chip, _ Element) (Value, error) {
	var all []byte
	for len(all) < lcdMemory {
		err := patiently(func() error {
			return lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
				p, err := lcdRow(ctx, c, tx, len(all))
				all = append(all, p...)
				return err
			})
		})
		if err != nil {
			return Value{}, Once(err)
		}
	}
	return Bytes(all), nil
}

// lcdWriteMemory writes the rows that are to be others, and reads them back.
func lcdWriteMemory(ctx context.Context, c Chip, _ Element, v Value) error {
	if len(v.Bytes()) > lcdMemory {
		return tooLong(lcdMemory)
	}
	for at := 0; at < len(v.Bytes()); at += lcdScratchpad {
		data := v.Bytes()[at:min(at+lcdScratchpad, len(v.Bytes()))]
		err := lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
			old, err := lcdRow(ctx, c, tx, at)
			if err != nil || bytes.HasPrefix(old, data) {
				return err
			}
			if err := tx.Command(c.ROM(), append([]byte{writeScratchpad, byte(at)}, data...)...); err != nil {
				return err
			}
			if err := lcdTell(ctx, c, tx, time.Duration(len(data))*lcdByte, lcdStoreEEPROM); err != nil {
				return err
			}
			got, err := lcdRow(ctx, c, tx, at)
			if err == nil && !bytes.HasPrefix(got, data) {
				err = unverified("LCD memory")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lcdShow puts a text on a line and fills the rest with blanks. The third and
// fourth lines are the ends of the first and the second one.
func lcdShow(ctx context.Context, c Chip, tx *hw.Tx, width, line int, text []byte) error {
	at := line%2*0x40 + line/2*width
	text = append(bytes.Clone(text), bytes.Repeat([]byte{' '}, width)...)[:width]
	for ; len(text) > 0; at += lcdScratchpad {
		n := min(len(text), lcdScratchpad)
		if err := tx.Command(c.ROM(), append([]byte{writeScratchpad, byte(at)}, text[:n]...)...); err != nil {
			return err
		}
		if err := lcdTell(ctx, c, tx, lcdShort, lcdPrint); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func lcdLine(width int) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, e Element, v Value) error {
		if len(v.Bytes()) > width {
			return tooLong(width)
		}
		return lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
			return lcdShow(ctx, c, tx, width, e.Index, v.Bytes())
		})
	}
}

// lcdScreen puts a text on all lines, each of which ends with a line feed or when
// it is full.
func lcdScreen(width int) func(context.Context, Chip, Element, Value) error {
	lines := 4
	if width == 40 {
		lines = 2
	}
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		return lcdDo(ctx, c, func(ctx context.Context, tx *hw.Tx) error {
			rest := v.Bytes()
			for line := range lines {
				text, next, _ := bytes.Cut(rest, []byte{'\n'})
				if len(text) > width {
					text, next = rest[:width], rest[width:]
				}
				if err := lcdShow(ctx, c, tx, width, line, text); err != nil {
					return err
				}
				rest = next
			}
			return nil
		})
	}
}
