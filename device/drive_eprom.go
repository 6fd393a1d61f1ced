// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// The EPROMs DS2502 (data sheet: memory map page 5, commands pages 6 to 12) and
// DS2505 and DS2506 (memory maps pages 4 to 6, commands pages 7 to 15), and
// their likes with a number of the customer. Bits become 0 by 12 V on the line,
// and never 1 again.
//
// A page can be redirected to another one by its status. What is read here is
// the page itself.
const (
	epromReadCRC8    = 0xC3 // of the DS2502: with a CRC behind each page
	epromExtended    = 0xA5 // of the others: and the redirection before it
	epromReadStatus  = 0xAA
	epromWriteMemory = 0x0F
	epromWriteStatus = 0x55

	epromPage       = 32
	epromStatusPage = 8 // the status has a CRC behind each 8 bytes
	epromPulse      = 480 * time.Microsecond
)

// ds2502Drivers are those of the EPROM with a CRC-8.
func ds2502Drivers() Drivers {
	return pagedChip{
		what: "DS2502 memory", count: 4, size: epromPage, row: 1,
		read:   ds2502Read,
		write:  epromCRC8.program(epromWriteMemory),
		refuse: epromRefuse,
	}.drivers()
}

// ds1982uDrivers has what a DS2502-E48 or DS2502-E64 holds in its first page
// (DS2502-E48 data sheet, page 2), lowest byte first: a length, the number of
// the project, the address of a node.
func ds1982uDrivers() Drivers {
	return ds2502Drivers().
		and("project", Driver{Read: epromPart(1, 4)}).
		and("mac_e", Driver{Read: epromPart(5, 6)}).
		and("mac_fw", Driver{Read: epromPart(5, 8)})
}

// epromPart is some bytes of the first page.
func epromPart(at, n int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		v, err := c.Read(ctx, "pages/page", Element{})
		if err != nil {
			return Value{}, err
		}
		return Bytes(v.Bytes()[at : at+n]), nil
	}
}

// ds2505Drivers are those of the EPROMs with a CRC-16: so many pages, and 11
// pages of status.
func ds2505Drivers(chip string, count, statusSize int) Drivers {
	d := pagedChip{
		what: chip + " memory", count: count, size: epromPage, row: 1,
		read: func(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
			return ds2505Read(tx, rom, chip, at, n)
		},
		write:  epromCRC16.program(epromWriteMemory),
		refuse: epromRefuse,
	}.drivers()
	status := pagedChip{
		what: chip + " status", size: statusSize, row: 1,
		read: func(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
			return blocksCRC16(tx, rom, chip+" status", epromStatusPage, n, addressed(epromReadStatus, at)...)
		},
		write:  epromCRC16.program(epromWriteStatus),
		refuse: epromRefuse,
	}
	return d.and("status/page", Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			p, err := status.pages(ctx, c, epromStatusAt(e.Index, statusSize), statusSize)
			return Bytes(p), err
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			return status.change(ctx, c, epromStatusAt(e.Index, statusSize), statusSize, v.Bytes())
		},
	})
}

// epromStatusAt is where a page of the status is: the bits that protect pages,
// those that protect their redirection, those that tell which pages are in use,
// and then the eight with the redirection of all pages, a byte for each.
func epromStatusAt(page, size int) int {
	if page < 3 {
		return page * 0x20
	}
	return 0x100 + (page-3)*size
}

// ds2502Read reads pages twice. A CRC of 8 bits tells of two wrong bits only if
// they are less than 127 bits apart, and a page has 264 with it.
func ds2502Read(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
	p, err := ds2502ReadOnce(tx, rom, at, n)
	if err != nil {
		return nil, err
	}
	again, err := ds2502ReadOnce(tx, rom, at, n)
	if err == nil && !bytes.Equal(p, again) {
		err = tx.CRCFailed("DS2502 memory read twice")
	}
	return again, err
}

// ds2502ReadOnce reads pages; a CRC-8 of the command comes before the first.
func ds2502ReadOnce(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
	command := addressed(epromReadCRC8, at)
	p, err := tx.Exchange(rom, 1+n/epromPage*(epromPage+1), command...)
	if err != nil {
		return nil, err
	}
	if !tx.CheckCRC8(append(command, p[0])) {
		return nil, tx.CRCFailed("DS2502 command")
	}
	data := make([]byte, 0, n)
	for p = p[1:]; len(p) > 0; p = p[epromPage+1:] {
		if !tx.CheckCRC8(p[:epromPage+1]) {
			return nil, tx.CRCFailed("DS2502 memory")
		}
		data = append(data, p[:epromPage]...)
	}
	return data, nil
}

// ds2505Read reads pages, each of them after its redirection byte; both have a
// CRC-16.
func ds2505Read(tx *hw.Tx, rom hw.ROM, chip string, at, n int) ([]byte, error) {
	const redirection, size = 3, 3 + epromPage + 2
	command := addressed(epromExtended, at)
	p, err := tx.Exchange(rom, n/epromPage*size, command...)
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, n)
	for seed := hw.CRC16(0, command); len(p) > 0; seed = 0 {
		if !tx.CheckCRC16(seed, p[:redirection]) || !tx.CheckCRC16(0, p[redirection:size]) {
			return nil, tx.CRCFailed(chip + " memory")
		}
		data = append(data, p[redirection:redirection+epromPage]...)
		p = p[size:]
	}
	return data, nil
}

// epromRefuse refuses to make a bit 1 that is 0.
func epromRefuse(at int, old, want []byte) error {
	for i := range want {
		if want[i]&^old[i] != 0 {
			return fmt.Errorf("byte %d is %02X and can't become %02X: bits of EPROM that are 0 stay 0: %w",
				at+i, old[i], want[i], syscall.EPERM)
		}
	}
	return nil
}

// An epromCRC says how a chip proves that it has got a byte before that is
// programmed. The CRC of the first byte covers the command and the address; for
// each byte that follows, the CRC starts with the address.
type epromCRC struct {
	size  int
	first func(command, crc []byte) bool
	next  func(address int, b byte, crc []byte) bool
}

var epromCRC8 = epromCRC{
	size:  1,
	first: func(command, crc []byte) bool { return hw.CRC8(append(command, crc...)) == 0 },
	next:  func(address int, b byte, crc []byte) bool { return hw.CRC8([]byte{byte(address) ^ b}) == crc[0] },
}

var epromCRC16 = epromCRC{
	size:  2,
	first: func(command, crc []byte) bool { return hw.CheckCRC16(hw.CRC16(0, command), crc) },
	next: func(address int, b byte, crc []byte) bool {
		return hw.CheckCRC16(hw.CRC16(uint16(address), []byte{b}), crc)
	},
}

// program programs the bytes of a page that change. Those that stand side by
// side are sent in one go.
func (e epromCRC) program(command byte) func(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (int, error) {
	return func(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (int, error) {
		if err := bear12V(tx); err != nil {
			return 0, err
		}
		next := -1
		for i := range want {
			if want[i] == old[i] {
				continue
			}
			if err := e.load(tx, rom, command, at+i, want[i], i == next); err != nil {
				return i, err
			}
			if err := epromBurn(tx, at+i, want[i]); err != nil {
				return i, err
			}
			next = i + 1
		}
		return len(want), nil
	}
}

// bear12V looks whether there are only EPROMs on the line: other chips stand no
// more than some 6 V, and 12 V would destroy them. A coupler is such a chip,
// too, so that nothing behind one can be programmed.
func bear12V(tx *hw.Tx) error {
	tx.Via(nil)
	found, err := tx.Search(hw.SearchROM)
	if err != nil {
		return err
	}
	for _, rom := range found {
		switch rom.Family() {
		case 0x09, 0x0B, 0x0F, 0x12, 0x89, 0x8B, 0x8F:
		default:
			return fmt.Errorf("%v on the line does not bear the 12 V that EPROMs are programmed with: %w", rom, syscall.EPERM)
		}
	}
	return nil
}

// load gives the chip a byte, behind another one or by a command.
func (e epromCRC) load(tx *hw.Tx, rom hw.ROM, command byte, address int, b byte, follows bool) error {
	crc, right := make([]byte, e.size), false
	if follows {
		if err := tx.Write(b); err != nil {
			return err
		}
		if err := tx.Read(crc); err != nil {
			return err
		}
		right = e.next(address, b, crc)
	} else {
		all := addressed(command, address, b)
		var err error
		if crc, err = tx.Exchange(rom, e.size, all...); err != nil {
			return err
		}
		right = e.first(all, crc)
	}
	if !right {
		return tx.CRCFailed("EPROM write")
	}
	return nil
}

// epromBurn gives the 12 V and compares what the byte became.
func epromBurn(tx *hw.Tx, address int, b byte) error {
	if err := tx.Pulse(epromPulse); err != nil {
		return err
	}
	got := make([]byte, 1)
	if err := tx.Read(got); err != nil {
		return err
	}
	if got[0] != b {
		return unverified(fmt.Sprintf("byte %d of EPROM, after 12 V, is %02X: its page may be protected, or there were no 12 V", address, got[0]))
	}
	return nil
}
