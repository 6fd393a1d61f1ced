// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// rom is the id of a device: family, six bytes of id, CRC, as they come over the wire.
type rom [8]byte

// parseROM reads an id in any display form: f.i, fi, and with .c or c. Without a CRC the right one is filled in.
func parseROM(text string) (rom, bool) {
	var r rom
	digits, ok := romDigits(text)
	if !ok {
		return r, false
	}
	n, err := hex.Decode(r[:], []byte(digits))
	if err != nil {
		return r, false
	}
	if n == 7 {
		r[7] = crc8(r[:7])
	}
	return r, true
}

// romDigits returns the 14 or 16 digits of an id without its points, which may only stand after the family and the id.
func romDigits(text string) (string, bool) {
	if len(text) > 2 && text[2] == '.' {
		text = text[:2] + text[3:]
	}
	if len(text) == 17 && text[14] == '.' {
		text = text[:14] + text[15:]
	}
	return text, len(text) == 14 || len(text) == 16
}

// String returns 16 hex digits in capitals.
func (r rom) String() string { return strings.ToUpper(fmt.Sprintf("%x", r[:])) }

func (r rom) crcRight() bool { return crc8(r[:7]) == r[7] }

// crc8 is the check sum of 1-Wire ids: polynomial x^8+x^5+x^4+1, lowest bit first (Maxim application note 27).
func crc8(data []byte) byte {
	var crc byte
	for _, b := range data {
		crc ^= b
		for range 8 {
			low := crc & 1
			crc >>= 1
			if low != 0 {
				crc ^= 0x8c
			}
		}
	}
	return crc
}
