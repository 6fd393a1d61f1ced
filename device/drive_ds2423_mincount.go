// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"math"

	"owfs/hw"
)

// Rain gauges and wind meters with two reed contacts count each turn with both
// inputs of a DS2423. A contact that bounces counts too often, so that the
// smaller of the two advances is the better one: mincount adds those up.

// A minCount is what mincount has come to, and the counters at that time. It
// begins with the smaller counter and lasts for as long as the device is there.
type minCount struct {
	a, b, sum uint32
}

const minCountFact = "DS2423 mincount"

// ds2423Both reads both counters in one transaction.
func ds2423Both(tx *hw.Tx, rom hw.ROM) (a, b uint32, err error) {
	if _, a, err = ds2423Page(tx, rom, 14, 1); err != nil {
		return 0, 0, err
	}
	_, b, err = ds2423Page(tx, rom, 15, 1)
	return a, b, err
}

func ds2423ReadMin(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		a, b, err := ds2423Both(tx, c.ROM())
		if err != nil {
			return err
		}
		m, known := c.Fact(minCountFact).(minCount)
		if known { // the counters have 32 bits, and so do their differences
			m.sum += min(a-m.a, b-m.b)
		} else {
			m.sum = min(a, b)
		}
		m.a, m.b = a, b
		c.SetFact(minCountFact, m)
		v = Int(int64(m.sum))
		return nil
	})
	return v, err
}

func ds2423SetMin(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > math.MaxUint32 {
		return outOfRange(0, uint32(math.MaxUint32))
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		a, b, err := ds2423Both(tx, c.ROM())
		if err == nil {
			c.SetFact(minCountFact, minCount{a, b, uint32(v.Int())})
		}
		return err
	})
}
