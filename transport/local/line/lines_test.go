// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// Several lines are searched and measured at the same time: two take no longer
// than one.
func TestLinesAreParallel(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const n = 20
		one, other := newBench(t, n), newBench(t, 0)
		for i := range n {
			rom, _ := hw.ParseROM("10.0000000001" + string("0123456789ABCDEF"[i/16]) + string("0123456789ABCDEF"[i%16]))
			other.wire.Add(sim.NewDS18S20(rom, hw.Wall{}, func() float64 { return 21 }))
		}
		took := func(f func()) time.Duration {
			begin := time.Now()
			f()
			return time.Since(begin)
		}
		alone := took(func() { list(t, one) })
		one.backend.Expire()
		r := root.New(root.Config{
			Table: device.New(), Settings: virtual.NewSettings(),
			Buses: []root.Bus{{Transport: one}, {Transport: other}},
		})
		var devices []transport.Entry
		both := took(func() {
			var err error
			if devices, err = r.Dir(t.Context(), transport.Request{Path: "/"}); err != nil {
				t.Fatal(err)
			}
		})
		var names []string
		for _, e := range devices {
			if e.Device {
				names = append(names, e.Name)
			}
		}
		if len(names) != 2*n {
			t.Errorf("%d devices are listed, want %d", len(names), 2*n)
		}
		if both > alone*11/10 {
			t.Errorf("a listing of two lines takes %v, of one %v", both, alone)
		}
		measured := took(func() {
			var wg sync.WaitGroup
			for _, name := range names {
				wg.Go(func() {
					got, err := r.Read(t.Context(), transport.Request{Path: "/" + name + "/temperature"})
					if err != nil || strings.TrimSpace(string(got)) == "" {
						t.Errorf("%s: %q, %v", name, got, err)
					}
				})
			}
			wg.Wait()
		})
		if measured > 2*time.Second {
			t.Errorf("%d temperatures on two lines take %v", len(names), measured)
		}
	})
}
