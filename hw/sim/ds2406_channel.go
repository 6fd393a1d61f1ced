// SPDX-License-Identifier: Apache-2.0

package sim

import "owfs/hw"

// Channel Control Byte 1 (page 14): ALR, IM, TOG, IC, CHS1, CHS0, CRC1, CRC0.
type channelControl byte

func (c channelControl) crc() int       { return [...]int{0, 1, 8, 32}[c&3] }
func (c channelControl) channels() byte { return byte(c) >> 2 & 3 }
func (c channelControl) together() bool { return c&0x10 != 0 }
func (c channelControl) toggle() bool   { return c&0x20 != 0 }
func (c channelControl) reading() bool  { return c&0x40 != 0 }
func (c channelControl) reset() bool    { return c&0x80 != 0 }

// channelAccess is Channel Access (pages 14 to 17): two control bytes, the info
// byte, and data. The first CRC is of everything from the command on.
func (d *DS2406) channelAccess(line *crcIO) {
	control := channelControl(line.Read())
	line.Read() // control byte 2 is reserved: FF
	if d.accessed != nil && d.accessed(line, control) {
		return
	}
	line.Write(d.info())
	if control.reset() {
		d.mu.Lock()
		d.pins.activity = 0
		d.mu.Unlock()
	}
	if control.channels() == 0 {
		return // not allowed
	}
	for n, read := 1, control.reading(); ; n++ {
		b := d.access(line, control, read)
		line.crc = hw.CRC16(line.crc, []byte{b})
		if every := control.crc(); every > 0 && n%every == 0 {
			line.SendCRC()
		}
		read = read != control.toggle()
	}
}

// info is the Channel Info Byte (page 16, figure 9).
func (d *DS2406) info() byte {
	d.ask()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pins.latch | d.pins.level()<<2 | d.pins.activity<<4 | bit(!d.single)<<6 | bit(d.vcc)<<7
}

// access is one byte of channel access: eight bits of one channel, or A and B
// four times.
func (d *DS2406) access(line *crcIO, control channelControl, read bool) (b byte) {
	for i := 0; i < 8; {
		switch channels := control.channels(); {
		case channels != 3:
			b |= d.one(line, channels, read) << i
			i++
		case control.together():
			b |= d.both(line, read) << i
			i += 2
		default:
			b |= (d.one(line, 1, read) | d.one(line, 2, read)<<1) << i
			i += 2
		}
	}
	return b
}

// one reads or writes a channel in one slot.
func (d *DS2406) one(line *crcIO, channel byte, read bool) byte {
	if read {
		return line.slot(1, func() bool { return d.Levels()&channel == 0 })
	}
	b := line.Slot(1)
	d.switchTo(channel, channel*b)
	return b
}

// both reads or writes A and B in two slots, but at the same time.
func (d *DS2406) both(line *crcIO, read bool) byte {
	if read {
		var sample byte
		a := line.slot(1, func() bool { sample = d.Levels(); return sample&1 == 0 })
		return a | line.slot(1, func() bool { return sample&2 == 0 })<<1
	}
	a := line.Slot(1)
	b := a | line.Slot(1)<<1
	d.switchTo(3, b)
	return b
}
