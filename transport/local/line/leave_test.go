// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"owfs/hw/sim"
	"owfs/transport"
)

// A device that does not answer is looked for; when it has left, that is told
// and listings show it no more, without waiting for the directory timeout.
func TestLeavesAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 3)
		if got := list(t, b); got != 3 {
			t.Fatalf("%d devices are listed", got)
		}
		b.temperature(t, 1)
		b.wire.Remove(b.chips[1])
		if _, err := b.get(t, "/uncached"+b.path(1, "temperature")); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("reading a device that has left: %v, want ENOENT", err)
		}
		if got := list(t, b); got != 2 {
			t.Errorf("%d devices are listed at once, want 2", got)
		}
		if _, err := b.Stat(t.Context(), transport.Request{Path: b.path(1, "type")}); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("stat: %v, want ENOENT", err)
		}
		b.wire.Add(b.chips[1])
		time.Sleep(2 * time.Second) // the negative answer is kept for one
		b.temperature(t, 1)
	})
}

// Who never lists, but reads one thermometer after another by its name, gets
// one conversion for all as well.
func TestOneConversionWithoutListing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const n = 20
		b := newBench(t, n)
		for i := range n {
			if _, err := b.Stat(t.Context(), transport.Request{Path: b.path(i, "temperature")}); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		for i := range n {
			b.temperature(t, i)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%d thermometers took %v", n, took)
		}
	})
}

// One bit in a thousand wrong makes a device look absent now and then, but not
// to somebody who asks carefully.
func TestNoiseIsNotAbsence(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 4)
		b.wire.SetFaults(sim.Faults{BitErrors: 0.001, Rand: rand.New(rand.NewPCG(1, 2))})
		absent, failed := 0, 0
		const asked = 2000
		for i := range asked {
			time.Sleep(3 * time.Minute) // longer than any answer is kept
			_, err := b.Stat(t.Context(), transport.Request{Path: b.path(i%4, "type")})
			switch {
			case errors.Is(err, syscall.ENOENT):
				absent++
			case err != nil:
				failed++
			}
		}
		t.Logf("of %d questions after devices that are there, %d said no and %d failed", asked, absent, failed)
		if absent > 5 || failed > 20 {
			t.Errorf("of %d questions after devices that are there, %d said no and %d failed", asked, absent, failed)
		}
	})
}
