// SPDX-License-Identifier: Apache-2.0

package text

import (
	"math"
	"strings"
	"syscall"
	"time"
)

// dateLayout is how C's ctime writes a date; it always takes dateLength bytes.
const (
	dateLayout = "Mon Jan _2 15:04:05 2006"
	dateLength = len(dateLayout)
)

// date appends a point in time.
func (f Form) date(out []byte, t time.Time) ([]byte, error) {
	written := t.In(f.location()).Format(dateLayout)
	if len(written) != dateLength {
		return nil, faultf(syscall.EMSGSIZE, "%q is not the %d columns of a date", written, dateLength)
	}
	return append(out, written...), nil
}

// parseDate reads a date in any of its forms; less than two bytes, or an empty line, are the time it is now.
func (f Form) parseDate(data []byte, want string) (time.Time, error) {
	if len(data) < 2 || data[0] == '\n' {
		return time.Now().Truncate(time.Second), nil
	}
	d, ok := anyForm(strings.TrimRight(string(data), blanks+"\x00"))
	if !ok {
		return time.Time{}, refuse(syscall.EINVAL, data, want)
	}
	t := d.in(f.location())
	if s := t.Unix(); s < 0 || s > math.MaxUint32 {
		return time.Time{}, faultf(syscall.ERANGE, "%.40q is not between 1970 and 2106, as clocks need it", data)
	}
	return t, nil
}

// anyForm tries the forms of a date, spelled with the letters that C's strptime knows them by.
func anyForm(s string) (date, bool) {
	for _, form := range []string{"TabdY", "bdYT", "abdYT", "abdTY", "DT"} {
		if d, ok := readDate(s, form); ok && d.exists() {
			return d, true
		}
	}
	return date{}, false
}

func readDate(s, form string) (date, bool) {
	r := dateReader{rest: s}
	ok := true
	for i := 0; i < len(form) && ok; i++ {
		ok = r.part(form[i])
	}
	return r.date, ok && r.rest == ""
}

// A date is what stands on a clock.
type date struct{ year, month, day, hour, minute, second int }

// exists tells whether the month has the day.
func (d date) exists() bool {
	last := time.Date(d.year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC)
	return d.day <= last.Day()
}

func (d date) in(l *time.Location) time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, l)
}
