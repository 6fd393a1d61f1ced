// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/line"
)

// The program's drivers get on with what the kernel can: they read and write
// chips of several kinds, while the kernel's own search is on.
func TestDrivers(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		names := r.crowd(20)
		for _, chip := range []sim.Slave{
			sim.NewDS2408(r.rom("29.000000000001")), sim.NewDS2413(r.rom("3A.000000000001")),
			sim.NewDS2431(r.rom("2D.000000000001"), r.line.Clock()),
		} {
			r.line.Add(chip)
		}
		r.check(r.bus.Close())
		r.opts.Shared = true
		table := device.New()
		wire := hw.NewLine(func(ctx context.Context) (hw.Bus, error) { return w1.Open(ctx, r.id, r.opts) })
		r.Cleanup(func() { wire.Close() })
		bus := local.New(local.Config{Backend: line.New(line.Config{Line: wire, Table: table}), Table: table})
		ctx := r.Context()
		entries, err := bus.Dir(ctx, transport.Request{Path: "/"})
		r.check(err)
		for _, name := range append(slices.Clone(names), "29.000000000001", "3A.000000000001", "2D.000000000001") {
			if !strings.Contains(fmt.Sprint(entries), name) {
				r.Errorf("%s is not listed", name)
			}
		}
		get := func(path string) string {
			r.Helper()
			v, err := bus.Read(ctx, transport.Request{Path: path, Options: owproto.FlagTrim})
			if err != nil {
				r.Errorf("%s: %v", path, err)
			}
			return strings.TrimSpace(string(v))
		}
		put := func(path, value string) {
			r.Helper()
			if _, err := bus.Write(ctx, transport.Request{Path: path}, []byte(value)); err != nil {
				r.Errorf("%s: %v", path, err)
			}
		}
		done := make(chan struct{})
		go func() { // the kernel searches every ten seconds; here far more often
			defer close(done)
			for range 20 {
				time.Sleep(700 * time.Millisecond)
				if err := r.kernel.Tick(r.id); err != nil {
					r.Error(err)
				}
			}
		}()
		began := time.Now()
		for i, chip := range r.chips {
			if got, want := get("/"+chip.ROM.String()+"/temperature"), fmt.Sprint(20+float64(i)/2); got != want {
				r.Errorf("%v reads %s °C, want %s", chip.ROM, got, want)
			}
		}
		r.Logf("20 temperatures took %v", time.Since(began))
		put("/29.000000000001/PIO.3", "1")
		if got := get("/29.000000000001/PIO.BYTE"); got != "8" {
			r.Errorf("the switch has the outputs %s, want 8", got)
		}
		if got := get("/3A.000000000001/sensed.BYTE"); got != "3" {
			r.Errorf("the switch senses %s, want 3", got)
		}
		put("/2D.000000000001/pages/page.1", "a text of more than eight bytes")
		if got := get("/uncached/2D.000000000001/pages/page.1"); !strings.HasPrefix(got, "a text of more than eight bytes") {
			r.Errorf("the memory holds %q", got)
		}
		if got := get("/uncached/" + names[0] + "/present"); got != "1" {
			r.Errorf("present is %s", got)
		}
		<-done
		if n := wire.Stats().AdapterErrors.Load(); n != 0 {
			r.Errorf("%d errors of the adapter", n)
		}
	})
}
