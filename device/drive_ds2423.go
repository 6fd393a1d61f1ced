// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"

	"owfs/hw"
)

// The DS2423, from its data sheet (DS2422/DS2423, 25 pages): memory, counters and
// address registers pages 3 to 5, commands pages 5 to 7, examples pages 12 and 13.
const (
	ds2423PageCounter     = 0xA5
	ds2423WriteScratchpad = 0x0F
	ds2423CopyScratchpad  = 0x5A
	ds2423WholePage       = 0x1F // ends with byte 31, nothing missing

	ds2423Pages    = 16
	ds2423PageSize = 32
)

func ds2423Drivers() Drivers {
	counter := Driver{Read: ds2423Counter(14)} // input A counts for page 14, B for 15
	return Drivers{
		"counter":     counter,
		"counters":    counter,
		"mincount":    {Read: ds2423ReadMin, Write: ds2423SetMin},
		"pages/count": {Read: ds2423Counter(0)},
		"pages/page":  {Read: ds2423ReadPage, Write: ds2423WritePage},
		"memory":      pagedMemory("pages/page", ds2423Pages, ds2423PageSize),
	}
}

// ds2423Page reads the last n bytes of a page, its counter, and the 32 bits 0
// between that and the CRC.
func ds2423Page(tx *hw.Tx, rom hw.ROM, page, n int) (data []byte, count uint32, err error) {
	address := (page+1)*ds2423PageSize - n
	p, err := exchangeCRC16(tx, rom, "DS2423 page and counter", n+8, addressed(ds2423PageCounter, address)...)
	if err != nil {
		return nil, 0, err
	}
	return p[:n], binary.LittleEndian.Uint32(p[n:]), nil
}

// ds2423Counter reads the counter of a page behind the last byte of the page,
// which is the nearest place that it can be had from.
func ds2423Counter(first int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, e Element) (v Value, err error) {
		err = c.Do(ctx, func(tx *hw.Tx) error {
			_, count, err := ds2423Page(tx, c.ROM(), first+e.Index, 1)
			v = Int(int64(count))
			return err
		})
		return v, err
	}
}

func ds2423ReadPage(ctx context.Context, c Chip, e Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, _, err := ds2423Page(tx, c.ROM(), e.Index, ds2423PageSize)
		v = Bytes(p)
		return err
	})
	return v, err
}

// ds2423WritePage writes the beginning of a page, or all of it. Because pages 12
// and 13 count how often they are written, and so that it can be done twice, a
// page that holds the bytes already is left alone. The scratchpad's CRC covers
// the way in; the chip copies it only if the address and the end are right.
func ds2423WritePage(ctx context.Context, c Chip, e Element, v Value) error {
	if len(v.Bytes()) > ds2423PageSize {
		return tooLong(ds2423PageSize)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		old, _, err := ds2423Page(tx, c.ROM(), e.Index, ds2423PageSize)
		if err != nil {
			return err
		}
		page := append(bytes.Clone(v.Bytes()), old[len(v.Bytes()):]...)
		if bytes.Equal(page, old) {
			return nil
		}
		address := e.Index * ds2423PageSize
		write := addressed(ds2423WriteScratchpad, address, page...)
		if _, err := exchangeCRC16(tx, c.ROM(), "DS2423 scratchpad", 0, write...); err != nil {
			return err
		}
		answer, err := tx.Exchange(c.ROM(), 1, addressed(ds2423CopyScratchpad, address, ds2423WholePage)...)
		if err != nil {
			return err
		}
		// 1 while it copies, for less than a slot; then 0 and 1 in turn (page 6).
		if end := answer[0] >> 4; end != 0x5 && end != 0xA {
			return unverified("DS2423 page")
		}
		return nil
	})
}
