// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"owfs/bench/serialcost"
)

// What is wanted is met by what is asked for, and missed by what the C program
// takes.
func TestSerialVerdict(t *testing.T) {
	row := func(name string, bytes, slots, resets uint64) serialcost.Row {
		return serialcost.Row{Name: name, Cost: serialcost.Cost{
			ToChip: bytes, FromChip: bytes, Slots: slots, Resets: resets,
			Line: time.Duration(slots) * 70 * time.Microsecond,
		}}
	}
	for _, c := range []struct {
		us   serialcost.Row
		want string
	}{
		{row(serialcost.UncachedAlone, 60, 250, 2), "at most 250 slots, 2 resets"},
		{row(serialcost.UncachedAlone, 60, 250, 3), "at most 250 slots, 2 resets: missed"},
		{row(serialcost.UncachedAlone, 60, 448, 2), "at most 250 slots, 2 resets: missed"},
		{row(serialcost.ListTwenty, 480, 4000, 20), "at most 4000 slots"},
		{row(serialcost.ListTwenty, 480, 4001, 20), "at most 4000 slots: missed"},
		// 2 × 480 bytes at 9600 baud are 1 s.
		{row(serialcost.LoopTwenty, 480, 7000, 20), "at most 1.5 s of port and line (1.49 s)"},
		{row(serialcost.LoopTwenty, 480, 8000, 20), "at most 1.5 s of port and line (1.56 s): missed"},
		{row(serialcost.Start, 480, 8000, 20), ""},
	} {
		if got := serialVerdict(c.us); got != c.want {
			t.Errorf("%s of %d slots and %d resets: %q, want %q", c.us.Name, c.us.Slots, c.us.Resets, got, c.want)
		}
	}
}
