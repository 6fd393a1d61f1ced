// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw/sim"
	"owfs/owproto"
	"owfs/transport/virtual"
)

// What bus.N/interface/statistics tells is what the emulator has counted.
func TestStatisticsAreTrue(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 3)
		tree := b.backend.Interface(virtual.Interface{}).Tree(device.New(), time.Now())
		number := func(name string) float64 {
			t.Helper()
			text, err := tree.Read([]string{"statistics", name}, owproto.FlagTrim)
			if err != nil {
				t.Fatal(err)
			}
			f, err := strconv.ParseFloat(string(text), 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		list(t, b)
		for i := range 3 {
			b.temperature(t, i)
		}
		c := b.wire.Counts()
		if got := number("resets"); got != float64(c.Resets) {
			t.Errorf("resets: %v, the line has seen %d", got, c.Resets)
		}
		// While it is polled whether a conversion is done, the line is held.
		if got, busy := number("bus_time"), c.Busy.Seconds(); got < busy || got > busy+0.76 {
			t.Errorf("bus_time: %v, the line was busy for %v", got, busy)
		}
		if l, u := number("locks"), number("unlocks"); l == 0 || l != u {
			t.Errorf("locks %v, unlocks %v", l, u)
		}
		for _, name := range []string{"errors", "shorts", "reset_errors", "read_errors", "write_errors", "reconnects", "timeouts"} {
			if got := number(name); got != 0 {
				t.Errorf("%s on a good line: %v", name, got)
			}
		}

		b.wire.SetFaults(sim.Faults{Short: true})
		b.get(t, "/uncached"+b.path(0, "temperature"))
		if got := number("shorts"); got == 0 || got != number("errors") {
			t.Errorf("shorts of a shorted line: %v, errors: %v", got, number("errors"))
		}
		b.wire.SetFaults(sim.Faults{BitErrors: 0.01, Rand: rand.New(rand.NewPCG(3, 4))})
		for range 20 {
			b.get(t, "/uncached"+b.path(0, "temperature"))
		}
		for _, name := range []string{"read_errors", "write_errors", "select_errors"} {
			if number(name) == 0 {
				t.Errorf("%s of a bad line: none", name)
			}
		}
		for _, name := range []string{"BUS_echo_errors", "CRC8_tries", "CRC8_errors"} {
			if b.backend.Errors()["errors/"+name] == 0 {
				t.Errorf("%s of a bad line: none", name)
			}
		}
	})
}
