// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"math"
	"time"
)

// Drivers of properties that come from another property of the same device.

// pagedMemory is the whole of a memory as the pages that it is made of.
func pagedMemory(page string, count, size int) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			v, err := c.Read(ctx, page, Element{Index: All})
			if err != nil {
				return Value{}, err
			}
			var all []byte
			for _, one := range v.List() {
				all = append(all, one.Bytes()...)
			}
			return Bytes(all), nil
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			p := v.Bytes()
			if len(p) > count*size {
				return tooLong(count * size)
			}
			for i := 0; len(p) > 0; i++ {
				n := min(size, len(p))
				if err := c.Write(ctx, page, Element{Index: i}, Bytes(p[:n])); err != nil {
					return err
				}
				p = p[n:]
			}
			return nil
		},
	}
}

// dateOf is a point in time as the text of a property in seconds since 1970.
func dateOf(udate string) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := c.Read(ctx, udate, e)
			return Moment(time.Unix(v.Int(), 0)), err
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			s := v.Moment().Unix()
			if s < 0 || s > math.MaxUint32 {
				return outOfRange("1970-01-01", "2106-02-07")
			}
			return c.Write(ctx, udate, e, Int(s))
		},
	}
}

// alsoCalled is another name of a property.
func alsoCalled(property string) Driver {
	return Driver{
		Read:  link(property),
		Write: func(ctx context.Context, c Chip, e Element, v Value) error { return c.Write(ctx, property, e, v) },
	}
}
