// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"fmt"

	"owfs/hw"
)

// SearchPass implements hw.Searcher, by the search accelerator (pages 9 and 10).
// What is sent has a pair of bits for each bit of the ROM code, of which the
// higher is the way to go where there is a choice. The answer has in its place
// the way that was gone, and in the lower whether there was a choice, or nobody.
func (b *Bus) SearchPass(ctx context.Context, command byte, from hw.ROM, turn int) (rom hw.ROM, last int, found bool, err error) {
	ways := path(from, turn)
	got, err := b.exchange(ctx, "searching", b.searchSteps(command, ways))
	if err != nil {
		return rom, 0, false, err
	}
	if got[0] != command {
		return rom, 0, false, fmt.Errorf("search command %02X came back as %02X: %w", command, got[0], hw.ErrEcho)
	}
	rom, choices := split(got[1:])
	nobody := 0 // the bits at the end that nobody has answered
	for n := 64; n > 0 && bit(rom, n)&bit(choices, n) == 1; n-- {
		nobody++
	}
	switch {
	case nobody == 64:
		return hw.ROM{}, 0, false, nil
	case nobody > 0:
		return hw.ROM{}, 0, false, fmt.Errorf("from bit %d on: %w", 65-nobody, hw.ErrSearch)
	}
	for n := 1; n <= 64; n++ {
		if bit(choices, n) == 0 {
			continue
		}
		if bit(rom, n) != bit(ways, n) { // where it has a choice, the chip goes as it was told
			return hw.ROM{}, 0, false, b.astray(ctx, "searching", fmt.Errorf("the chip has gone another way at bit %d", n))
		}
		if bit(rom, n) == 0 {
			last = n
		}
	}
	return rom, last, true, nil
}

// path is the way of a pass: that of from up to turn, a 1 there, 0 behind.
func path(from hw.ROM, turn int) (ways hw.ROM) {
	for n := 1; n < turn; n++ {
		set(&ways, n, bit(from, n))
	}
	if turn > 0 {
		set(&ways, turn, 1)
	}
	return ways
}

func (b *Bus) searchSteps(command byte, ways hw.ROM) []step {
	var sent [16]byte
	for n := range 64 {
		sent[n/4] |= bit(ways, n+1) << (n%4*2 + 1)
	}
	steps := b.appendData(b.toData(), []byte{command}, 8)
	steps = append(steps, b.toCommand()...)
	steps = append(steps, step{send: searchOn | b.speed<<2})
	steps = append(steps, b.toData()...)
	steps = b.appendData(steps, sent[:], 12)
	steps = append(steps, b.toCommand()...)
	return append(steps, step{send: searchOff | b.speed<<2})
}

func split(p []byte) (rom, choices hw.ROM) {
	for n := range 64 {
		pair := p[n/4] >> (n % 4 * 2)
		set(&choices, n+1, pair&1)
		set(&rom, n+1, pair>>1&1)
	}
	return rom, choices
}

// bit returns bit number n, 1 to 64, in the order of the search.
func bit(r hw.ROM, n int) byte { return r[(n-1)/8] >> ((n - 1) % 8) & 1 }

func set(r *hw.ROM, n int, b byte) { r[(n-1)/8] |= b << ((n - 1) % 8) }
