// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"owfs/hw"
)

// The battery chip DS2436 (data sheet, 29 pages): its measurements are registers
// without a CRC (pages 12 to 14); its three pages are read and written by way of
// scratchpads, which have no CRC either (pages 10, 19 to 22).
const (
	ds2436ReadPad  = 0x11
	ds2436WritePad = 0x17
	ds2436Lock     = 0x43
	ds2436Unlock   = 0x44

	ds2436ConvertT  = 0xD2
	ds2436ConvertV  = 0xB4
	ds2436Registers = 0xB2
	ds2436Increment = 0xB5
	ds2436Reset     = 0xB8

	ds2436Celsius = 0x60 // 13 bits of 1/32 °C at the top of 16
	ds2436Volts   = 0x77 // of 10 mV
	ds2436Cycles  = 0x82
)

// ds2436Time is how long conversions take, and writing the counter.
const ds2436Time = 10 * time.Millisecond

func ds2436Drivers() Drivers {
	return Drivers{
		"temperature": {Read: ds2436Measure(ds2436ConvertT, ds2436Celsius, func(raw uint16) Value {
			return Num(float64(int16(raw)>>3) / 32)
		})},
		"volts": {Read: ds2436Measure(ds2436ConvertV, ds2436Volts, func(raw uint16) Value {
			return Num(float64(raw&0x3FF) / 100)
		})},
		"counter/cycles":    {Read: ds2436Measure(0, ds2436Cycles, func(raw uint16) Value { return Int(int64(raw)) })},
		"counter/increment": {Write: ds2436Count(ds2436Increment)},
		"counter/reset":     {Write: ds2436Count(ds2436Reset)},
		"pages/page":        {Read: ds2436ReadPage, Write: ds2436WritePage},
	}
}

// A ds2436Page is a page: its address and how much of its 32 bytes there is, and
// the commands that copy it to its scratchpad and back. The first can be locked.
type ds2436Page struct {
	at, size      int
	recall, store byte
	locks         bool
}

const ds2436PageSize = 32

func ds2436Pages() [3]ds2436Page {
	return [3]ds2436Page{
		{at: 0x00, size: 24, recall: 0x71, store: 0x22, locks: true},
		{at: 0x20, size: 8, recall: 0x77, store: 0x25},
		{at: 0x40, size: 8, recall: 0x7A, store: 0x28},
	}
}

// A ds2436Tx is a transaction with one chip.
type ds2436Tx struct {
	*hw.Tx
	ctx context.Context
	c   Chip
}

func ds2436Do(ctx context.Context, c Chip, f func(tx ds2436Tx) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return f(ds2436Tx{tx, context.WithoutCancel(ctx), c}) })
}

// order gives a command without more and waits until it is done.
func (t ds2436Tx) order(command byte) error {
	if err := t.Command(t.c.ROM(), command); err != nil {
		return err
	}
	return t.c.Sleep(t.ctx, ds2436Time)
}

// read copies a page to its scratchpad and reads that, until two are the same:
// with a copy that got lost, it would be what somebody else has left there.
func (t ds2436Tx) read(page ds2436Page) ([]byte, error) {
	return twoAgree(t.Tx, t.c.ROM(), "DS2436 page", func() ([]byte, error) {
		if err := t.order(page.recall); err != nil {
			return nil, err
		}
		return t.Exchange(t.c.ROM(), page.size, ds2436ReadPad, byte(page.at))
	})
}

// ds2436ReadPage reads a page. What there is not of its 32 bytes is FF.
func ds2436ReadPage(ctx context.Context, c Chip, e Element) (v Value, err error) {
	page := ds2436Pages()[e.Index]
	err = ds2436Do(ctx, c, func(tx ds2436Tx) error {
		p, err := tx.read(page)
		v = Bytes(append(p, bytes.Repeat([]byte{0xFF}, ds2436PageSize-len(p))...))
		return err
	})
	return v, err
}

// ds2436WritePage writes the beginning of a page. The first is locked afterwards,
// as other programs leave it; they unlock it too when they write.
func ds2436WritePage(ctx context.Context, c Chip, e Element, v Value) error {
	page, data := ds2436Pages()[e.Index], v.Bytes()
	if len(data) > page.size && len(bytes.Trim(data[page.size:], "\xFF")) == 0 && len(data) <= ds2436PageSize {
		data = data[:page.size] // as it was read
	}
	if len(data) > page.size {
		return tooLong(page.size)
	}
	return ds2436Do(ctx, c, func(tx ds2436Tx) error {
		old, err := tx.read(page)
		if err != nil {
			return err
		}
		want := append(bytes.Clone(data), old[len(data):]...)
		if bytes.Equal(old, want) {
			return nil
		}
		err = tx.store(page, want)
		if page.locks {
			err = errors.Join(err, tx.order(ds2436Lock))
		}
		if err != nil {
			return err
		}
		got, err := tx.read(page)
		if err == nil && !bytes.Equal(got, want) {
			err = unverified("DS2436 page")
		}
		return err
	})
}

// store puts a page into its scratchpad, compares it, and copies it.
func (t ds2436Tx) store(page ds2436Page, data []byte) error {
	if page.locks {
		if err := t.order(ds2436Unlock); err != nil {
			return err
		}
	}
	if err := t.Command(t.c.ROM(), append([]byte{ds2436WritePad, byte(page.at)}, data...)...); err != nil {
		return err
	}
	if err := holds(t.Tx, t.c.ROM(), "DS2436 scratchpad", data, ds2436ReadPad, byte(page.at)); err != nil {
		return err
	}
	return t.order(page.store)
}

// ds2436Measure makes a measurement, unless the command is 0, and reads it. The
// chip takes the command by itself: others have the same code for another thing.
func ds2436Measure(command, at byte, value func(raw uint16) Value) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = c.Do(ctx, func(tx *hw.Tx) error {
			if command != 0 {
				if err := tx.Command(c.ROM(), command); err != nil {
					return err
				}
				if err := c.Sleep(context.WithoutCancel(ctx), ds2436Time); err != nil {
					return err
				}
			}
			p, err := agreed(tx, c.ROM(), "DS2436", 2, ds2436Registers, at)
			if err == nil {
				v = value(binary.LittleEndian.Uint16(p))
			}
			return err
		})
		return v, err
	}
}

// ds2436Count does something to the counter of cycles, once.
func ds2436Count(command byte) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		if !v.Flag() {
			return nil
		}
		return Once(c.Do(ctx, func(tx *hw.Tx) error {
			if err := tx.Command(c.ROM(), command); err != nil {
				return err
			}
			return c.Sleep(context.WithoutCancel(ctx), ds2436Time)
		}))
	}
}
