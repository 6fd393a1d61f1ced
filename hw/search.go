// SPDX-License-Identifier: Apache-2.0

package hw

import (
	"context"
	"errors"
	"fmt"
)

// The ROM commands (Maxim application note 187, DS18B20 data sheet pages 10 to 11).
const (
	ReadROM       = 0x33
	MatchROM      = 0x55
	SkipROM       = 0xCC
	SearchROM     = 0xF0
	AlarmSearch   = 0xEC
	ResumeROM     = 0xA5
	OverdriveSkip = 0x3C
	OverdriveROM  = 0x69
)

// maxDevices bounds a search: a line that answers anything would else go on
// for ever.
const maxDevices = 10000

// passes is how often a pass of a search is tried. One that was disturbed need
// not make all those before it be done again.
const passes = 4

// Search finds all devices on the line, or with AlarmSearch those that raise
// an alarm, in the order of the search. A line without any is an empty list.
//
// The algorithm is that of application note 187: each pass follows the path of
// the one before, turns to 1 at the last place where that one took 0, and
// takes 0 from there on.
func Search(ctx context.Context, b Bus, command byte) ([]ROM, error) {
	return search(ctx, b, command, func() (bool, error) { return b.Reset(ctx) })
}

// search is Search with begin in the place of the reset before each pass, for
// branches that a reset alone does not reach.
func search(ctx context.Context, b Bus, command byte, begin func() (present bool, err error)) ([]ROM, error) {
	var found []ROM
	var rom ROM
	for turn := 0; ; {
		next, last, ok, err := pass(ctx, b, command, begin, rom, turn)
		for again := 1; again < passes && IsLine(err) && !errors.Is(err, ErrShort); again++ {
			next, last, ok, err = pass(ctx, b, command, begin, rom, turn)
		}
		if err != nil {
			return nil, err
		}
		if !ok {
			if turn != 0 {
				return nil, fmt.Errorf("pass %d: %w", len(found)+1, ErrSearch)
			}
			return nil, nil
		}
		if len(found) > 0 && next == found[len(found)-1] || len(found) >= maxDevices {
			return nil, fmt.Errorf("search found %v twice: %w", next, ErrSearch)
		}
		found = append(found, next)
		if last == 0 {
			return found, nil
		}
		rom, turn = next, last
	}
}

// pass does one pass with the best that the bus can do.
func pass(ctx context.Context, b Bus, command byte, begin func() (bool, error), from ROM, turn int) (rom ROM, last int, found bool, err error) {
	rom, last, found, err = passOnce(ctx, b, command, begin, from, turn)
	if err == nil && found && !rom.Valid() {
		err = fmt.Errorf("search found % X: %w", rom[:], ErrCRC)
	}
	return rom, last, found, err
}

func passOnce(ctx context.Context, b Bus, command byte, begin func() (bool, error), from ROM, turn int) (rom ROM, last int, found bool, err error) {
	present, err := begin()
	if err != nil || !present {
		return rom, 0, false, err
	}
	if s, ok := b.(Searcher); ok {
		return s.SearchPass(ctx, command, from, turn)
	}
	if err := touch(ctx, b, []byte{command}); err != nil {
		return rom, 0, false, err
	}
	for bit := 1; bit <= 64; bit++ {
		dir := byte(0)
		if bit < turn {
			dir = from.bit(bit)
		} else if bit == turn {
			dir = 1
		}
		id, complement, taken, err := step(ctx, b, dir)
		switch {
		case err != nil:
			return rom, 0, false, err
		case id == 1 && complement == 1 && bit == 1:
			return rom, 0, false, nil // nobody takes part in this search
		case id == 1 && complement == 1:
			return rom, 0, false, fmt.Errorf("at bit %d: %w", bit, ErrSearch)
		case id == 0 && complement == 0 && taken == 0:
			last = bit
		}
		rom.set(bit, taken)
	}
	return rom, last, true, nil
}

// step reads a bit of the ROM codes and its complement, and takes a direction.
func step(ctx context.Context, b Bus, dir byte) (id, complement, taken byte, err error) {
	if t, ok := b.(Tripleter); ok {
		return t.Triplet(ctx, dir)
	}
	pair := []byte{1, 1}
	if err := b.Bits(ctx, pair); err != nil {
		return 0, 0, 0, err
	}
	id, complement, taken = pair[0], pair[1], dir
	if id != complement {
		taken = id
	}
	if id == 1 && complement == 1 {
		return id, complement, taken, nil
	}
	out := []byte{taken}
	if err := b.Bits(ctx, out); err != nil {
		return 0, 0, 0, err
	}
	if out[0] != taken {
		err = ErrEcho
	}
	return id, complement, taken, err
}

// Verify tells whether one device is on the line, or with AlarmSearch whether
// it raises an alarm, by a search that follows its ROM code. It does not
// select the device, so that chips which act on being selected (DS2405) do not.
func Verify(ctx context.Context, b Bus, command byte, rom ROM) (bool, error) {
	_, there, err := follow(ctx, b, command, func() (bool, error) { return b.Reset(ctx) }, rom)
	return there, err
}

// Follow is Verify that tells in addition at which bit, 1 to 64, the search
// could not follow the code; 0 if nobody took part. A device that is not there
// is missed at the same bit each time, a search that was disturbed at any.
func Follow(ctx context.Context, b Bus, command byte, rom ROM) (left int, there bool, err error) {
	return follow(ctx, b, command, func() (bool, error) { return b.Reset(ctx) }, rom)
}

func follow(ctx context.Context, b Bus, command byte, begin func() (bool, error), rom ROM) (left int, there bool, err error) {
	present, err := begin()
	if err != nil || !present {
		return 0, false, err
	}
	if s, ok := b.(Searcher); ok {
		// Turning at the last bit the code has a 1 follows it to the end:
		// behind that there are only zeros to prefer.
		got, _, found, err := s.SearchPass(ctx, command, rom, rom.lastOne())
		return got.differs(rom), found && got == rom, err
	}
	if err := touch(ctx, b, []byte{command}); err != nil {
		return 0, false, err
	}
	for bit := 1; bit <= 64; bit++ {
		want := rom.bit(bit)
		id, complement, taken, err := step(ctx, b, want)
		if err != nil || taken != want || id == 1 && complement == 1 {
			return bit, false, err
		}
	}
	return 0, true, nil
}

// differs returns the first bit, 1 to 64, that is another one in two codes.
func (r ROM) differs(other ROM) int {
	for n := 1; n <= 64; n++ {
		if r.bit(n) != other.bit(n) {
			return n
		}
	}
	return 0
}

// bit returns bit number n, 1 to 64, in the order of the search.
func (r ROM) bit(n int) byte { return r[(n-1)/8] >> ((n - 1) % 8) & 1 }

func (r *ROM) set(n int, b byte) { r[(n-1)/8] |= b << ((n - 1) % 8) }

func (r ROM) lastOne() int {
	for n := 64; n > 0; n-- {
		if r.bit(n) == 1 {
			return n
		}
	}
	return 0
}

// touch sends p and checks that the line carried it.
func touch(ctx context.Context, b Bus, p []byte) error {
	sent := append([]byte(nil), p...)
	if err := b.Touch(ctx, p); err != nil {
		return err
	}
	for i := range sent {
		if p[i] != sent[i] {
			return ErrEcho
		}
	}
	return nil
}
