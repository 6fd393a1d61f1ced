// SPDX-License-Identifier: Apache-2.0

package text

import (
	"strconv"
	"strings"
	"time"
)

// A dateReader takes a date from its text, part after part. Each part may have blanks in front.
type dateReader struct {
	date
	rest string
}

// part reads what one letter of a form stands for.
func (r *dateReader) part(letter byte) bool {
	switch letter {
	case 'a':
		_, ok := r.name(days, func(i int) string { return time.Weekday(i).String() })
		return ok
	case 'b':
		month, ok := r.name(months, func(i int) string { return time.Month(i + 1).String() })
		r.month = month + 1
		return ok
	case 'd':
		return r.number(&r.day, 2, 1, 31)
	case 'Y':
		return r.number(&r.year, 4, 0, 9999)
	case 'T':
		return r.clock()
	}
	return r.slashed()
}

// clock reads 04:00:00. Second 60 is a leap second.
func (r *dateReader) clock() bool {
	return r.number(&r.hour, 2, 0, 23) && r.mark(':') &&
		r.number(&r.minute, 2, 0, 59) && r.mark(':') &&
		r.number(&r.second, 2, 0, 60)
}

// slashed reads 03/23/07. The years are those from 1969 to 2068.
func (r *dateReader) slashed() bool {
	ok := r.number(&r.month, 2, 1, 12) && r.mark('/') &&
		r.number(&r.day, 2, 1, 31) && r.mark('/') &&
		r.number(&r.year, 2, 0, 99)
	r.year += 1900
	if r.year < 1969 {
		r.year += 100
	}
	return ok
}

// number reads as many digits as there are, at most width.
func (r *dateReader) number(to *int, width, low, high int) bool {
	r.skip()
	n := min(run(r.rest, isDigit), width)
	i, err := strconv.Atoi(r.rest[:n])
	*to, r.rest = i, r.rest[n:]
	return err == nil && low <= i && i <= high
}

// mark reads one character.
func (r *dateReader) mark(c byte) bool {
	r.skip()
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// skip drops blanks.
func (r *dateReader) skip() { r.rest = strings.TrimLeft(r.rest, blanks) }

// How many names there are, and how long they are when they are cut short.
const (
	days      = 7
	months    = 12
	shortName = 3
)

// name reads one of so many names, whole or cut short, in any case, and says which.
func (r *dateReader) name(count int, names func(int) string) (int, bool) {
	r.skip()
	for i := range count {
		full := names(i)
		for _, name := range []string{full, full[:shortName]} {
			if len(r.rest) >= len(name) && strings.EqualFold(r.rest[:len(name)], name) {
				r.rest = r.rest[len(name):]
				return i, true
			}
		}
	}
	return 0, false
}
