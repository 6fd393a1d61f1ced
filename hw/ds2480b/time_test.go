// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// What things cost at the rates, in bytes, slots and time of line and port.
func TestCosts(t *testing.T) {
	for _, test := range []struct {
		baud          int
		list, read    time.Duration // of 20 sensors, at most
		listIn, outIn uint64        // bytes to and from the chip for the list, at most
	}{
		{9600, 560 * time.Millisecond, 540 * time.Millisecond, 500, 400},
		{19200, 450 * time.Millisecond, 320 * time.Millisecond, 500, 400},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			r := connect(t, ds2480b.Options{Baud: test.baud}, nil)
			start := time.Since(began)
			for i := range 20 {
				rom := romOf(t, fmt.Sprintf("28.%02X00000000%02X", i+1, i*37&0xFF))
				r.line.Add(sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return 21.5 }))
			}
			before, slots := r.cable.Counts(), r.line.Counts()
			began = time.Now()
			found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
			if err != nil || len(found) != 20 {
				t.Fatal(found, err)
			}
			list, after, slotsAfter := time.Since(began), r.cable.Counts(), r.line.Counts()
			to, from := after.ToChip-before.ToChip, after.FromChip-before.FromChip
			began = time.Now()
			for _, rom := range found {
				r.bus.Reset(t.Context())
				p := append([]byte{hw.MatchROM}, rom[:]...)
				p = append(p, 0xBE, 255, 255, 255, 255, 255, 255, 255, 255, 255)
				if err := r.bus.Touch(t.Context(), p); err != nil || hw.CRC8(p[10:]) != 0 {
					t.Fatal(err)
				}
			}
			read := time.Since(began)
			t.Logf("%d baud: start %v; list of 20: %v, %d bytes to the chip, %d from it, %d slots, %d resets; 20 scratchpads: %v",
				test.baud, start, list, to, from, slotsAfter.Slots-slots.Slots, slotsAfter.Resets-slots.Resets, read)
			if list > test.list || read > test.read || to > test.listIn || from > test.outIn {
				t.Errorf("at %d baud the list took %v and %d + %d bytes, the values %v", test.baud, list, to, from, read)
			}
		})
	}
}

// slowly is a port that brings each answer late.
type slowly struct {
	*chip.Cable
	late time.Duration
}

func (s slowly) Read(p []byte) (int, error) {
	n, err := s.Cable.Read(p)
	if err == nil {
		time.Sleep(s.late)
	}
	return n, err
}

// The rate that is raised by itself makes nothing slower than 9600 baud,
// however late answers are.
func TestRaisedIsNoSlower(t *testing.T) {
	took := func(t *testing.T, baud int, late time.Duration) (list, read time.Duration, rate int) {
		line := sim.NewLine(hw.Wall{})
		cable := chip.Plug(chip.New(line))
		defer line.Close()
		for i := range 20 {
			rom := romOf(t, fmt.Sprintf("28.%02X00000000%02X", i+1, i*37&0xFF))
			line.Add(sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return 21.5 }))
		}
		bus, err := ds2480b.Attach(t.Context(), slowly{cable, late}, ds2480b.Options{Baud: baud})
		if err != nil {
			t.Fatal(err)
		}
		defer bus.Close()
		began := time.Now()
		if found, err := hw.Search(t.Context(), bus, hw.SearchROM); err != nil || len(found) != 20 {
			t.Fatal(found, err)
		}
		list, began = time.Since(began), time.Now()
		for range 20 {
			if err := bus.Touch(t.Context(), make([]byte, 19)); err != nil {
				t.Fatal(err)
			}
		}
		return list, time.Since(began), infoOf(bus).Baud
	}
	raised := 0
	for _, late := range []time.Duration{0, 50, 100, 150, 200, 300, 500, 1000, 1900, 5000} {
		synctest.Test(t, func(t *testing.T) {
			late *= time.Microsecond
			list, read, rate := took(t, 0, late)
			list9600, read9600, _ := took(t, 9600, late)
			t.Logf("%v late: %d baud, list %v, at 9600 %v; data %v, at 9600 %v", late, rate, list, list9600, read, read9600)
			if list > list9600 || read > read9600 {
				t.Errorf("answers %v late: at %d baud the list takes %v, data %v; at 9600 baud %v and %v", late, rate, list, read, list9600, read9600)
			}
			if rate != 9600 {
				raised++
			}
		})
	}
	if raised < 2 {
		t.Error("it is not raised for a port that brings answers at once")
	}
}
