// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"

	"owfs/hw"
)

// A pagedChip is a chip whose memory is read and written in parts, with the properties
// memory and pages/page.
//
// Neither of the two is made from the other: nothing of them is kept, so each
// goes to the chip in the way that is shortest for it. The whole memory is read
// in runs of several pages, which needs fewer slots than page by page, but lets
// others have the line in between. It is written page by page, each in one
// transaction that begins with reading it, so that nothing is lost that others
// write.
type pagedChip struct {
	what        string // for errors: "DS2431 memory"
	count, size int    // pages, and bytes of one
	row         int    // bytes that the chip writes at once
	// read reads whole pages.
	read func(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error)
	// write makes the page at an address, which is old, as wanted. It returns
	// how many of its bytes are so for certain.
	write func(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (done int, err error)
	// refuse, if set, tells why a page can't be written so. All pages are asked
	// for before the first is written.
	refuse func(at int, old, want []byte) error
}

// runOfPages is how many bytes are read in a transaction: 128 bytes, with their
// overhead, hold the line for a tenth of a second, or two if read twice.
const runOfPages = 128

func (m pagedChip) drivers() Drivers {
	return Drivers{
		"memory": {
			Read: m.all,
			Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
				return m.change(ctx, c, 0, m.count*m.size, v.Bytes())
			},
			WriteAt: func(ctx context.Context, c Chip, _ Element, at int, p []byte) error {
				return m.change(ctx, c, at, m.count*m.size-at, p)
			},
		},
		"pages/page": {
			Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
				p, err := m.pages(ctx, c, e.Index*m.size, m.size)
				return Bytes(p), err
			},
			Write: func(ctx context.Context, c Chip, e Element, v Value) error {
				return m.change(ctx, c, e.Index*m.size, m.size, v.Bytes())
			},
			WriteAt: func(ctx context.Context, c Chip, e Element, at int, p []byte) error {
				return m.change(ctx, c, e.Index*m.size+at, m.size-at, p)
			},
		},
	}
}

func (m pagedChip) all(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := m.runs(ctx, c, 0, m.count*m.size)
	return Bytes(p), err
}

// runs reads whole pages in as many transactions as it takes. If one was
// disturbed, it goes on page by page: a shorter one is more likely to come
// through.
func (m pagedChip) runs(ctx context.Context, c Chip, at, n int) ([]byte, error) {
	all := make([]byte, 0, n)
	run := runOfPages
	for tries := 0; len(all) < n; {
		p, err := m.pages(ctx, c, at+len(all), min(run, n-len(all)))
		switch {
		case err == nil:
			all, tries = append(all, p...), 0
			continue
		case !Again(err) || errors.Is(err, hw.ErrNoPresence) || errors.Is(err, hw.ErrShort):
			return nil, err
		}
		if tries++; tries > 2*patience {
			return nil, Once(err)
		}
		run = m.size
	}
	return all, nil
}

// pages reads whole pages in one transaction.
func (m pagedChip) pages(ctx context.Context, c Chip, at, n int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = m.read(tx, c.ROM(), at, n)
		return err
	})
	return p, err
}

// patience is how often a part of something longer is tried.
const patience = 3

// patiently does what is a part of something longer again if the line was
// disturbed, so that the other parts need not be done again with it.
func patiently(f func() error) error {
	var err error
	for range patience {
		if err = f(); !Again(err) || errors.Is(err, hw.ErrNoPresence) || errors.Is(err, hw.ErrShort) {
			return err
		}
	}
	return err
}

// change writes bytes where there is room for so many.
func (m pagedChip) change(ctx context.Context, c Chip, at, room int, p []byte) error {
	if len(p) > room {
		return tooLong(room)
	}
	if err := m.permitted(ctx, c, at, p); err != nil {
		return err
	}
	for done := 0; done < len(p); {
		n := min(m.size-(at+done)%m.size, len(p)-done)
		certain := 0
		err := patiently(func() (err error) {
			certain, err = m.page(ctx, c, at+done, p[done:done+n])
			return err
		})
		if err != nil {
			return m.broken(err, at, at+done+min(certain, n))
		}
		done += n
	}
	return nil
}

// broken tells how far a write has come.
func (m pagedChip) broken(err error, from, to int) error {
	switch {
	case to == from && (errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported)):
		return err // it was refused before anything was written
	case to == from:
		return fmt.Errorf("%s: nothing is certain to be written; each row of %d bytes is as before or as wanted: %w", m.what, m.row, err)
	}
	return fmt.Errorf("%s: bytes %d to %d are written; each row of %d bytes behind them is as before or as wanted: %w",
		m.what, from, to-1, m.row, err)
}

// permitted asks refuse for all pages of a write that has several.
func (m pagedChip) permitted(ctx context.Context, c Chip, at int, p []byte) error {
	first := at / m.size * m.size
	if m.refuse == nil || at+len(p) <= first+m.size {
		return nil
	}
	old, err := m.runs(ctx, c, first, (at+len(p)-first+m.size-1)/m.size*m.size)
	if err != nil {
		return err
	}
	return m.refuse(at, old[at-first:at-first+len(p)], p)
}

// page writes a part of a page, or all of it, if it is not so already. It
// returns how many of the bytes are so for certain.
func (m pagedChip) page(ctx context.Context, c Chip, at int, p []byte) (done int, err error) {
	first := at / m.size * m.size
	err = c.Do(ctx, func(tx *hw.Tx) error {
		old, err := m.read(tx, c.ROM(), first, m.size)
		if err != nil {
			return err
		}
		want := bytes.Clone(old)
		copy(want[at-first:], p)
		if m.refuse != nil {
			if err := m.refuse(first, old, want); err != nil {
				return err
			}
		}
		if bytes.Equal(want, old) {
			return nil
		}
		done, err = m.write(tx, c.ROM(), first, old, want)
		return err
	})
	return max(0, done-(at-first)), err
}

// readTwice reads n bytes that come without a CRC, twice, and compares. What
// passes is wrong only if the same slot was disturbed both times.
func readTwice(tx *hw.Tx, rom hw.ROM, what string, n int, command ...byte) ([]byte, error) {
	p, err := tx.Exchange(rom, n, command...)
	if err != nil {
		return nil, err
	}
	again, err := tx.Exchange(rom, n, command...)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(p, again) {
		return nil, tx.CRCFailed(what + " read twice")
	}
	return p, answered(tx, rom, p)
}

// answered makes sure of what came without a CRC and is all ones: that is also
// what is read if the chip has left.
func answered(tx *hw.Tx, rom hw.ROM, p []byte) error {
	for _, b := range p {
		if b != 0xFF {
			return nil
		}
	}
	there, err := tx.Verify(hw.SearchROM, rom)
	if err == nil && !there {
		err = fmt.Errorf("%v does not answer: %w", rom, hw.ErrNoPresence)
	}
	return err
}

// blocksCRC16 reads n bytes that have a CRC-16 behind each block; the first
// covers the command, too.
func blocksCRC16(tx *hw.Tx, rom hw.ROM, what string, block, n int, command ...byte) ([]byte, error) {
	p, err := tx.Exchange(rom, n/block*(block+2), command...)
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, n)
	for seed := hw.CRC16(0, command); len(p) > 0; seed = 0 {
		if !tx.CheckCRC16(seed, p[:block+2]) {
			return nil, tx.CRCFailed(what)
		}
		data = append(data, p[:block]...)
		p = p[block+2:]
	}
	return data, nil
}

// changed is the first and the last place at which two pages differ.
func changed(old, want []byte) (first, last int) {
	for first < len(want) && old[first] == want[first] {
		first++
	}
	last = len(want) - 1
	for last > first && old[last] == want[last] {
		last--
	}
	return first, last
}

// holds compares what a command reads with what it should.
func holds(tx *hw.Tx, rom hw.ROM, what string, want []byte, command ...byte) error {
	got, err := tx.Exchange(rom, len(want), command...)
	if err == nil && !bytes.Equal(got, want) {
		err = unverified(what)
	}
	return err
}
