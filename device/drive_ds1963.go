// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"syscall"

	"owfs/hw"
)

// The memory iButtons that count how often their pages are written: DS1963L,
// from its data sheet (24 pages: commands pages 6 to 8), and DS1963S, which also
// computes SHA-1 (37 pages: memory map page 7, commands pages 9 to 11).
const (
	ds1963WithCounter = 0xA5 // of the DS1963L: Read Memory + Counter
	ds1963Copy        = 0x5A // of the DS1963L
	ds1963Tamper      = 0x55 // four times behind a counter, as long as nobody has opened the iButton

	ds1963Erase    = 0xC3  // of the DS1963S: clears the flag HIDE, which keeps the scratchpad from being used
	ds1963Counters = 0x260 // of the DS1963S: for the pages 8 to 15, four bytes each

	ds1963Pages     = 16
	ds1963PageSize  = 32
	ds1963WholePage = 0x1F // ends with byte 31, nothing missing

	// uncounted is what is read for a page without a counter.
	uncounted = math.MaxUint32
)

func ds1963lDrivers() Drivers {
	m := pagedChip{
		what: "DS1963L memory", count: ds1963Pages, size: ds1963PageSize, row: ds1963PageSize,
		read: ds1963lRead, write: ds1963lWrite,
	}
	return m.drivers().and("pages/count", Driver{Read: ds1963lCount})
}

func ds1963sDrivers() Drivers {
	m := pagedChip{
		what: "DS1963S memory", count: ds1963Pages, size: ds1963PageSize, row: ds1963PageSize,
		read: ds1963sRead, write: ds1963sWrite,
	}
	return m.drivers().and("pages/count", Driver{Read: ds1963sCount})
}

// ds1963lRead reads whole pages. Behind each of them come its counter, the
// tamper-detect bits and a CRC.
func ds1963lRead(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
	const block = ds1963PageSize + 8
	all, err := blocksCRC16(tx, rom, "DS1963L memory", block, n/ds1963PageSize*block, addressed(ds1963WithCounter, at)...)
	if err != nil {
		return nil, err
	}
	var p []byte
	for ; len(all) > 0; all = all[block:] {
		p = append(p, all[:ds1963PageSize]...)
	}
	return p, nil
}

// ds1963lCount reads a counter behind the last byte of its page.
func ds1963lCount(ctx context.Context, c Chip, e Element) (Value, error) {
	last := (e.Index+1)*ds1963PageSize - 1
	p, err := readCRC16(ctx, c, "DS1963L counter", 9, addressed(ds1963WithCounter, last)...)
	if err != nil {
		return Value{}, err
	}
	for _, b := range p[5:] {
		if b != ds1963Tamper {
			return Value{}, fmt.Errorf("the tamper-detect bits of this DS1963L are % X: somebody has opened it: %w", p[5:], syscall.EIO)
		}
	}
	return Int(int64(binary.LittleEndian.Uint32(p[1:]))), nil
}

// ds1963lWrite writes a page from the first byte that changes.
func ds1963lWrite(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (done int, err error) {
	first, _ := changed(old, want)
	at += first
	if _, err := exchangeCRC16(tx, rom, "DS1963L scratchpad", 0, addressed(padWrite, at, want[first:]...)...); err != nil {
		return 0, err
	}
	if err := ds1963Copied(tx, rom, addressed(ds1963Copy, at, ds1963WholePage)...); err != nil {
		return 0, err
	}
	return pageHolds(tx, rom, "DS1963L memory", ds1963lRead, at-first, want)
}

// ds1963Copied sends the command to copy, or to erase, and makes sure that it
// was taken: the chip then sends 0 and 1 in turn, which must be read for at
// least eight slots (DS1963S page 11).
func ds1963Copied(tx *hw.Tx, rom hw.ROM, command ...byte) error {
	answer, err := tx.Exchange(rom, 2, command...)
	if err == nil && answer[1] != 0xAA && answer[1] != 0x55 {
		err = unverified("DS1963 scratchpad")
	}
	return err
}

// pageHolds compares a page with what it should be, and tells how many bytes of
// it are so for certain.
func pageHolds(tx *hw.Tx, rom hw.ROM, what string, read func(*hw.Tx, hw.ROM, int, int) ([]byte, error), at int, want []byte) (int, error) {
	got, err := read(tx, rom, at, len(want))
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(got, want) {
		return 0, unverified(what)
	}
	return len(want), nil
}

// ds1963sRead reads memory that comes without a CRC.
func ds1963sRead(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
	return readTwice(tx, rom, "DS1963S memory", n, addressed(padReadMemory, at)...)
}

func ds1963sCount(ctx context.Context, c Chip, e Element) (v Value, err error) {
	if e.Index < 8 {
		return Int(uncounted), nil
	}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds1963sRead(tx, c.ROM(), ds1963Counters+4*(e.Index-8), 4)
		if err == nil {
			v = Int(int64(binary.LittleEndian.Uint32(p)))
		}
		return err
	})
	return v, err
}

// ds1963sWrite writes a page from the first byte that changes. Before that the
// scratchpad is erased: what the SHA engine has left there is hidden, and a
// hidden scratchpad is neither written nor copied (page 9).
func ds1963sWrite(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (done int, err error) {
	first, _ := changed(old, want)
	at += first
	if err := ds1963Copied(tx, rom, addressed(ds1963Erase, at)...); err != nil {
		return 0, err
	}
	if _, err := exchangeCRC16(tx, rom, "DS1963S scratchpad", 0, addressed(padWrite, at, want[first:]...)...); err != nil {
		return 0, err
	}
	p, err := exchangeCRC16(tx, rom, "DS1963S scratchpad", 3+len(want)-first, padRead)
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(p, append(addressed(0, at, ds1963WholePage)[1:], want[first:]...)) {
		return 0, unverified("DS1963S scratchpad")
	}
	if err := ds1963Copied(tx, rom, addressed(padCopy, at, ds1963WholePage)...); err != nil {
		return 0, err
	}
	return pageHolds(tx, rom, "DS1963S memory", ds1963sRead, at-first, want)
}
