// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
)

// watch runs Watch and returns what it has told since it was asked last.
func (r *rig) watch() (told func() []string) {
	ctx, cancel := context.WithCancel(r.Context())
	events := make(chan string, 1000)
	ended := make(chan error, 1)
	go func() { ended <- w1.Watch(ctx, r.opts, func(e w1.Event) { events <- e.String() }) }()
	r.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			r.Errorf("Watch ended with %v", err)
		}
	})
	return func() (all []string) {
		time.Sleep(2500 * time.Millisecond) // virtual: longer than it sleeps
		synctest.Wait()
		for {
			select {
			case e := <-events:
				all = append(all, e)
			default:
				slices.Sort(all)
				return all
			}
		}
	}
}

// What comes and goes is told once, by netlink and where events are refused.
func TestWatch(t *testing.T) {
	for _, refused := range []bool{false, true} {
		virtual(t, w1kernel.Driver{}, func(r *rig) {
			if refused {
				r.opts.Dial = func(events bool) (w1.Socket, error) {
					if events {
						return nil, syscall.EPERM
					}
					return r.kernel.Dial(false), nil
				}
			}
			names := r.crowd(2)
			_, err := r.bus.List(r.Context(), hw.SearchROM)
			r.check(err)
			told := r.watch()
			is := func(want ...string) {
				r.Helper()
				slices.Sort(want)
				if got := told(); !slices.Equal(got, want) {
					r.Errorf("refused=%v: told %q, want %q", refused, got, want)
				}
			}
			is("w1_bus_master1 has come", names[0]+" has come", names[1]+" has come")
			is()
			second := sim.NewLine(hw.Wall{})
			r.Cleanup(func() { second.Close() })
			id, err := r.kernel.Attach(second, w1kernel.Driver{})
			r.check(err)
			is("w1_bus_master2 has come")
			r.check(r.kernel.Detach(id))
			is("w1_bus_master2 has left")
			chip := r.thermometer("28.00000000000A", 20)
			_, err = r.bus.List(r.Context(), hw.SearchROM)
			r.check(err)
			is("28.00000000000A has come")
			r.line.Remove(chip)
			for range 10 { // the kernel gives a device ten searches
				_, err = r.bus.List(r.Context(), hw.SearchROM)
				r.check(err)
			}
			is("28.00000000000A has left")
			r.check(r.kernel.Detach(r.id))
			is("w1_bus_master1 has left", names[0]+" has left", names[1]+" has left")
		})
	}
}

// More events than a socket holds are made up for by a look.
func TestWatchOverrun(t *testing.T) {
	virtual(t, w1kernel.Driver{Most: 1000}, func(r *rig) {
		block := make(chan struct{})
		var told []string
		ctx, cancel := context.WithCancel(r.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- w1.Watch(ctx, r.opts, func(e w1.Event) {
				<-block
				told = append(told, e.String())
			})
		}()
		synctest.Wait()
		want := r.crowd(400)
		_, err := r.bus.List(r.Context(), hw.SearchROM)
		r.check(err)
		close(block)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		cancel()
		<-ended
		for _, name := range want {
			if !slices.Contains(told, name+" has come") {
				r.Errorf("not told of %s", name)
			}
		}
		if len(told) != 401 {
			r.Errorf("told %d events, want 401", len(told))
		}
	})
}
