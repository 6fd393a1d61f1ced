// SPDX-License-Identifier: Apache-2.0

package ds2480b

import "time"

// The parameter codes (table 4, page 13).
const (
	slew         = 1
	spu12V       = 2
	spu5V        = 3
	write1Low    = 4
	sampleOffset = 5
	load         = 6
	baud         = 7
)

var (
	bauds   = [4]int{9600, 19200, 57600, 115200}
	pulls5V = [7]time.Duration{ // 6 must not be used
		16400 * time.Microsecond, 65500 * time.Microsecond, 131 * time.Millisecond, 262 * time.Millisecond,
		524 * time.Millisecond, 1048 * time.Millisecond, 0,
	}
)

const infinite = 7

// configure writes a parameter, or reads it with the parameter code 0 and its
// code as the value (tables 5 and 6, page 13).
func (c *Chip) configure(b byte) byte {
	code, value := b>>4&7, b>>1&7
	if code == 0 {
		return b&0xF0 | c.params[value]<<1
	}
	if code == spu5V && value == 6 {
		c.odd++
	}
	c.params[code] = value
	return b &^ 1
}

// slot is how long a slot takes (figures 6b and 6c, page 17). The speed codes
// are 0 standard, 1 flexible, 2 overdrive; 3 is standard, too.
func (c *Chip) slot(bit byte) time.Duration {
	offset := 3 + time.Duration(c.params[sampleOffset])
	switch {
	case c.speed == 2:
		return 10 * time.Microsecond
	case c.speed != 1:
		return 60 * time.Microsecond
	case bit == 0:
		return (57 + offset) * time.Microsecond
	}
	return (8 + time.Duration(c.params[write1Low]) + offset + 49) * time.Microsecond
}

// pulseTime is how long a pulse lasts; ok is false if until it is terminated.
func (c *Chip) pulseTime(volts12 bool) (d time.Duration, ok bool) {
	code := c.params[spu5V]
	if volts12 {
		code = c.params[spu12V]
	}
	switch {
	case code == infinite:
		return 0, false
	case volts12:
		return 32 * time.Microsecond << code, true
	}
	return pulls5V[code], true
}
