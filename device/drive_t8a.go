// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"owfs/hw"
)

// The T8A of Embedded Data Systems measures eight voltages from 0 to 5 V, with 12
// bits. It looks like a DS2406, to whose channel access it answers in its own way:
// behind the control bytes comes one that selects the input, and of the seven
// behind that the fifth is the result's upper eight bits, and the seventh its
// lower four, all of them inverted and the uppermost one first. A CRC of these
// eight bytes follows. That is what OWFS' driver does, which was made with the
// real thing; there is no data sheet to compare it with, but what does not fit
// has a wrong CRC.
const (
	t8aControl = 0xA6
	t8aFull    = 5.0
)

// t8aIs asks for the text A189 in the memory, once for as long as the device is
// there.
func t8aIs(ctx context.Context, c Chip) (bool, error) {
	const key = "DS2406 is a T8A"
	if known, ok := c.Fact(key).(bool); ok {
		return known, nil
	}
	v, err := c.Read(ctx, "pages/page", Element{})
	if err != nil {
		return false, err
	}
	is := string(v.Bytes()[1:5]) == "A189"
	c.SetFact(key, is)
	return is, nil
}

// ds2406Shown tells whether there is a directory T8A.
func ds2406Shown(ctx context.Context, c Chip, _ string) (bool, error) { return t8aIs(ctx, c) }

func t8aVolts(ctx context.Context, c Chip, e Element) (v Value, err error) {
	switch is, err := t8aIs(ctx, c); {
	case err != nil:
		return v, err
	case !is:
		return v, fmt.Errorf("there is no text A189 in the memory, so this is no T8A: %w", errors.ErrUnsupported)
	}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		input := byte(e.Index<<2 | 2)
		p, err := tx.Exchange(c.ROM(), 7+2, ds2406Access, t8aControl, 0xFF, input)
		if err != nil {
			return err
		}
		if !tx.CheckCRC16(hw.CRC16(0, []byte{input}), p) {
			return tx.CRCFailed("T8A measurement")
		}
		high, low := bits.Reverse8(^p[4]), bits.Reverse8(^p[6])>>4
		v = Num((float64(high)*16 + float64(low)) * t8aFull / 4096)
		return nil
	})
	return v, err
}
