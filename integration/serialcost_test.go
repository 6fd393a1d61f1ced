// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"testing"
	"time"

	"owfs/bench/serialcost"
)

// serialCosts are what our server takes of a DS2480B at 9600 baud, worked out
// from the data sheets. To the chip go: a reset, C5, with E3 before it if the
// chip is in data mode; E1 and the bytes of data; a pass of the search, which
// changes the mode five times. All but the changes of mode is answered.
func serialCosts() map[string]serialcost.Cost {
	const (
		search  = 8 + 3*64        // slots: the command, three for each bit
		match   = 8 + 64          // Match ROM with the code
		pad     = 8 + 9*8         // Read Scratchpad, with its CRC
		convert = 8 + 8           // Convert T, and a byte to see that it has begun
		power   = 2 * (8 + 8 + 8) // Skip ROM, Read Power Supply and a byte, twice
	)
	cost := func(toChip, fromChip, slots, resets uint64) serialcost.Cost {
		return serialcost.Cost{ToChip: toChip, FromChip: fromChip, Slots: slots, Resets: resets}
	}
	return map[string]serialcost.Cost{
		// The timing byte, which is silent, five parameters, the baud rate, a reset.
		serialcost.Start:   cost(8, 7, 0, 1),
		serialcost.ListOne: cost(24, 18, search, 1),
		// Polls not counted, each of which is one more of everything but resets.
		serialcost.FirstAlone:    cost(47, 40, power+match+convert+match+pad, 4),
		serialcost.UncachedAlone: cost(36, 32, match+convert+match+pad, 2),

		serialcost.ListTwenty:      cost(20*24, 20*18, 20*search, 20),
		serialcost.AlarmsTwenty:    cost(24, 18, search, 1),
		serialcost.LoopTwenty:      cost(5+6+6+20*22, 2*4+4+20*20, power+8+convert+20*(match+pad), 2+1+20),
		serialcost.UncachedOf20:    cost(6+22, 4+20, 8+convert+match+pad, 2),
		serialcost.SwitchesWritten: cost(16, 15, match+8+4*8, 1),
	}
}

// mostPolls are the most single slots that ask whether a chip has measured. A
// busy machine is late to ask, and asks once more for each 10 ms.
func mostPolls(row serialcost.Row) uint64 {
	late := uint64(max(0, row.Took-820*time.Millisecond) / (10 * time.Millisecond))
	switch row.Name {
	case serialcost.FirstAlone:
		return 24 + late
	case serialcost.UncachedAlone:
		return 10 + late // together with all else 250 slots
	}
	return 0
}

// Our server takes of a DS2480B what has been worked out, and no more.
func TestOwserverCostOnDS2480B(t *testing.T) {
	t.Parallel()
	wants := serialCosts()
	for _, scene := range serialcost.Scenes() {
		t.Run(scene.Name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			rows, err := scene.Measure(ctx, func(port string) (string, error) {
				return startOurs(t, "-d", port, "--baud=9600", patiently), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				want, known := wants[r.Name]
				if !known {
					t.Errorf("%s: nobody has worked it out", r.Name)
				}
				polls := min(max(r.Slots, want.Slots)-want.Slots, mostPolls(r))
				if r.ToChip != want.ToChip+polls || r.FromChip != want.FromChip+polls || r.Slots != want.Slots+polls || r.Resets != want.Resets {
					t.Errorf("%s: %d bytes to the chip, %d from it, %d slots, %d resets; with %d polls %d, %d, %d, %d are wanted",
						r.Name, r.ToChip, r.FromChip, r.Slots, r.Resets,
						polls, want.ToChip+polls, want.FromChip+polls, want.Slots+polls, want.Resets)
				}
				t.Logf("%s: %+v", r.Name, r.Cost)
				if d := r.NoLonger(9600); r.Name == serialcost.LoopTwenty && d > 1500*time.Millisecond {
					t.Errorf("20 sensors one after another take the serial port and the line %v, at most 1.5 s is wanted", d)
				}
			}
		})
	}
}
