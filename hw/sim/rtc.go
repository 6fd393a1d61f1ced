// SPDX-License-Identifier: Apache-2.0

package sim

import "time"

// A rtc is a clock in seven registers of BCD, as Thermochrons have it: seconds,
// minutes, hours, day of the week, date, month with the century in bit 7, year
// (DS1921G data sheet page 11). Bit 6 of the hours is for 12 hours, bit 5 then
// for PM.
type rtc struct {
	at    time.Time // what it showed …
	since time.Time // … at this time of the line
	day   int       // of the week at that time, 0 to 6
	half  bool      // counts 12 hours
}

func (r *rtc) set(now, at time.Time) {
	r.at, r.since, r.day = at.UTC().Truncate(time.Second), now, int(at.UTC().Weekday())
}

func bcd(n int) byte   { return byte(n/10<<4 | n%10) }
func unBCD(b byte) int { return int(b>>4)*10 + int(b&15) }

func (r *rtc) registers(now time.Time) [7]byte {
	t := r.at.Add(now.Sub(r.since))
	days := int(t.Truncate(24*time.Hour).Sub(r.at.Truncate(24*time.Hour)) / (24 * time.Hour))
	hours := bcd(t.Hour())
	if r.half {
		hours = bcd((t.Hour()+11)%12+1) | 1<<6
		if t.Hour() >= 12 {
			hours |= 1 << 5
		}
	}
	month := bcd(int(t.Month()))
	if t.Year() >= 2000 {
		month |= 1 << 7
	}
	return [7]byte{bcd(t.Second()), bcd(t.Minute()), hours, byte((r.day+days)%7 + 1), bcd(t.Day()), month, bcd(t.Year() % 100)}
}

// write changes one register.
func (r *rtc) write(now time.Time, n int, b byte) {
	p := r.registers(now)
	p[n] = b
	r.half = p[2]&(1<<6) != 0
	hour := unBCD(p[2] & 0x3F)
	if r.half {
		hour = unBCD(p[2]&0x1F) % 12
		if p[2]&(1<<5) != 0 {
			hour += 12
		}
	}
	year := 1900 + unBCD(p[6])
	if p[5]&(1<<7) != 0 {
		year += 100
	}
	r.at = time.Date(year, time.Month(unBCD(p[5]&0x1F)), unBCD(p[4]&0x3F), hour, unBCD(p[1]&0x7F), unBCD(p[0]&0x7F), 0, time.UTC)
	r.since, r.day = now, (int(p[3]&7)+6)%7
}
