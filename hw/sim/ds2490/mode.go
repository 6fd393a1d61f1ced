// SPDX-License-Identifier: Apache-2.0

package ds2490

import "time"

// The first state registers, which the mode commands write (page 30).
const (
	enabled      = 0 // flags, see below
	speed        = 1
	strongPullUp = 2 // in 16 ms, 0: infinite
	programPulse = 3 // in 8 µs, 0: infinite
	slewRate     = 4
	write1Low    = 5
	sampleOffset = 6
)

// The flags in the first register.
const (
	pullUpEnabled  = 0x01
	programEnabled = 0x02
	speedEnabled   = 0x04
)

// The parameter bits of the mode command ENABLE PULSE (appendix 3).
const (
	enableProgram = 0x01
	enablePullUp  = 0x02
)

// The speed codes (table 6, page 15).
const (
	regular   = 0
	flexible  = 1
	overdrive = 2
)

// setMode does a mode command (appendix 3). ok is false if there is no such
// command, or if the value is a reserved one.
func (c *Chip) setMode(number, value uint16) (ok bool) {
	b := byte(value)
	switch number {
	case 0: // ENABLE PULSE
		c.setFlag(programEnabled, b&enableProgram != 0)
		c.setFlag(pullUpEnabled, b&enablePullUp != 0)
	case 1: // ENABLE SPEED CHANGE
		c.setFlag(speedEnabled, b != 0)
	case 2:
		ok = b <= overdrive
		if ok {
			c.mode[speed] = b
		}
		return ok
	case 3:
		c.mode[strongPullUp] = b
	case 4:
		return c.setCode(slewRate, b)
	case 5:
		c.mode[programPulse] = b
	case 6:
		return c.setCode(write1Low, b)
	case 7:
		return c.setCode(sampleOffset, b)
	default:
		return false
	}
	return true
}

func (c *Chip) setFlag(flag byte, on bool) {
	c.mode[enabled] &^= flag
	if on {
		c.mode[enabled] |= flag
	}
}

// setCode sets one of the registers that have eight codes (tables 9 to 11).
func (c *Chip) setCode(register int, b byte) bool {
	if b > 7 {
		return false
	}
	c.mode[register] = b
	return true
}

// duration is how long a pulse lasts; 0 is infinite. 0xFF is reserved, and
// gives next to nothing (tables 7 and 8, page 15).
func (c *Chip) duration(register int, unit time.Duration) time.Duration {
	if c.mode[register] == 0xFF {
		return time.Microsecond
	}
	return time.Duration(c.mode[register]) * unit
}
