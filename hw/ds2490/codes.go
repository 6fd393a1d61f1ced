// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"fmt"
	"slices"
	"time"
)

// The kinds of commands, which are vendor requests (page 13).
const (
	controlCommand = 0
	commCommand    = 1
	modeCommand    = 2
)

// The one control command that is needed (appendix 1, page 36).
const resetDevice = 0x0000

// The mode commands (appendix 3, pages 47 to 50).
const (
	modePulses       = 0
	modeSpeed        = 2
	modeSlew         = 4
	modeWrite1Low    = 6
	modeSampleOffset = 7

	pulse12V = 0x01 // of modePulses
	pulse5V  = 0x02
)

// The communication commands, with the bit IM that starts them at once, and
// bits that some of them have (appendix 2, pages 39 to 46).
const (
	setDuration  = 0x0013
	bitIO        = 0x0021
	pulse        = 0x0031
	resetLine    = 0x0043
	byteIO       = 0x0053
	blockIO      = 0x0075
	searchAccess = 0x00F5

	bitOne      = 0x0008 // of bitIO: the bit
	with12V     = 0x0008 // of setDuration and pulse: not the pull-up
	searchMode  = 0x0008 // of searchAccess: tell what was found
	alwaysTell  = 0x0400 // NTF: give a result code if there is no error, too
	withPullUp  = 0x1000 // SPU
	returnMore  = 0x4000 // RTS, of searchAccess: tell where to go on
	searchOne   = 0x0100 // in the parameter of searchAccess
	unitPullUp  = 16 * time.Millisecond
	unitProgram = 8 * time.Microsecond
	mostUnits   = 0xFE // FF is reserved, 0 means without end (tables 7 and 8, page 15)
)

// The codes of the speeds (table 6, page 15).
const (
	speedRegular   = 0
	speedFlexible  = 1
	speedOverdrive = 2
)

func slews() []float64 { return []float64{15, 2.2, 1.65, 1.37, 1.1, 0.83, 0.7, 0.55} }

// choose makes the options into the codes of tables 9 to 11 (pages 15 and 16).
func (b *Bus) choose() error {
	o := &b.opts
	if o.Slew == 0 {
		o.Slew = 1.37
	}
	if o.Write1Low == 0 {
		o.Write1Low = 10 * time.Microsecond
	}
	if o.SampleOffset == 0 {
		o.SampleOffset = 8 * time.Microsecond
	}
	slew := slices.Index(slews(), o.Slew)
	low, lowOK := micros(o.Write1Low, 8)
	offset, offsetOK := micros(o.SampleOffset, 3)
	switch {
	case slew < 0:
		return fmt.Errorf("a DS2490 has no slew rate of %v V/µs: give one of %v", o.Slew, slews())
	case !lowOK:
		return fmt.Errorf("a 1 of %v is out of range: give 8 to 15 µs", o.Write1Low)
	case !offsetOK:
		return fmt.Errorf("a sample offset of %v is out of range: give 3 to 10 µs", o.SampleOffset)
	}
	b.slew, b.write1Low, b.sampleOffset = uint16(slew), low, offset
	b.speed = b.base()
	return nil
}

// micros is the code of a time that begins at least µs, in steps of one.
func micros(d time.Duration, least int) (code uint16, ok bool) {
	n := int(d/time.Microsecond) - least
	return uint16(n), d%time.Microsecond == 0 && n >= 0 && n <= 7
}

// slots is how long slots take at most (figure 7, page 8; table 6, page 15).
func (b *Bus) slots(n int) time.Duration {
	d := 68 * time.Microsecond
	switch b.speed {
	case speedFlexible:
		d = 75 * time.Microsecond
	case speedOverdrive:
		d = 10 * time.Microsecond
	}
	return time.Duration(n) * d
}

// resetTime is how long a reset takes at most: low, presence, recovery.
const resetTime = 1100 * time.Microsecond
