// SPDX-License-Identifier: Apache-2.0

package passive

import (
	"context"
	"fmt"

	"owfs/hw"
)

var _ hw.Searcher = (*Bus)(nil)

// SearchPass implements hw.Searcher. What costs time at a serial port is to wait
// for what comes back, so the way that is known beforehand is sent in one go, and
// behind that each bit is written together with the reading of the next. If the
// line does not go the known way, nobody listens any more: the pass ends there,
// with found false and a code that differs at that bit.
func (b *Bus) SearchPass(ctx context.Context, command byte, from hw.ROM, turn int) (rom hw.ROM, last int, found bool, err error) {
	err = b.do(ctx, "searching", func() error {
		p := pass{bus: b}
		found, err = p.run(command, from, turn)
		rom, last = p.rom, p.last
		return err
	})
	if err != nil {
		return hw.ROM{}, 0, false, err
	}
	return rom, last, found, nil
}

// A pass is a pass of a search under way.
type pass struct {
	bus  *Bus
	rom  hw.ROM
	last int
}

func (p *pass) run(command byte, from hw.ROM, turn int) (found bool, err error) {
	sent := make([]byte, 0, 8+3*64)
	for i := range 8 {
		sent = append(sent, command>>i&1)
	}
	for n := 1; n <= turn; n++ {
		sent = append(sent, 1, 1, way(from, n, turn))
	}
	if turn < 64 {
		sent = append(sent, 1, 1)
	}
	got, err := p.exchange(sent)
	if err != nil {
		return false, err
	}
	for i := range 8 {
		if got[i] != sent[i] {
			return false, hw.ErrEcho
		}
	}
	got = got[8:]
	for n := 1; n <= turn; n, got = n+1, got[3:] {
		taken, err := p.choose(n, got[0], got[1], way(from, n, turn))
		switch {
		case err != nil:
			return false, err
		case nobody(n, got):
			return false, nil
		case taken != way(from, n, turn):
			return false, nil
		case got[2] != taken:
			return false, hw.ErrEcho
		}
	}
	return p.rest(turn+1, got)
}

// rest goes on from a bit whose two slots have been read.
func (p *pass) rest(n int, got []byte) (found bool, err error) {
	for ; n <= 64; n++ {
		taken, err := p.choose(n, got[0], got[1], 0)
		if err != nil || nobody(n, got) {
			return false, err
		}
		sent := []byte{taken, 1, 1}
		if n == 64 {
			sent = sent[:1]
		}
		if got, err = p.exchange(sent); err != nil {
			return false, err
		}
		if got[0] != taken {
			return false, hw.ErrEcho
		}
		got = got[1:]
	}
	return true, nil
}

// nobody tells that nobody takes part in the search.
func nobody(n int, got []byte) bool { return n == 1 && got[0]&got[1] == 1 }

// choose takes note of what was read at bit n, and returns the way to go from
// there: want, where there is a choice.
func (p *pass) choose(n int, id, complement, want byte) (taken byte, err error) {
	taken = want
	switch {
	case id != complement:
		taken = id
	case id == 1 && n > 1:
		return 0, fmt.Errorf("at bit %d: %w", n, hw.ErrSearch)
	case id == 0 && want == 0:
		p.last = n
	}
	p.rom[(n-1)/8] |= taken << ((n - 1) % 8)
	return taken, nil
}

func (p *pass) exchange(sent []byte) (got []byte, err error) {
	got = append(got, sent...)
	return got, p.bus.slots(got)
}

// way is the way that is known: that of the code before, up to the bit at which
// 1 is taken now.
func way(from hw.ROM, n, turn int) byte {
	if n == turn {
		return 1
	}
	return from[(n-1)/8] >> ((n - 1) % 8) & 1
}
