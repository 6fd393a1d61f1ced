// SPDX-License-Identifier: Apache-2.0

package bustest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// crowd puts n thermometers on the line and returns their codes in text order.
func (b *bench) crowd(n int) []string {
	b.Helper()
	rnd := rand.New(rand.NewPCG(uint64(n), 7))
	var names []string
	for len(names) < n {
		name := fmt.Sprintf("28.%012X", rnd.Uint64()&0xFFFFFFFFFFFF)
		if !slices.Contains(names, name) {
			b.thermometer(name, 20)
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func sorted(found []hw.ROM) []string {
	var names []string
	for _, rom := range found {
		names = append(names, rom.String())
	}
	slices.Sort(names)
	return names
}

func (b *bench) finds(bus hw.Bus, command byte, want []string) {
	b.Helper()
	found, err := hw.Search(b.ctx, bus, command)
	if err != nil || !slices.Equal(sorted(found), want) {
		b.Errorf("the search finds %v, %v; want %v", sorted(found), err, want)
	}
}

func searches(b *bench) { b.searchesOn(b.bus, 20) }

// plain hides what a bus can do more.
type plain struct{ hw.Bus }

func searchesPlain(b *bench) { b.searchesOn(plain{b.bus}, 4) }

func (b *bench) searchesOn(bus hw.Bus, n int) {
	b.finds(bus, hw.SearchROM, nil)
	one := b.thermometer("28.FFFFFFFFFFFF", 20)
	b.finds(bus, hw.SearchROM, []string{"28.FFFFFFFFFFFF"})
	there, err := hw.Verify(b.ctx, bus, hw.SearchROM, one.ROM)
	if !there || err != nil {
		b.Errorf("the device is there, but: %v, %v", there, err)
	}
	if there, err := hw.Verify(b.ctx, bus, hw.SearchROM, b.rom("28.FFFFFFFFFFFE")); there || err != nil {
		b.Errorf("a device that is not there: %v, %v", there, err)
	}
	b.line.Remove(one)
	names := b.crowd(n)
	before := b.line.Counts()
	b.finds(bus, hw.SearchROM, names)
	after := b.line.Counts()
	// A reset, the command, three slots for each bit (application note 187).
	if got, most := after.Slots-before.Slots, uint64(n*(8+192)); got > most {
		b.Errorf("a search for %d devices took %d slots, want %d", n, got, most)
	}
	if got := after.Resets - before.Resets; got != uint64(n) {
		b.Errorf("a search for %d devices took %d resets", n, got)
	}
}

// searchSelects: the device at the end of a search listens as after match ROM.
func searchSelects(b *bench) {
	b.thermometer("28.000000000001", 20)
	b.thermometer("28.000000000002", 20)
	there, err := hw.Verify(b.ctx, b.bus, hw.SearchROM, b.rom("28.000000000002"))
	if !there || err != nil {
		b.Fatal(there, err)
	}
	b.touch(0x4E, 11, 12, 0x7F)
	for name, th := range map[string]byte{"28.000000000001": 75, "28.000000000002": 11} {
		rom := b.rom(name)
		b.reset()
		p := b.touch(ff(9, slices.Concat([]byte{hw.MatchROM}, rom[:], []byte{0xBE})...)...)[10:]
		if hw.CRC8(p) != 0 || p[2] != th {
			b.Errorf("%s has % X in its scratchpad, want TH %d", name, p, th)
		}
	}
}

// searchPass checks one pass: its path, and where it could turn next.
func searchPass(b *bench) {
	s, ok := b.bus.(hw.Searcher)
	if !ok {
		return
	}
	// In the order of the search, 01 differs from 02 and 03 at bit 9: it has a
	// 1 there as 03 has; 02 and 03 differ there, 01 and 03 at bit 10.
	for _, name := range []string{"28.010000000000", "28.020000000000", "28.030000000000"} {
		b.thermometer(name, 20)
	}
	var from hw.ROM
	turn := 0
	for i, want := range []struct {
		name string
		last int
	}{{"28.020000000000", 9}, {"28.010000000000", 10}, {"28.030000000000", 0}} {
		b.reset()
		rom, last, found, err := s.SearchPass(b.ctx, hw.SearchROM, from, turn)
		if err != nil || !found || rom.String() != want.name || last != want.last {
			b.Fatalf("pass %d gives %v, %d, %v, %v; want %v, %d", i, rom, last, found, err, want.name, want.last)
		}
		from, turn = rom, last
	}
	b.reset()
	if rom, _, found, err := s.SearchPass(b.ctx, hw.AlarmSearch, hw.ROM{}, 0); found || err != nil {
		b.Errorf("a search in which nobody takes part gives %v, %v, %v", rom, found, err)
	}
}

func alarmSearch(b *bench) {
	b.thermometer("28.000000000001", 72)
	b.thermometer("28.000000000002", 99)
	b.thermometer("28.000000000003", 20)
	b.finds(b.bus, hw.AlarmSearch, nil)
	b.command(hw.SkipROM, 0x44)
	b.check(b.line.Clock().Sleep(b.ctx, 760*time.Millisecond))
	// TH is 75 and TL is 70 at power-on.
	want := []string{"28.000000000002", "28.000000000003"}
	b.finds(b.bus, hw.AlarmSearch, want)
	b.finds(plain{b.bus}, hw.AlarmSearch, want)
}

func searchShort(b *bench) {
	b.crowd(3)
	b.line.SetFaults(sim.Faults{Short: true})
	if found, err := hw.Search(b.ctx, b.bus, hw.SearchROM); !hw.IsLine(err) || len(found) > 0 {
		b.Errorf("a search on a shorted line gives %v, %v", found, err)
	}
	b.line.SetFaults(sim.Faults{})
	if found, err := hw.Search(b.ctx, b.bus, hw.SearchROM); err != nil || len(found) != 3 {
		b.Errorf("a search after a short gives %v, %v", found, err)
	}
}

// searchBitErrors: errors of the line are such, and no code is invented.
func searchBitErrors(b *bench) {
	names := b.crowd(5)
	b.line.SetFaults(sim.Faults{BitErrors: 0.02 / float64(b.many), Rand: rand.New(rand.NewPCG(3, 4))})
	failed := 0
	for range b.many {
		found, err := hw.Search(context.WithoutCancel(b.ctx), b.bus, hw.SearchROM)
		if err != nil {
			failed++
			if !hw.IsLine(err) {
				b.Errorf("a bit error became %v", err)
			}
		}
		for _, name := range sorted(found) {
			if !slices.Contains(names, name) {
				b.Errorf("found %s, which is not there, beside %s", name, strings.Join(names, " "))
			}
		}
	}
	b.line.SetFaults(sim.Faults{})
	if failed == 0 || failed == b.many {
		b.Errorf("%d of %d searches failed", failed, b.many)
	}
	b.finds(b.bus, hw.SearchROM, names)
}
