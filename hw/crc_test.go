// SPDX-License-Identifier: Apache-2.0

package hw

import (
	"encoding/hex"
	"testing"
)

// Vectors: application note 27 (the ROM code 02 1C B8 01 00 00 00 A2); the
// power-on scratchpad of the DS18S20 data sheet, AA 00 4B 46 FF FF 0C 10, whose
// CRC 87 is widely published; "123456789" for CRC-16/MAXIM, inverted 44C2,
// from the catalogue of CRC algorithms.
func TestCRC(t *testing.T) {
	for _, text := range []string{"021CB801000000A2", "AA004B46FFFF0C1087", "50054B467FFF0C101C"} {
		p, _ := hex.DecodeString(text)
		if CRC8(p) != 0 {
			t.Errorf("CRC8(% X) = %02X, want 00", p, CRC8(p))
		}
	}
	if got := ^CRC16(0, []byte("123456789")); got != 0x44C2 {
		t.Errorf("CRC-16/MAXIM of 123456789 is %04X, want 44C2", got)
	}
	p := AppendCRC16([]byte{0xF0, 1, 2, 3}, 0)
	if !CheckCRC16(0, p) {
		t.Errorf("% X does not check", p)
	}
	p[1] ^= 4
	if CheckCRC16(0, p) {
		t.Errorf("% X checks in spite of an error", p)
	}
}
