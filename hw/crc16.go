// SPDX-License-Identifier: Apache-2.0

package hw

// CRC16 continues the Dallas CRC over p: polynomial x¹⁶+x¹⁵+x²+1, least
// significant bit first (Maxim application note 27). Chips send its complement,
// low byte first; see CheckCRC16.
func CRC16(crc uint16, p []byte) uint16 {
	for _, b := range p {
		crc ^= uint16(b)
		for range 8 {
			low := crc & 1
			crc >>= 1
			crc ^= -low & 0xA001
		}
	}
	return crc
}

// CheckCRC16 tells whether p, which ends in the two bytes of an inverted CRC
// as chips send it, is right. seed is the CRC of what went before; 0 for none.
func CheckCRC16(seed uint16, p []byte) bool { return CRC16(seed, p) == 0xB001 }

// AppendCRC16 appends the inverted CRC of p as a chip sends it.
func AppendCRC16(p []byte, seed uint16) []byte {
	crc := ^CRC16(seed, p)
	return append(p, byte(crc), byte(crc>>8))
}
