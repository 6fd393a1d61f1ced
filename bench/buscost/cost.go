// SPDX-License-Identifier: Apache-2.0

package buscost

import "time"

// How long things take on a line at standard speed: a reset pulse of 480 µs and
// as long for the presence pulse, a slot of 60 µs and the time to recover
// (DS18B20 data sheet, 19-7487, pages 15 and 16 and the table on page 20).
const (
	resetTime = 960 * time.Microsecond
	slotTime  = 70 * time.Microsecond
)

// A cost is what something takes of a line.
type cost struct {
	resets, slots uint64
	busy          time.Duration // as the line has counted it; 0: standard speed
}

// time is how long nobody else has the line.
func (c cost) time() time.Duration {
	if c.busy > 0 {
		return c.busy
	}
	return time.Duration(c.resets)*resetTime + time.Duration(c.slots)*slotTime
}

func (c cost) plus(d cost) cost { return cost{resets: c.resets + d.resets, slots: c.slots + d.slots} }

func (c cost) times(n uint64) cost { return cost{resets: n * c.resets, slots: n * c.slots} }

// The slots of which transactions are made. A bit is a slot, in the search three:
// a bit, its complement, the way to go (Maxim application note 187).
const (
	command = 8
	match   = command + 64 // Match ROM with the code
	skip    = command      // Skip ROM
	resume  = command      // Resume
	search  = command + 3*64
	address = 2 * 8
	crc16   = 2 * 8
)

// transaction is one reset and so many slots.
func transaction(slots ...uint64) cost {
	c := cost{resets: 1}
	for _, n := range slots {
		c.slots += n
	}
	return c
}

func data(n uint64) uint64 { return 8 * n }

// The least that single steps cost.

// leastListing is one pass of the search for each device.
func leastListing(n uint64) cost { return transaction(search).times(n) }

// leastPower asks whether anybody draws its power from the line, which must be
// known before the first conversion (DS18B20 page 7).
func leastPower() cost { return transaction(skip, command, 1) }

// leastTemperatures is one conversion for all, and the scratchpad of each with
// its CRC (page 11). The conversion needs no selection, as it does no harm that
// others convert as well. A read does, even if there is one device: that there
// is no other is known only from a search, which costs more. One read slot tells
// that all are done; the line is free for the 750 ms before it.
func leastTemperatures(n uint64) cost {
	return transaction(skip, command, 1).plus(transaction(match, command, data(9)).times(n))
}

// leastAlone is the temperature of a lone chip. It is selected to convert as
// well: the command means other things to other families, which may be there.
func leastAlone() cost {
	return transaction(match, command, 1).plus(transaction(match, command, data(9)))
}

// leastRegisters reads the registers of a DS2408 from the first wanted to the
// last, 8F, behind which the CRC comes (DS2408 data sheet, 19-5702, page 16).
func leastRegisters(first uint64) cost {
	return transaction(match, command, address, data(0x90-first), crc16)
}

// channelWrite is Channel-Access Write: the byte, its complement, the answer AA
// and the pins (page 17).
const channelWrite = command + 4*8

// leastMemory is Read Memory of all 512 bytes of a DS2433 (data sheet page 8).
// They come without a CRC.
func leastMemory() cost { return transaction(match, command, address, data(512)) }
