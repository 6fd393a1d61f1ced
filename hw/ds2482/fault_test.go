// SPDX-License-Identifier: Apache-2.0

package ds2482_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest/faults"
	"owfs/hw/ds2482"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2482"
)

// wantLine wants an error that another try may mend, for the reason given, and
// that it does.
func wantLine(t *testing.T, bus hw.Bus, err, reason error) {
	t.Helper()
	if !errors.Is(err, reason) || !hw.IsLine(err) {
		t.Errorf("error %v, want one of the line because %v", err, reason)
	}
	present(t, bus)
}

// wantAdapter wants an error of the adapter.
func wantAdapter(t *testing.T, err, reason error) {
	t.Helper()
	if err == nil || hw.IsLine(err) || !errors.Is(err, reason) {
		t.Errorf("error %v, want one of the adapter because %v", err, reason)
	}
}

func each(t *testing.T, name string, f func(t *testing.T, r *rig)) {
	for _, kind := range []ds2482.Kind{ds2482.DS2482x100, ds2482.DS2482x800, ds2482.DS2483} {
		channel := kind.Channels() / 2
		virtual(t, name+" "+kind.String(), func(t *testing.T) {
			r := connect(t, kind, channel, ds2482.Options{})
			thermometer(t, r.line, "28.000000000001", 21.5)
			f(t, r)
		})
	}
}

// A chip that stays busy is reset and reported; one that can't be reset is given
// up at once, and taken again when it can.
func TestLockUp(t *testing.T) {
	each(t, "curable", func(t *testing.T, r *rig) {
		present(t, r.bus)
		for _, call := range calls(t, r.bus) {
			r.chip.LockUp(false)
			began := time.Now()
			wantLine(t, r.bus, call(), ds2482.ErrLockedUp)
			if took := time.Since(began); took > 50*time.Millisecond {
				t.Errorf("it took %v to tell", took)
			}
		}
		if got := r.chip.Configuration(); got != 1 {
			t.Errorf("the configuration is %X after that", got)
		}
	})
	each(t, "hard", func(t *testing.T, r *rig) {
		r.chip.LockUp(true)
		_, err := r.bus.Reset(t.Context())
		wantAdapter(t, err, ds2482.ErrLockedUp)
		before := r.i2c.Counts()
		wantAdapter(t, r.bus.Touch(t.Context(), []byte{1}), ds2482.ErrLockedUp)
		if r.i2c.Counts() != before {
			t.Error("a chip that was given up is spoken to")
		}
		r.bus.Close()
		if _, err := r.found[0].Open(t.Context()); !errors.Is(err, ds2482.ErrNoChip) || hw.IsLine(err) {
			t.Errorf("opened while it is locked up: %v", err)
		}
		r.chip.Free()
		present(t, r.open(t, r.channel()))
	})
}

func (r *rig) channel() int { return slices.Index(r.lines[:], r.line) }

// calls are all that can be asked of a bus.
func calls(t *testing.T, bus *ds2482.Bus) []func() error {
	ctx := t.Context()
	return []func() error{
		func() error { _, err := bus.Reset(ctx); return err },
		func() error { return bus.Touch(ctx, []byte{0x55, 0xFF}) },
		func() error { return bus.Touch(ctx, []byte{0xFF}) },
		func() error { return bus.Bits(ctx, []byte{1, 0}) },
		func() error { _, _, _, err := bus.Triplet(ctx, 1); return err },
		func() error { _, err := bus.Power(ctx, 0x44, time.Millisecond); return err },
	}
}

// A chip that was reset behind our back is set up anew.
func TestResetBehindOurBack(t *testing.T) {
	each(t, "each call", func(t *testing.T, r *rig) {
		present(t, r.bus)
		for _, call := range calls(t, r.bus) {
			r.chip.PowerOn()
			wantLine(t, r.bus, call(), ds2482.ErrReset)
			if got := r.chip.Configuration(); got != 1 {
				t.Errorf("the configuration is %X after that", got)
			}
		}
	})
	each(t, "during the pull-up", func(t *testing.T, r *rig) {
		present(t, r.bus)
		go func() {
			time.Sleep(100 * time.Millisecond)
			r.chip.PowerOn()
		}()
		_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
		wantLine(t, r.bus, err, ds2482.ErrReset)
	})
	each(t, "before the speed changes", func(t *testing.T, r *rig) {
		present(t, r.bus)
		must(t, r.bus.SetOverdrive(t.Context(), true))
		r.chip.PowerOn() // which writing the configuration would hide
		wantLine(t, r.bus, func() error {
			must(t, r.bus.SetOverdrive(t.Context(), false))
			r.chip.PowerOn()
			return r.bus.Touch(t.Context(), []byte{1})
		}(), ds2482.ErrReset)
	})
}

// What goes on with a transaction on one channel must not, when the chip was
// reset for another.
func TestResetDuringAnothersTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 2, ds2482.Options{})
		thermometer(t, r.lines[2], "28.000000000002", 20)
		thermometer(t, r.lines[6], "28.000000000006", 20)
		other := r.open(t, 6)
		present(t, other)
		present(t, r.bus)
		r.chip.PowerOn()
		wantLine(t, r.bus, r.bus.Touch(t.Context(), []byte{hw.SkipROM}), ds2482.ErrReset)
		if err := other.Touch(t.Context(), []byte{hw.SkipROM}); !hw.IsLine(err) {
			t.Errorf("the other channel goes on with %v", err)
		}
		present(t, other)
		must(t, other.Touch(t.Context(), []byte{hw.SkipROM}))
	})
}

// A chip that has gone is an error of the adapter, also at the next opening, and
// comes back.
func TestGone(t *testing.T) {
	each(t, "unplugged", func(t *testing.T, r *rig) {
		l := hw.NewLine(r.found[r.channel()].Open)
		defer l.Close()
		read := func() error {
			return l.Do(t.Context(), func(tx *hw.Tx) error { return faults.Scratchpad(t, tx, romOf(t, "28.000000000001")) })
		}
		must(t, read())
		r.i2c.Put(0x18, nil)
		for range 3 {
			wantAdapter(t, read(), ds2482.ErrNoChip)
		}
		r.chip.PowerOn()
		r.i2c.Put(0x18, r.chip)
		must(t, read())
		if s := l.Stats(); s.AdapterErrors.Load() != 1 || s.ReopenErrors.Load() != 2 || s.Opened.Load() != 2 {
			t.Errorf("%d adapter errors, %d reopen errors, opened %d times", s.AdapterErrors.Load(), s.ReopenErrors.Load(), s.Opened.Load())
		}
	})
}

func TestAnotherKindCameBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 0, ds2482.Options{})
		r.bus.Close()
		r.i2c.Put(0x18, chip.New100(r.line))
		bus, err := r.found[0].Open(t.Context())
		if err == nil {
			bus.Close()
			t.Fatal("a DS2482-100 was taken for the DS2482-800 that it replaces")
		}
	})
}

// A channel that can't be selected is never spoken to.
func TestWrongChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 3, ds2482.Options{})
		thermometer(t, r.line, "28.000000000001", 21.5)
		r.chip.FailChannel(1)
		_, err := r.bus.Reset(t.Context())
		wantLine(t, r.bus, err, ds2482.ErrGarbled)
		other := r.open(t, 4)
		slots := r.lines[5].Counts()
		r.chip.FailChannel(1000)
		for range 10 {
			_, err = other.Reset(t.Context())
		}
		wantAdapter(t, err, ds2482.ErrGarbled)
		if r.lines[5].Counts() != slots {
			t.Error("a channel was used that was not meant")
		}
	})
}

// With messages not acknowledged and bytes garbled, each operation gives the
// right value or an error, and most of the errors are such that another try is
// made.
func TestFaults(t *testing.T) {
	for name, f := range map[string]chip.Faults{
		"not acknowledged": {NAK: 0.003},
		"garbled":          {Garble: 0.0005},
		"both":             {NAK: 0.001, Garble: 0.0003},
	} {
		virtual(t, name, func(t *testing.T) { underFaults(t, f) })
	}
}

func underFaults(t *testing.T, f chip.Faults) {
	r := connect(t, ds2482.DS2482x800, 3, ds2482.Options{})
	for _, name := range faults.Three() {
		thermometer(t, r.lines[0], name[:13]+"99", 99) // what another channel would give
	}
	all := faults.Put(t, r.line, faults.Three()...)
	f.Rand = rand.New(rand.NewPCG(5, 6))
	r.i2c.SetFaults(f)
	faults.Run(t, faults.Trial{
		Line:  hw.NewLine(r.found[3].Open),
		Steps: []faults.Step{all.List, all.Read}, Heal: func() { r.i2c.SetFaults(chip.Faults{}) },
		Good: 1. / 3, Adapter: 1. / 20, Sick: true, Back: 2,
	})
}

// A pull-up that nobody waits for any more ends all the same.
func TestPullUpGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x100, 0, ds2482.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := r.bus.Power(ctx, 0x44, time.Second)
		if !errors.Is(err, context.DeadlineExceeded) || r.chip.Pulling() {
			t.Errorf("%v, still on: %v", err, r.chip.Pulling())
		}
		if err := r.bus.Touch(t.Context(), []byte{1}); err != nil {
			t.Error(err)
		}
	})
}

// A shorted channel is told, and hinders no other.
func TestShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 7, ds2482.Options{})
		thermometer(t, r.lines[1], "28.000000000001", 20)
		r.line.SetFaults(sim.Faults{Short: true})
		other := r.open(t, 1)
		for range 2 {
			if there, err := r.bus.Reset(t.Context()); there || !errors.Is(err, hw.ErrShort) {
				t.Errorf("a shorted line: %v, %v", there, err)
			}
			present(t, other)
		}
	})
}

// A pull-up that a command of somebody else has ended is no pull-up.
func TestPullUpEndedByAnother(t *testing.T) {
	each(t, "by a reset of the line", func(t *testing.T, r *rig) {
		present(t, r.bus)
		go func() {
			time.Sleep(100 * time.Millisecond)
			r.i2c.Tx(0x18, []byte{0xB4}, nil)
		}()
		_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
		wantLine(t, r.bus, err, ds2482.ErrReset)
	})
}

// A garbling bus changes one bit of each second reading, the first or the last
// byte of it.
type garbling struct {
	ds2482.I2C
	on    bool
	reads int
}

func (g *garbling) Tx(address uint8, w, r []byte) error {
	err := g.I2C.Tx(address, w, r)
	if g.on && len(r) > 0 {
		if g.reads++; g.reads%2 == 0 {
			r[g.reads/2%len(r)] ^= 1 << (g.reads / 4 % 8)
		}
	}
	return err
}

// What can be read again is, so that all goes well.
func TestEachSecondReadingGarbled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 3, ds2482.Options{})
		all := faults.Put(t, r.line, "28.000000000001", "28.0000000000E3")
		r.bus.Close()
		bad := &garbling{I2C: r.i2c}
		found := ds2482.On("/dev/i2c-9", ds2482.Place{Address: 0x18, Kind: ds2482.DS2482x800}, ds2482.Options{}, func() (ds2482.I2C, error) { return bad, nil })
		l := hw.NewLine(found[3].Open)
		defer l.Close()
		must(t, l.Do(t.Context(), func(tx *hw.Tx) error { return tx.Reset() })) // finds the chip
		bad.on = true
		for range 5 {
			must(t, l.Do(t.Context(), func(tx *hw.Tx) error {
				if err := all.List(t, tx); err != nil {
					return err
				}
				return all.Read(t, tx)
			}))
		}
	})
}

// A chip that goes another way than it tells would make up a code.
func TestTripletThatDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x100, 0, ds2482.Options{})
		thermometer(t, r.line, "28.000000000001", 21.5)
		r.bus.Close()
		lying := &lying{I2C: r.i2c}
		bus, err := ds2482.On("/dev/i2c-9", ds2482.Place{Address: 0x18}, ds2482.Options{}, func() (ds2482.I2C, error) { return lying, nil })[0].Open(t.Context())
		must(t, err)
		defer bus.Close()
		if found, err := hw.Search(t.Context(), bus, hw.SearchROM); !errors.Is(err, hw.ErrEcho) {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

// lying is a chip that tells of the other direction.
type lying struct {
	ds2482.I2C
	triplet bool
}

func (l *lying) Tx(address uint8, w, r []byte) error {
	err := l.I2C.Tx(address, w, r)
	if len(w) > 0 {
		l.triplet = w[0] == 0x78
	}
	for i := range r {
		if l.triplet {
			r[i] ^= 0x80
		}
	}
	return err
}
