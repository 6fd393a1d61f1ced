// SPDX-License-Identifier: Apache-2.0

package sim

import "time"

// A rtc is a clock in seven registers of BCD, as Thermochrons have it: seconds,
// minutes, hours, day of the week, date, month with the century in bit 7, year
// (DS1921G data sheet page 11). Bit 6 of the hours is for 12 hours, bit 5 then
// for PM.
type rtc struct {
	at      time.Time // what it showed …
	since   time.Time // … at this time of the line
	day     int       // of the week at that time, 0 to 6
	half    bool      // counts 12 hours
	stopped bool
	begun   time.Time // when it was last started, on the line
}

func (r *rtc) set(now, at time.Time) {
	r.at, r.since, r.day = at.UTC().Truncate(time.Second), now, int(at.UTC().Weekday())
}

func bcd(n int) byte   { return byte(n/10<<4 | n%10) }
func unBCD(b byte) int { return int(b>>4)*10 + int(b&15) }

// shows is the time that the clock shows.
func (r *rtc) shows(now time.Time) time.Time {
	if r.stopped {
		return r.at
	}
	return r.at.Add(now.Sub(r.since))
}

// run starts the clock where it was stopped, or stops it.
func (r *rtc) run(now time.Time, on bool) {
	if on && r.stopped {
		r.begun = now
	}
	t := r.shows(now)
	day := r.weekday(t)
	r.at, r.since, r.day, r.stopped = t, now, day, !on
}

// weekday is the day of the week, 0 to 6, when the clock shows a time.
func (r *rtc) weekday(t time.Time) int {
	days := int(t.Truncate(24*time.Hour).Sub(r.at.Truncate(24*time.Hour)) / (24 * time.Hour))
	return (r.day + days) % 7
}

func (r *rtc) registers(now time.Time) [7]byte { return r.coded(r.shows(now)) }

// coded is a time as the registers have it.
func (r *rtc) coded(t time.Time) [7]byte {
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
	return [7]byte{bcd(t.Second()), bcd(t.Minute()), hours, byte(r.weekday(t) + 1), bcd(t.Day()), month, bcd(t.Year() % 100)}
}

// rings tells whether an alarm came after a time and not after another one.
// alarm is a register each for seconds, minutes, hours and the day of the week;
// one whose bit 7 is set does not count (DS1921G data sheet page 12).
func (r *rtc) rings(after, until time.Time, alarm [4]byte) bool {
	if r.stopped {
		return false
	}
	if after.Before(r.since) {
		after = r.since
	}
	const week = 7 * 24 * time.Hour
	steps := [4]time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}
	t := r.shows(after).Truncate(time.Second).Add(time.Second)
	end := r.shows(until)
	if last := t.Add(week); end.After(last) {
		end = last // what has not come in a week will never come
	}
	for !t.After(end) {
		now, differs := r.coded(t), -1
		for i, b := range alarm {
			if b>>7 == 0 && b != now[i] {
				differs = i
			}
		}
		if differs < 0 {
			return true
		}
		t = t.Truncate(steps[differs]).Add(steps[differs])
	}
	return false
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
