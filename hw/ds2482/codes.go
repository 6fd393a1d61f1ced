// SPDX-License-Identifier: Apache-2.0

package ds2482

import "time"

// The commands (pages 9 to 14).
const (
	deviceReset   = 0xF0
	setPointer    = 0xE1
	writeConfig   = 0xD2
	channelSelect = 0xC3
	wireReset     = 0xB4
	writeByte     = 0xA5
	readByte      = 0x96
	singleBit     = 0x87
	triplet       = 0x78
)

// The registers, by the codes that set the read pointer to them.
const (
	pointStatus = 0xF0
	pointData   = 0xE1
	pointConfig = 0xC3
	pointPort   = 0xB4 // on the DS2483 only (its data sheet, page 12)
)

// The status register (page 8).
const (
	statusBusy     = 1 << 0
	statusPresence = 1 << 1
	statusShort    = 1 << 2
	statusLevel    = 1 << 3
	statusReset    = 1 << 4
	singleBitAt    = 5
	secondBitAt    = 6
	directionAt    = 7
)

// The configuration register (page 6).
const (
	configActive    = 1 << 0
	configMask      = 1 << 1 // on the DS2483 this is power-down
	configStrong    = 1 << 2
	configOverdrive = 1 << 3
)

// channelCode returns what selects a channel, and what is then read back
// (DS2482-800 page 11).
func channelCode(n int) (write, read byte) {
	codes := [8][2]byte{
		{0xF0, 0xB8}, {0xE1, 0xB1}, {0xD2, 0xAA}, {0xC3, 0xA3},
		{0xB4, 0x9C}, {0xA5, 0x95}, {0x96, 0x8E}, {0x87, 0x87},
	}
	return codes[n][0], codes[n][1]
}

// A Kind is a chip that answers these commands.
type Kind int

// The kinds of chip.
const (
	DS2482x100 Kind = iota
	DS2482x800
	DS2483
)

// String names the chip.
func (k Kind) String() string { return [...]string{"DS2482-100", "DS2482-800", "DS2483"}[k] }

// Channels returns how many lines the chip has.
func (k Kind) Channels() int {
	if k == DS2482x800 {
		return 8
	}
	return 1
}

// How long 1-Wire activity takes, as a rule (pages 3 and 4). What takes longer
// is waited for.
func (c *chip) resetTime() time.Duration {
	if c.config&configOverdrive != 0 {
		return 146 * time.Microsecond
	}
	return 1184 * time.Microsecond
}

func (c *chip) slotTime() time.Duration {
	if c.config&configOverdrive != 0 {
		return 10500 * time.Nanosecond
	}
	return 69300 * time.Nanosecond
}
