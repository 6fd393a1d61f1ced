// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"fmt"

	"owfs/hw"
)

const passSlots = 8 + 3*64

// SearchPass implements hw.Searcher, by SEARCH ACCESS for one device (pages 26
// and 27). EP2 gets the way to go where there is a choice; EP3 gives the ROM code
// at its end and, if there are more devices, eight bytes in which the last bit
// that is 1 where the code has a 0 is the last choice.
func (b *Bus) SearchPass(ctx context.Context, command byte, from hw.ROM, turn int) (rom hw.ROM, last int, found bool, err error) {
	trunk := b.fresh
	b.fresh = false
	way := path(from, turn)
	var got []byte
	err = b.do(ctx, "searching", b.slots(passSlots), func(ctx context.Context) error {
		got, err = b.searchOne(ctx, command, way)
		return err
	})
	switch {
	case err != nil:
		return rom, 0, false, err
	case len(got) == 0 && trunk:
		return rom, 0, false, b.nobody(ctx, command)
	case len(got) == 0:
		return rom, 0, false, nil
	}
	rom = hw.ROM(got[:8])
	if len(got) == 16 {
		last = lastChoice(rom, hw.ROM(got[8:]))
		if last == 0 {
			return hw.ROM{}, 0, false, b.astray(context.WithoutCancel(ctx), "searching", fmt.Errorf("there are more devices than %v, but no way leads to them", rom))
		}
	}
	return rom, last, true, nil
}

// searchOne returns what a pass leaves in EP3: 0, 8 or 16 bytes.
func (b *Bus) searchOne(ctx context.Context, command byte, way hw.ROM) ([]byte, error) {
	if err := b.send(ctx, way[:]); err != nil {
		return nil, err
	}
	const value = searchAccess | searchMode | returnMore | alwaysTell
	if err := b.comm(ctx, value, searchOne|uint16(command)); err != nil {
		return nil, err
	}
	if err := rest(ctx, b.slots(passSlots)); err != nil {
		return nil, err
	}
	s, err := b.wait(ctx, told)
	if err != nil {
		return nil, err
	}
	code := s.results[0]
	switch {
	case len(s.results) > 1 || s.out != 0:
		return nil, errors.New("there is more than the result that was asked for")
	case code == resultEndSearch && s.in == 0:
		return nil, nil
	case code&^resultEndSearch != 0:
		return nil, unexpected(code)
	case s.in != 8 && s.in != 16:
		return nil, fmt.Errorf("a search gives %d bytes", s.in)
	}
	return b.receive(ctx, s.in)
}

// nobody checks that nobody takes part in a search. A pass that got lost on its
// way ends in the same manner. Behind a coupler it can't be checked: the reset
// would call the devices before it.
func (b *Bus) nobody(ctx context.Context, command byte) error {
	present, err := b.Reset(ctx)
	if err != nil || !present {
		return err
	}
	p := []byte{command}
	if err := b.Touch(ctx, p); err != nil {
		return err
	}
	if p[0] != command {
		return fmt.Errorf("search command %02X came back as %02X: %w", command, p[0], hw.ErrEcho)
	}
	pair := []byte{1, 1}
	if err := b.Bits(ctx, pair); err != nil {
		return err
	}
	if pair[0] == 0 || pair[1] == 0 {
		return fmt.Errorf("a pass has found nobody, but somebody is there: %w", hw.ErrSearch)
	}
	return nil
}

// path is the way of a pass: that of from up to turn, a 1 there, 0 behind.
func path(from hw.ROM, turn int) (way hw.ROM) {
	for n := 1; n < turn; n++ {
		set(&way, n, bit(from, n))
	}
	if turn > 0 {
		set(&way, turn, 1)
	}
	return way
}

func lastChoice(rom, choices hw.ROM) int {
	for n := 64; n > 0; n-- {
		if bit(choices, n) == 1 && bit(rom, n) == 0 {
			return n
		}
	}
	return 0
}

// bit returns bit number n, 1 to 64, in the order of the search.
func bit(r hw.ROM, n int) byte { return r[(n-1)/8] >> ((n - 1) % 8) & 1 }

func set(r *hw.ROM, n int, b byte) { r[(n-1)/8] |= b << ((n - 1) % 8) }

// OwnID returns the ROM code of the family 81 chip that a DS9490R has on its
// line, or the first one if there are more. ok is false if there is none.
func (b *Bus) OwnID(ctx context.Context) (id hw.ROM, ok bool, err error) {
	present, err := b.Reset(ctx)
	if err != nil || !present {
		return id, false, err
	}
	const lastOne = 8 // of 81
	id, _, ok, err = b.SearchPass(ctx, hw.SearchROM, hw.ROM{0x81}, lastOne)
	if err != nil || !ok || id.Family() != 0x81 {
		return hw.ROM{}, false, err
	}
	if !id.Valid() {
		return hw.ROM{}, false, fmt.Errorf("reading the stick's own code: %w", hw.ErrCRC)
	}
	return id, true, nil
}
