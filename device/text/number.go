// SPDX-License-Identifier: Apache-2.0

package text

import (
	"math"
	"strconv"
	"strings"
	"syscall"

	"owfs/device"
)

// blanks is what C's isspace is true for.
const blanks = " \t\n\v\f\r"

// whole reads a decimal number, as C's strtol does: what follows it is ignored.
func whole(data []byte, low, high int64, want string) (int64, error) {
	digits := decimal(strings.TrimLeft(string(data), blanks))
	if digits == "" {
		return 0, refuse(syscall.EINVAL, data, want)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < low || n > high {
		return 0, refuse(syscall.ERANGE, data, want)
	}
	return n, nil
}

// decimal returns the beginning of s that is a decimal number with or without a sign, "" if there is none.
func decimal(s string) string {
	start := sign(s)
	end := start + run(s[start:], isDigit)
	if start == end {
		return ""
	}
	return s[:end]
}

// parseNumber reads a number with a fraction and converts it to the table's own unit.
func (f Form) parseNumber(p *device.Property, data []byte) (float64, error) {
	spelled := floating(strings.TrimLeft(string(data), blanks))
	if spelled == "" {
		return 0, refuse(syscall.EINVAL, data, describe(p))
	}
	n, err := strconv.ParseFloat(spelled, 64)
	n = f.fromScale(p.Format, n)
	if err != nil || math.IsInf(n, 0) {
		return 0, faultf(syscall.ERANGE, "%.40q is more than a number can be", data)
	}
	return n, nil
}

// floating returns the beginning of s that C's strtod takes for a finite number, spelled for strconv; "" if there is none.
func floating(s string) string {
	start := sign(s)
	if hex := start + 2; len(s) > hex && s[start] == '0' && s[start+1]|0x20 == 'x' {
		if end := hex + mantissa(s[hex:], isHex); end > hex {
			return power(s, end)
		}
	}
	end := start + mantissa(s[start:], isDigit)
	if end == start {
		return ""
	}
	return s[:end+exponent(s[end:], 'e')]
}

// power ends a hexadecimal number, which for strconv must have an exponent.
func power(s string, end int) string {
	if n := exponent(s[end:], 'p'); n > 0 {
		return s[:end+n]
	}
	return s[:end] + "p0"
}

// mantissa returns the length of digits with or without a point at the beginning of s.
func mantissa(s string, digit func(byte) bool) int {
	n := run(s, digit)
	if n == len(s) || s[n] != '.' {
		return n
	}
	fraction := run(s[n+1:], digit)
	if n+fraction == 0 {
		return 0
	}
	return n + 1 + fraction
}

// exponent returns the length of an exponent at the beginning of s. One without digits is none.
func exponent(s string, letter byte) int {
	if s == "" || s[0]|0x20 != letter {
		return 0
	}
	digits := 1 + sign(s[1:])
	if n := run(s[digits:], isDigit); n > 0 {
		return digits + n
	}
	return 0
}

// sign returns the length of a sign at the beginning of s.
func sign(s string) int {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return 1
	}
	return 0
}

// run returns how many bytes at the beginning of s are of the kind.
func run(s string, kind func(byte) bool) int {
	n := 0
	for n < len(s) && kind(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
