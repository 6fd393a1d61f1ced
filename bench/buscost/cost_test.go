// SPDX-License-Identifier: Apache-2.0

package buscost

import (
	"context"
	"strings"
	"testing"
	"time"
)

// What is taken of the line is at most a tenth more than the least, and never
// more than the reason of a row explains.
func TestCosts(t *testing.T) {
	for _, c := range rows() {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := c.measure(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			most := max(wantedRatio, c.allow)
			if c.ratio(got) > most {
				t.Errorf("%d resets and %d slots take %v of the line, %.2f times the least; at most %v is wanted",
					got.resets, got.slots, got.time(), c.ratio(got), most)
			}
			if slots := float64(got.slots) / float64(c.least.slots); slots > most {
				t.Errorf("%d slots are %.2f times the least; at most %v is wanted", got.slots, slots, most)
			}
			if c.allow == 0 && c.within > 0 && got.time() > c.within {
				t.Errorf("it takes %v of the line, at most %v is wanted", got.time(), c.within)
			}
		})
	}
}

// A hundred powered sensors are read one after another in 3 s of the line.
func TestHundredSensors(t *testing.T) {
	c := row{sensors: 100, before: ls, do: loop}
	got, _, err := c.measure(t.Context())
	if err != nil || got.time() > 3*time.Second {
		t.Errorf("they take %v of the line, %v; at most 3 s is wanted", got.time(), err)
	}
}

// The line's own count of its time, and the least, go by the same clock.
func TestLineCountsTheSameTime(t *testing.T) {
	c := row{sensors: 3, do: ls, least: leastListing(3)}
	got, lasts, err := c.measure(t.Context())
	// 3 resets of 960 µs and 600 slots of 70 µs.
	if want := 44880 * time.Microsecond; err != nil || got.time() != want || lasts != want || c.least.time() != want {
		t.Errorf("three devices are listed in %v (counted: %v, least: %v), %v, want %v", lasts, got.time(), c.least.time(), err, want)
	}
}

// The least of what the C suite's owserver does with nothing to spare is what
// was counted there: 200 slots for each device of a listing and 152 for an
// uncached scratchpad, each with one reset.
func TestLeast(t *testing.T) {
	for name, c := range map[string]struct {
		least         cost
		resets, slots uint64
	}{
		"listing of 20":      {leastListing(20), 20, 4000},
		"scratchpad":         {transaction(match, command, data(9)), 1, 152},
		"DS2433":             {leastMemory(), 1, 4192},
		"DS2408 sensed":      {leastRegisters(0x88), 1, 176},
		"DS2408 outputs set": {transaction(match, channelWrite), 1, 112},
		"20 temperatures":    {leastTemperatures(20), 21, 3057},
	} {
		if c.least.resets != c.resets || c.least.slots != c.slots {
			t.Errorf("%s: %d resets and %d slots, want %d and %d", name, c.least.resets, c.least.slots, c.resets, c.slots)
		}
	}
}

func TestPrint(t *testing.T) {
	var w strings.Builder
	if err := Print(context.Background(), &w, func(name string) bool { return name == "bus listing, devices: 20" }); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(w.String()), "\n")
	last := strings.Join(strings.Fields(lines[len(lines)-1]), " ")
	if want := "bus listing, devices: 20 20 4000 299.2 299.2 20 4000 299.2 1.00 1.1"; len(lines) != 3 || last != want {
		t.Errorf("printed %q, want %q as the last of 3 lines", last, want)
	}
	w.Reset()
	if err := Print(context.Background(), &w, func(string) bool { return false }); err != nil || w.Len() > 0 {
		t.Errorf("nothing is wanted, and printed is %q, %v", w.String(), err)
	}
}
