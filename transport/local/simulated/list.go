// SPDX-License-Identifier: Apache-2.0

package simulated

import (
	"fmt"
	"strconv"
	"strings"

	"owfs/hw"
)

// maxDevices bounds a list.
const maxDevices = 10000

// ParseList reads a list of devices as --fake, --tester and --mock take it:
// ROM codes, or family codes whose id is made up, separated by commas or
// blanks. bus is the number of the bus, which is part of a tester's ids. named,
// if set, finds the family code of a chip's name.
func ParseList(kind Kind, list string, bus int, named func(chip string) (family byte, ok bool)) ([]hw.ROM, error) {
	var roms []hw.ROM
	seen := map[hw.ROM]bool{}
	ids := newIDs(kind, bus)
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if len(roms) >= maxDevices {
			return nil, fmt.Errorf("more than %d devices", maxDevices)
		}
		rom, err := hw.ParseROM(word)
		if err != nil {
			family, ok := familyOf(word, named)
			if !ok {
				return nil, fmt.Errorf("%q is neither a family code such as 28, a chip such as DS18B20, nor a ROM code such as 28.000028D70100", word)
			}
			rom = ids.make(family, len(roms))
		}
		if seen[rom] {
			return nil, fmt.Errorf("device %v is listed twice", rom)
		}
		seen[rom] = true
		roms = append(roms, rom)
	}
	return roms, nil
}

func familyOf(word string, named func(string) (byte, bool)) (byte, bool) {
	if code, err := strconv.ParseUint(word, 16, 8); err == nil && len(word) == 2 {
		return byte(code), true
	}
	if named == nil {
		return 0, false
	}
	return named(word)
}

// ids makes up ids as the C program does: a tester's tell bus, family and
// place; those of fake and mock come from C's random numbers, always the same.
type ids struct {
	kind Kind
	bus  int
	rand func() uint32
}

func newIDs(kind Kind, bus int) *ids { return &ids{kind, bus, glibcRand(1)} }

func (m *ids) make(family byte, index int) hw.ROM {
	rom := hw.ROM{family}
	if m.kind == Tester {
		rom[1], rom[2] = byte(m.bus), byte(m.bus>>8)
		rom[3], rom[4] = family, ^family
		rom[5], rom[6] = byte(index), byte(index>>8)
	} else {
		for i := 1; i < 7; i++ {
			rom[i] = byte(m.rand())
		}
	}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

// glibcRand is the sequence of the GNU C library's rand() after srand(seed):
// an additive feedback generator over 31 words, whose first 310 outputs are
// dropped (a description is in "The GLIBC random number generator", P. Selinger).
func glibcRand(seed int32) func() uint32 {
	r := make([]uint32, 34, 344)
	r[0] = uint32(seed)
	for i := 1; i < 31; i++ {
		v := 16807 * int64(int32(r[i-1])) % 2147483647
		if v < 0 {
			v += 2147483647
		}
		r[i] = uint32(v)
	}
	for i := 31; i < 34; i++ {
		r[i] = r[i-31]
	}
	for i := 34; i < 344; i++ {
		r = append(r, r[i-31]+r[i-3])
	}
	state := r[len(r)-31:]
	at := 0
	return func() uint32 {
		v := state[at] + state[(at+28)%31]
		state[at] = v
		at = (at + 1) % 31
		return v >> 1
	}
}
