// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"fmt"
	"sync"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport"
)

// Eight writers switch one output each at the same time, and none takes back
// what another has switched.
func TestPartsWrittenAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 0)
		rom, _ := hw.ParseROM("29.000000000777")
		chip := sim.NewDS2408(rom)
		b.wire.Add(chip)
		for round := range 50 {
			value, want := "1", "1,1,1,1,1,1,1,1"
			if round%2 == 1 {
				value, want = "0", "0,0,0,0,0,0,0,0"
			}
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					path := fmt.Sprintf("/%v/PIO.%d", rom, i)
					if _, err := b.Write(t.Context(), transport.Request{Path: path}, []byte(value)); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got, err := b.get(t, "/uncached/"+rom.String()+"/PIO.ALL"); got != want || err != nil {
				t.Fatalf("round %d: PIO.ALL reads %s, %v, want %s", round, got, err, want)
			}
		}
	})
}

// A thermometer that comes later does not live on a measurement that it has
// taken no part in.
func TestLateThermometer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 3)
		late := b.chips[2]
		b.wire.Remove(late)
		list(t, b)
		b.temperature(t, 0)
		late.PowerOn()
		b.wire.Add(late)
		b.temperature(t, 2)
	})
}
