// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"owfs/hw"
)

// A listing is what a search of the kernel has found, from which the passes of
// hw.Search are answered.
type listing struct {
	command byte
	found   []hw.ROM // in the order of the search
	from    hw.ROM   // the last answer
	turn    int      // and where the next pass is to turn
	more    bool     // such a pass is to be expected
}

// searchLimit is how long the kernel may search, which depends on how many
// devices there are and on what drives the master.
const searchLimit = 30 * time.Second

// errBranch says that the devices behind a coupler can't be searched for.
var errBranch = fmt.Errorf("the kernel's w1 searches from a reset on, not behind a coupler: %w", errors.ErrUnsupported)

// List lets the kernel search, and returns what is there in the order of the
// search. It makes the resets by itself. A code that was read wrongly is
// hw.ErrCRC.
func (b *Bus) List(ctx context.Context, romCommand byte) ([]hw.ROM, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	op := byte(cmdSearch)
	switch romCommand {
	case hw.SearchROM:
	case hw.AlarmSearch:
		op = cmdAlarmSearch
	default:
		return nil, fmt.Errorf("a search with command %02X: %w", romCommand, errors.ErrUnsupported)
	}
	b.fresh, b.owed, b.ahead, b.attempts, b.list = false, false, nil, "", listing{}
	known, err := b.known(ctx)
	if err != nil {
		return nil, err
	}
	found, err := b.searchAll(ctx, op, len(known))
	if err != nil || romCommand != hw.SearchROM {
		return found, err
	}
	return b.missed(ctx, found, known)
}

// searchAll lets the kernel search until all devices were found: a search ends
// at the most that the kernel takes at once, and the next one goes on there.
func (b *Bus) searchAll(ctx context.Context, op byte, known int) (found []hw.ROM, err error) {
	rounds := 1
	if known >= b.most { // the one before may have ended in the middle
		rounds = 2
	}
	for range maxSearches {
		got, err := b.run(ctx, "searching", searchLimit, command{op: op})
		if err != nil {
			return nil, err
		}
		if err := b.failed("searching", got[0].status); err != nil {
			return nil, err
		}
		p, before := got[0].data, len(found)
		full := len(p) >= 8*b.most
		for ; len(p) >= 8; p = p[8:] {
			rom := hw.ROM(p)
			if !rom.Valid() {
				return nil, fmt.Errorf("the kernel found % X: %w", rom[:], hw.ErrCRC)
			}
			found = append(found, rom)
		}
		found = sorted(found)
		switch {
		case full && len(found) > before:
			rounds = 2 // this may have been the middle
		case full:
			return found, nil
		default:
			if rounds--; rounds <= 0 {
				return found, nil
			}
		}
	}
	return nil, fmt.Errorf("more than %d searches do not come to an end: %w", maxSearches, hw.ErrSearch)
}

// missed looks for the devices that the kernel knows and has not found now: if a
// bit is read wrongly its search loses devices and does not tell.
func (b *Bus) missed(ctx context.Context, found, known []hw.ROM) ([]hw.ROM, error) {
	for _, rom := range known {
		if slices.Contains(found, rom) {
			continue
		}
		left, there, err := hw.Follow(ctx, b, hw.SearchROM, rom)
		if err == nil && !there {
			var again int
			again, there, err = hw.Follow(ctx, b, hw.SearchROM, rom)
			if err == nil && !there && again != left {
				err = hw.ErrSearch
			}
		}
		if err != nil {
			return nil, fmt.Errorf("looking for %v: %w", rom, err)
		}
		if there {
			found = append(found, rom)
		}
	}
	return sorted(found), nil
}

const maxSearches = 200

// known asks for the kernel's list of devices.
func (b *Bus) known(ctx context.Context) (all []hw.ROM, err error) {
	got, err := b.run(ctx, "listing", 0, command{op: cmdListSlaves})
	if err != nil {
		return nil, err
	}
	for p := got[0].data; len(p) >= 8; p = p[8:] {
		all = append(all, hw.ROM(p))
	}
	return all, b.failed("listing", got[0].status)
}

// sorted puts codes into the order of the search, each once.
func sorted(found []hw.ROM) []hw.ROM {
	slices.SortFunc(found, func(a, b hw.ROM) int { return cmp.Compare(order(a), order(b)) })
	return slices.Compact(found)
}

// order is a number that grows in the order of the search, lowest bit first.
func order(r hw.ROM) uint64 { return bits.Reverse64(binary.LittleEndian.Uint64(r[:])) }

// SearchPass implements hw.Searcher. The first pass of a search lets the kernel
// search for all; the passes that turn where it could are answered from that. A
// pass that follows a code which has a 1 at its turn is made on the line, to the
// end or to where nobody goes along: then the code has another bit there, and
// found is false. Only such a pass selects the device.
func (b *Bus) SearchPass(ctx context.Context, romCommand byte, from hw.ROM, turn int) (rom hw.ROM, last int, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return rom, 0, false, err
	}
	if turn > 0 && bit(from, turn) == 1 {
		return b.follow(ctx, romCommand, from)
	}
	if !b.fresh {
		return rom, 0, false, fmt.Errorf("%w: %w", errBranch, hw.ErrSearch)
	}
	known := b.list
	if turn == 0 || known.command != romCommand || known.from != from || known.turn != turn {
		all, err := b.List(ctx, romCommand)
		if err != nil {
			return rom, 0, false, err
		}
		known = listing{command: romCommand, found: all}
	}
	b.owed = false
	rom, last, found = pass(known.found, from, turn)
	known.from, known.turn, known.more = rom, last, last > 0
	b.list = known
	return rom, last, found, nil
}

// pass does among known codes what a pass does on the line.
func pass(all []hw.ROM, from hw.ROM, turn int) (rom hw.ROM, last int, found bool) {
	at := -1
	for i, have := range all {
		if turn == 0 || shared(have, from) >= turn-1 && bit(have, turn) == 1 {
			at = i
			break
		}
	}
	if at < 0 {
		return rom, 0, false
	}
	rom = all[at]
	// The next code in the order is the one that shares the most with this one
	// of all that have a 1 where it has 0.
	if at+1 < len(all) {
		last = shared(rom, all[at+1]) + 1
	}
	return rom, last, true
}

// shared is how many bits two codes have in common from the first on.
func shared(a, b hw.ROM) int {
	return bits.TrailingZeros64(binary.LittleEndian.Uint64(a[:]) ^ binary.LittleEndian.Uint64(b[:]))
}

// follow makes a pass whose way is known, so that its slots are whole bytes: for
// each bit two that read, and the way to go.
func (b *Bus) follow(ctx context.Context, romCommand byte, code hw.ROM) (rom hw.ROM, last int, found bool, err error) {
	p := make([]byte, 1+3*8)
	p[0] = romCommand
	slots := make([]byte, 3*64)
	for n := range 64 {
		slots[3*n], slots[3*n+1], slots[3*n+2] = 1, 1, bit(code, n+1)
	}
	pack(p[1:], slots)
	switch err := b.Touch(ctx, p); {
	case errors.Is(err, hw.ErrNoPresence):
		return rom, 0, false, nil
	case err != nil:
		return rom, 0, false, err
	}
	if p[0] != romCommand {
		return rom, 0, false, fmt.Errorf("search command %02X came back as %02X: %w", romCommand, p[0], hw.ErrEcho)
	}
	slot := func(i int) byte { return p[1+i/8] >> (i % 8) & 1 }
	for n := 1; n <= 64; n++ {
		one, complement, way := slot(3*n-3), slot(3*n-2), slot(3*n-1)
		want := bit(code, n)
		switch {
		case one == 1 && complement == 1 && n == 1:
			return rom, 0, false, nil // nobody takes part in this search
		case one == 1 && complement == 1:
			return rom, 0, false, fmt.Errorf("at bit %d: %w", n, hw.ErrSearch)
		case one != complement && one != want:
			rom = code
			rom[(n-1)/8] ^= 1 << ((n - 1) % 8)
			return rom, 0, false, nil
		case way != want:
			return rom, 0, false, fmt.Errorf("at bit %d: %w", n, hw.ErrEcho)
		case one == complement && want == 0:
			last = n
		}
	}
	return code, last, true, nil
}

// bit returns bit number n, 1 to 64, in the order of the search.
func bit(r hw.ROM, n int) byte { return r[(n-1)/8] >> ((n - 1) % 8) & 1 }
