// SPDX-License-Identifier: Apache-2.0

// Package hw holds what every part of the program that deals with 1-Wire
// hardware shares: the ROM codes that name devices, and their CRC.
package hw

import (
	"encoding/hex"
	"errors"
	"strings"
)

// ROM is the code lasered into a 1-Wire device: the family, six bytes of
// serial number, and the CRC-8 of these seven.
type ROM [8]byte

// Family returns the family code, 0x28 for a DS18B20.
func (r ROM) Family() byte { return r[0] }

// Valid tells whether the CRC is right and the code is not all zero.
func (r ROM) Valid() bool { return r != ROM{} && CRC8(r[:7]) == r[7] }

// String spells the code as listings do by default: 28.FF4A3C021604.
func (r ROM) String() string {
	const digits = "0123456789ABCDEF"
	var b [15]byte
	b[2] = '.'
	for i, at := 0, 0; i < 7; i++ {
		b[at], b[at+1] = digits[r[i]>>4], digits[r[i]&15]
		at += 2
		if i == 0 {
			at++
		}
	}
	return string(b[:])
}

// ErrROM says that a text is no ROM code, or one with a wrong CRC.
var ErrROM = errors.New("not a ROM code such as 28.FF4A3C021604")

// ParseROM reads a device name in any of the six display formats (f.i, fi,
// f.i.c, f.ic, fi.c, fic), with hex digits of either case. A CRC that is not
// spelled is computed; one that is must be right.
func ParseROM(name string) (ROM, error) {
	var r ROM
	digits, ok := romDigits(name)
	if !ok {
		return r, ErrROM
	}
	n, err := hex.Decode(r[:], digits)
	if err != nil {
		return ROM{}, ErrROM
	}
	crc := CRC8(r[:7])
	if n == 8 && r[7] != crc {
		return ROM{}, ErrROM
	}
	r[7] = crc
	return r, nil
}

// romDigits takes the dots out of a name, which may stand behind the family
// and before the CRC; a dot at the end is let pass, as owserver does.
func romDigits(name string) ([]byte, bool) {
	name = strings.TrimSuffix(name, ".")
	d := make([]byte, 0, 16)
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c != '.':
			d = append(d, c)
		case len(d) != 2 && len(d) != 14 || i > 0 && name[i-1] == '.':
			return nil, false
		}
		if len(d) > 16 {
			return nil, false
		}
	}
	return d, len(d) == 14 || len(d) == 16
}
