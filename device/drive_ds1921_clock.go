// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"time"

	"owfs/hw"
)

// clockStart is how long a logger's clock that stood must have run before the
// chip is asked for anything that needs it.
const clockStart = 1100 * time.Millisecond

func toBCD(n int) byte   { return byte(n/10<<4 | n%10) }
func fromBCD(b byte) int { return int(b>>4)*10 + int(b&15) }
func bcdHour(b byte) int {
	if b&0x40 == 0 {
		return fromBCD(b & 0x3F)
	}
	return fromBCD(b&0x1F)%12 + int(b>>5&1)*12 // 12 hours, and PM
}

// bcdTime is a point in time in registers. The century bit is on from 2000 on.
func bcdTime(second, minute, hour, date, month, year byte) time.Time {
	century := 1900 + int(month>>7)*100
	return time.Date(century+fromBCD(year), time.Month(fromBCD(month&0x1F)), fromBCD(date&0x3F),
		bcdHour(hour), fromBCD(minute&0x7F), fromBCD(second&0x7F), 0, time.UTC)
}

// bcdRegisters is a point in time as registers; the day of the week is 1 for
// Sunday.
func bcdRegisters(t time.Time) (second, minute, hour, dow, date, month, year byte) {
	month = toBCD(int(t.Month()))
	if t.Year() >= 2000 {
		month |= 0x80
	}
	return toBCD(t.Second()), toBCD(t.Minute()), toBCD(t.Hour()), byte(t.Weekday()) + 1, toBCD(t.Day()), month, toBCD(t.Year() % 100)
}

// bcdMoment is the seconds since 1970 that are to be put into registers.
func bcdMoment(v Value) (time.Time, error) {
	t := time.Unix(v.Int(), 0).UTC()
	if t.Year() < 1970 || t.Year() > 2099 {
		return t, outOfRange("1970", "2099")
	}
	return t, nil
}

func chronTime(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := chronRead(ctx, c, chronClock)
	if err != nil {
		return Value{}, err
	}
	return Int(bcdTime(p[0], p[1], p[2], p[4], p[5], p[6]).Unix()), nil
}

func chronSetTime(ctx context.Context, c Chip, _ Element, v Value) error {
	t, err := bcdMoment(v)
	if err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		second, minute, hour, dow, date, month, year := bcdRegisters(t)
		return chronWrite(tx, c.ROM(), chronClock, second, minute, hour, dow, date, month, year)
	})
}
