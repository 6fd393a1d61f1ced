// SPDX-License-Identifier: Apache-2.0

package sim

import "owfs/hw"

// A crcIO is an IO with the CRC-16 generator that the memory chips have: every
// byte that is read or written goes through it.
type crcIO struct {
	*IO
	crc uint16
}

func (c *crcIO) Read() byte {
	b := c.IO.Read()
	c.crc = hw.CRC16(c.crc, []byte{b})
	return b
}

// Address reads TA1 and TA2.
func (c *crcIO) Address() uint16 {
	low := c.Read()
	return uint16(low) | uint16(c.Read())<<8
}

func (c *crcIO) Write(p ...byte) {
	c.crc = hw.CRC16(c.crc, p)
	c.IO.Write(p...)
}

// SendCRC sends the complement of the CRC, low byte first, and clears the
// generator.
func (c *crcIO) SendCRC() {
	crc := ^c.crc
	c.crc = 0
	c.IO.Write(byte(crc), byte(crc>>8))
}
