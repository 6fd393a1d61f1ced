// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"

	"owfs/hw"
)

// How often the timer of a DS1921 raises its alarm follows from bit 7 of each of
// the four bytes of the alarm time, from the seconds on: a part whose bit is on
// does not count (DS1921G data sheet page 12, RTC alarm control). alarm_trigger is
// how many of them count, from the other end: 1 is each second, 2 each minute, 3
// each hour, 4 each day and 0 each week.

// chronIgnored is the bit that makes a part of the alarm time not count.
const chronIgnored = 0x80

// chronMasks are the masks of the triggers, the seconds in bit 0.
func chronMasks() [5]byte { return [5]byte{0b0000, 0b1111, 0b1110, 0b1100, 0b1000} }

func chronTrigger(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := chronRead(ctx, c, chronAlarm)
	if err != nil {
		return Value{}, err
	}
	var mask byte
	for i := range 4 {
		mask |= p[i] & chronIgnored >> 7 << i
	}
	for n, one := range chronMasks() {
		if mask == one {
			return Int(int64(n)), nil
		}
	}
	return Value{}, fmt.Errorf("the masks of the alarm, %04b, mean nothing; write alarm_trigger: %w", mask, syscall.EINVAL)
}

func chronSetTrigger(ctx context.Context, c Chip, _ Element, v Value) error {
	masks := chronMasks()
	if v.Int() < 0 || v.Int() >= int64(len(masks)) {
		return outOfRange(0, len(masks)-1)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := registersFrom(tx, c.ROM(), chronAlarm)
		if err != nil {
			return err
		}
		times := make([]byte, 4)
		for i := range times {
			times[i] = p[i]&^chronIgnored | masks[v.Int()]>>i&1<<7
		}
		return chronWrite(tx, c.ROM(), chronAlarm, times...)
	})
}

// chronAlarmPart is one of the four parts of the time for the timer alarm. Bit 7
// says that it does not count, and is left alone.
func chronAlarmPart(n, most int) Driver {
	at := chronAlarm + n
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			p, err := chronRead(ctx, c, at)
			if err != nil {
				return Value{}, err
			}
			b := p[0] & 0x7F
			if n == 2 {
				return Int(int64(bcdHour(b))), nil
			}
			return Int(int64(fromBCD(b))), nil
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			low := max(0, n-2) // the days of the week begin with 1
			if v.Int() < int64(low) || v.Int() > int64(most) {
				return outOfRange(low, most)
			}
			return c.Do(ctx, func(tx *hw.Tx) error {
				p, err := registersFrom(tx, c.ROM(), at)
				if err != nil {
					return err
				}
				return chronWrite(tx, c.ROM(), at, p[0]&0x80|toBCD(int(v.Int())))
			})
		},
	}
}
