// SPDX-License-Identifier: Apache-2.0

package ds2482

// The commands (pages 9 to 14).
const (
	deviceReset    = 0xF0
	setReadPointer = 0xE1
	writeConfig    = 0xD2
	channelSelect  = 0xC3 // DS2482-800; on the DS2483, adjust 1-Wire port
	wireReset      = 0xB4
	writeByte      = 0xA5
	readByte       = 0x96
	singleBit      = 0x87
	triplet        = 0x78
)

// The registers that can be read, by their pointer codes.
const (
	pointStatus  = 0xF0
	pointData    = 0xE1
	pointChannel = 0xD2 // DS2482-800
	pointConfig  = 0xC3
	pointPort    = 0xB4 // DS2483
)

// Address begins a message. A chip that has power acknowledges its address.
func (c *Chip) Address() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expects, c.deaf, c.port = 0, false, 0
}

// Receive takes a byte of a message to the chip and tells whether it is
// acknowledged. Invalid commands and parameters are not, nor what comes behind
// a complete command, nor, while there is 1-Wire activity, anything but the
// two commands that are always possible (page 16).
func (c *Chip) Receive(b byte) (ack bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	switch {
	case c.deaf:
		return false
	case c.expects != 0:
		ack = c.parameter(c.expects, b)
		c.deaf = true
	default:
		ack = c.command(b)
		c.deaf = !ack || c.expects == 0
	}
	return ack
}

func (c *Chip) command(b byte) bool {
	switch {
	case b == deviceReset:
		c.reset()
		return true
	case b == setReadPointer:
		c.expects = b
		return true
	case c.isBusy():
		return false
	}
	switch b {
	case wireReset:
		c.resetLine()
	case readByte:
		c.bytes(0xFF, false)
	case writeConfig, writeByte, singleBit, triplet:
		c.expects = b
	case channelSelect:
		if c.model == ds2482x100 {
			return false
		}
		c.expects = b
	default:
		return false
	}
	return true
}

func (c *Chip) parameter(command, b byte) bool {
	switch command {
	case setReadPointer:
		return c.point(b)
	case writeConfig:
		return c.configure(b)
	case channelSelect:
		if c.model == ds2483 {
			c.pointer = pointPort // adjusting the port changes no time here
			return true
		}
		return c.choose(b)
	case writeByte:
		c.bytes(b, true)
	case singleBit:
		c.oneBit(b >> 7)
	case triplet:
		c.threeBits(b >> 7)
	}
	return true
}

func (c *Chip) point(code byte) bool {
	switch code {
	case pointStatus, pointData, pointConfig:
	case pointChannel:
		if c.model != ds2482x800 {
			return false
		}
	case pointPort:
		if c.model != ds2483 {
			return false
		}
	default:
		return false
	}
	c.pointer = code
	return true
}

// configure takes a configuration whose upper half is the complement of the
// lower (page 6).
func (c *Chip) configure(b byte) bool {
	if b>>4 != ^b&0x0F {
		return false
	}
	if b&strongPullUp == 0 {
		c.endPullUp()
	}
	c.config = b & 0x0F
	c.at.rst = false
	c.after, c.pointer = c.at, pointConfig
	return true
}

// channels are the codes to write and to read back (DS2482-800 page 11).
func channels() [8][2]byte {
	return [8][2]byte{
		{0xF0, 0xB8}, {0xE1, 0xB1}, {0xD2, 0xAA}, {0xC3, 0xA3},
		{0xB4, 0x9C}, {0xA5, 0x95}, {0x96, 0x8E}, {0x87, 0x87},
	}
}

func (c *Chip) choose(code byte) bool {
	for n, codes := range channels() {
		if codes[0] != code {
			continue
		}
		if c.failures > 0 {
			c.failures--
			n = (n + 1) % 8
		}
		if n != c.channel {
			c.endPullUp()
		}
		c.channel, c.pointer = n, pointChannel
		return true
	}
	return false
}

// Send gives the next byte of a message from the chip: the register that the
// pointer is at, as often as it is asked for.
func (c *Chip) Send() byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	switch c.pointer {
	case pointData:
		return c.at.data
	case pointConfig:
		return c.config
	case pointChannel:
		return channels()[c.channel][1]
	case pointPort:
		// Five parameters for standard speed, three for overdrive, as they are
		// at power-on (DS2483 page 11).
		p := [8]byte{0x06, 0x06, 0x06, 0x06, 0x06, 0x06, 0x06, 0x06}
		b := p[c.port%len(p)]
		c.port++
		return b
	}
	return c.status()
}

// status puts the status register together (page 8).
func (c *Chip) status() byte {
	var s byte
	for i, on := range [8]bool{c.isBusy(), c.at.ppd, c.at.sd, !c.shorted[c.channel], c.at.rst, c.at.sbr, c.at.tsb, c.at.dir} {
		if on {
			s |= 1 << i
		}
	}
	return s
}
