// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"math"
	"time"

	"owfs/hw"
)

// chronExcursions are the drivers of the times that a limit was passed. The log
// has four bytes for each: the number of the sample, counted from 1, and for how
// many samples it went on (DS1921H/Z page 14).
func chronExcursions(dir string, log, limit int) Drivers {
	each := func(f func(r chronReport, sample, length int) Value) Driver {
		return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			r, p, err := chronExcursionLog(ctx, c, log)
			if err != nil {
				return Value{}, err
			}
			list := make([]Value, chronTimes)
			for i := range list {
				list[i] = f(r, chronNumber(p[4*i:]), int(p[4*i+3]))
			}
			return List(list...), nil
		}}
	}
	when := func(spell func(time.Time) Value, length int) Driver {
		return each(func(r chronReport, sample, n int) Value {
			if n == 0 {
				return spell(time.Unix(0, 0))
			}
			return spell(r.at(sample - 1 + length*n))
		})
	}
	return Drivers{
		dir + "count": each(func(_ chronReport, _, n int) Value { return Int(int64(n)) }),
		dir + "date":  when(Moment, 0),
		dir + "end":   when(Moment, 1),
		dir + "udate": when(func(t time.Time) Value { return Int(t.Unix()) }, 0),
		dir + "elements": {Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			_, p, err := chronExcursionLog(ctx, c, log)
			n := 0
			for i := 3; i < len(p) && p[i] > 0; i += 4 {
				n++
			}
			return Int(int64(n)), err
		}},
		dir + "temperature": {
			Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
				p, err := chronRead(ctx, c, limit)
				if err != nil {
					return Value{}, err
				}
				return Num(chronKindOf(c.ROM()).celsius(p[0])), nil
			},
			Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
				k := chronKindOf(c.ROM())
				code := math.Round((v.Num() - k.zero) / k.step)
				if !(code >= 0 && code <= 255) {
					return outOfRange(k.zero, k.celsius(255))
				}
				return c.Do(ctx, func(tx *hw.Tx) error { return chronWrite(tx, c.ROM(), limit, byte(code)) })
			},
		},
	}
}

// chronExcursionLog reads the 48 bytes of a log, which are in two pages.
func chronExcursionLog(ctx context.Context, c Chip, log int) (r chronReport, p []byte, err error) {
	if r, err = chronReported(ctx, c); err != nil {
		return r, nil, err
	}
	for len(p) < 4*chronTimes {
		q, err := chronRead(ctx, c, log+len(p))
		if err != nil {
			return r, nil, err
		}
		p = append(p, q...)
	}
	return r, p[:4*chronTimes], nil
}
