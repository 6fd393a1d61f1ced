// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"

	"owfs/hw"
)

// The DS2413, from its data sheet (18 pages): commands and status pages 6 and 7,
// examples page 17.
const (
	ds2413Read  = 0xF5
	ds2413Write = 0x5A
	ds2413Done  = 0xAA

	ds2413LevelA, ds2413OutputA = 0x01, 0x02 // an output that is 0 conducts
	ds2413LevelB, ds2413OutputB = 0x04, 0x08
)

func ds2413Drivers() Drivers {
	return Drivers{
		"piostate": {Read: ds2413State, Write: ds2413SetState},
		"PIO":      {Read: ds2413Bits(ds2413OutputA, ds2413OutputB, 3), Write: ds2413PIO},
		"sensed":   {Read: ds2413Bits(ds2413LevelA, ds2413LevelB, 0)},
	}
}

// ds2413State reads the levels and outputs of both channels, which come with
// their complement (page 6).
func ds2413State(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 1, ds2413Read)
		if err != nil {
			return err
		}
		if p[0]>>4 != ^p[0]&15 {
			return tx.CRCFailed("complement of the DS2413 status")
		}
		v = Int(int64(p[0] & 15))
		return nil
	})
	return v, err
}

// ds2413SetState sets the outputs: bit 0 is A, bit 1 is B, the other bits of a
// byte are 1 (page 7). The chip takes them only with their complement, and
// answers with its new status.
func ds2413SetState(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > 0xFF {
		return outOfRange(0, 0xFF)
	}
	out := byte(v.Int()) | 0xFC
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 2, ds2413Write, out, ^out)
		if err != nil {
			return err
		}
		if p[0] != ds2413Done || p[1]>>1&1 != out&1 || p[1]>>3&1 != out>>1&1 {
			return unverified("DS2413 outputs")
		}
		return nil
	})
}

// ds2413Bits takes a bit of each channel out of the state.
func ds2413Bits(a, b byte, invert uint64) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		v, err := c.Read(ctx, "piostate", Element{})
		if err != nil {
			return Value{}, err
		}
		var bits uint64
		if byte(v.Int())&a != 0 {
			bits |= 1
		}
		if byte(v.Int())&b != 0 {
			bits |= 2
		}
		return Bits(bits ^ invert), nil
	}
}

func ds2413PIO(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > 3 {
		return outOfRange(0, 3)
	}
	return c.Write(ctx, "piostate", Element{}, Int(int64(^v.Bits()&3)))
}
