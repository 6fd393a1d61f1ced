// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"time"

	"owfs/hw"
)

// The battery chip DS2436: its measurements are registers without a CRC. Its
// three pages, two of which are written by way of scratchpads, have no drivers
// yet.
const (
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
	}
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
