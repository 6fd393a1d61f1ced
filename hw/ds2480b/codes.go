// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"fmt"
	"slices"
	"time"
)

// The commands (figure 2, page 4; tables 1 and 2, pages 7 and 11).
const (
	toData      = 0xE1
	toCommand   = 0xE3
	terminate   = 0xF1
	singleBit   = 0x81 // + bit<<4 + speed<<2 + strong pull-up<<1
	searchOff   = 0xA1 // + speed<<2
	searchOn    = 0xB1 // + speed<<2
	reset       = 0xC1 // + speed<<2
	pulse12V    = 0xFD
	withPullUp  = 0x02
	timingByte  = reset // the first byte after a break, at 9600 baud (page 4)
	pulseAnswer = 0xE0  // in the bits of pulseMask
	pulseMask   = 0xE0
)

const (
	speedStandard  = 0
	speedFlexible  = 1
	speedOverdrive = 2
)

// The answer to a reset is 11 V RRR SS: V for 12 V, R the revision, and S
// (table 3, page 12).
const (
	resetShort   = 0
	resetAlarm   = 2
	resetNobody  = 3
	resetVolts12 = 0x20
)

// The configuration parameters and their value codes (table 4, page 13).
const (
	paramSlew         = 1
	paramPulse12V     = 2
	paramPulse5V      = 3
	paramWrite1Low    = 4
	paramSampleOffset = 5
	paramBaud         = 7

	untilTerminated = 7
	reversed        = 4 // in the value code of the baud rate: see Options.Reverse
)

func slews() []float64 { return []float64{15, 2.2, 1.65, 1.37, 1.1, 0.83, 0.7, 0.55} }
func bauds() []int     { return []int{9600, 19200, 57600, 115200} }

func writeParameter(code, value byte) byte { return code<<4 | value<<1 | 1 }
func readParameter(code byte) byte         { return code<<1 | 1 }

// choose makes the options into value codes.
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
	if err := checkBaud(o.Baud); err != nil {
		return err
	}
	switch {
	case slew < 0:
		return fmt.Errorf("a DS2480B has no slew rate of %v V/µs: give one of %v", o.Slew, slews())
	case !lowOK:
		return fmt.Errorf("a 1 of %v is out of range: give 8 to 15 µs", o.Write1Low)
	case !offsetOK:
		return fmt.Errorf("a sample offset of %v is out of range: give 3 to 10 µs", o.SampleOffset)
	}
	b.codes = [8]byte{
		paramSlew: byte(slew), paramPulse12V: 4, paramPulse5V: untilTerminated,
		paramWrite1Low: low, paramSampleOffset: offset,
	}
	return nil
}

// micros is the value code of a time that begins at least µs, in steps of one.
func micros(d time.Duration, least int) (code byte, ok bool) {
	n := int(d/time.Microsecond) - least
	return byte(n), d%time.Microsecond == 0 && n >= 0 && n <= 7
}

// slot is the longest that a slot takes (figures 6b and 6c, page 17), and some
// more, for the chip's clock and the port's are not one.
func (b *Bus) slot() time.Duration {
	d := 60 * time.Microsecond
	switch b.speed {
	case speedOverdrive:
		d = 10 * time.Microsecond
	case speedFlexible:
		d += time.Duration(b.codes[paramWrite1Low]+b.codes[paramSampleOffset]) * time.Microsecond
	}
	return d + d/20
}

// resetTime is how long a reset takes (figure 6a, page 16).
func resetTime(speed byte) time.Duration {
	if speed == speedOverdrive {
		return 138 * time.Microsecond
	}
	return 1096 * time.Microsecond
}
