// SPDX-License-Identifier: Apache-2.0

package hw

// CRC8 is the Dallas CRC over p: polynomial x⁸+x⁵+x⁴+1, least significant bit
// first, starting from 0 (Maxim application note 27). The CRC of data followed
// by its CRC is 0.
func CRC8(p []byte) byte {
	var crc byte
	for _, b := range p {
		crc ^= b
		for range 8 {
			low := crc & 1
			crc >>= 1
			crc ^= -low & 0x8C
		}
	}
	return crc
}
