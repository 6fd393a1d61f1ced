// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"

	"owfs/hw"
)

// The DS28EA00 is a DS18B20 with two switches. From its data sheet (19-4888):
// PIO commands and status pages 11 and 12.
const (
	ds28ea00Read  = 0xF5
	ds28ea00Write = 0xA5
	ds28ea00Done  = 0xAA
)

// The status is laid out as that of the DS2413 is. PIO and latch are both what
// the switches are set to, 1 being a switch that conducts: one of them is
// changed without the other, which must not follow what else is on its pin.
func ds28ea00Drivers() Drivers {
	set := Driver{Read: ds2413Bits(ds2413OutputA, ds2413OutputB, 3), Write: ds28ea00Set}
	return ds18b20Thermo().drivers().without("scratchpad").
		and("piostate", Driver{Read: ds28ea00State}).
		and("PIO", set).
		and("latch", set).
		and("sensed", Driver{Read: ds2413Bits(ds2413LevelA, ds2413LevelB, 0)})
}

// ds28ea00State reads the levels and outputs, which come with their complement.
func ds28ea00State(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 1, ds28ea00Read)
		if err != nil {
			return err
		}
		if p[0]>>4 != ^p[0]&15 {
			return tx.CRCFailed("complement of the DS28EA00 status")
		}
		v = Int(int64(p[0] & 15))
		return nil
	})
	return v, err
}

// ds28ea00Set sets both switches. The chip takes the byte only with its
// complement, and answers with its new status. In a chain it does not (page 12).
func ds28ea00Set(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > 3 {
		return outOfRange(0, 3)
	}
	out := ^byte(v.Bits())
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 2, ds28ea00Write, out, ^out)
		if err != nil {
			return err
		}
		if p[0] != ds28ea00Done || p[1]>>1&1 != out&1 || p[1]>>3&1 != out>>1&1 {
			return unverified("DS28EA00 outputs")
		}
		return nil
	})
}
