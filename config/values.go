// SPDX-License-Identifier: Apache-2.0

package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxSeconds is the longest time the original could hold.
const maxSeconds = math.MaxInt32

func parseInt(text string, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badValue("%q is not a whole number", text).hint(rangeHint(low, high))
	}
	if n < low || n > high {
		return 0, badValue("%d is out of range", n).hint(rangeHint(low, high))
	}
	return n, nil
}

func rangeHint(low, high int64) string {
	if high == math.MaxInt64 {
		return "give a whole number from " + strconv.FormatInt(low, 10) + " up"
	}
	return "give a whole number from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
}

// parseSeconds reads whole or decimal seconds.
func parseSeconds(text string) (time.Duration, error) {
	const help = "give seconds from 0 to 2147483647, such as 15 or 0.5"
	if text == "" || strings.Trim(text, "-0123456789.") != "" {
		return 0, badValue("%q is not a number of seconds", text).hint(help)
	}
	s, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, badValue("%q is not a number of seconds", text).hint(help)
	}
	if s < 0 || s > maxSeconds {
		return 0, badValue("%s seconds is out of range", text).hint(help)
	}
	return time.Duration(math.Round(s * float64(time.Second))), nil
}

func parseFloat(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, badValue("%q is not a number", text).hint("give a decimal number, such as 21.5")
	}
	return f, nil
}

func parseBaud(text string) (int, error) {
	const rates = "1200 2400 4800 9600 19200 38400 57600 115200 230400"
	for rate := range strings.FieldsSeq(rates) {
		if rate == text {
			return strconv.Atoi(rate)
		}
	}
	return 0, badValue("%q is not a speed of a serial port", text).hint("use one of " + rates)
}
