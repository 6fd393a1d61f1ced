// SPDX-License-Identifier: Apache-2.0

package passive_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest/faults"
	"owfs/hw/passive"
	"owfs/hw/sim"
	emulated "owfs/hw/sim/passive"
)

func seeded() *rand.Rand { return rand.New(rand.NewPCG(11, 12)) }

// With words lost, garbled, doubled or late, each operation gives the right value
// or an error, and most of the errors are such that another try is made.
func TestFaults(t *testing.T) {
	for name, f := range map[string]emulated.Faults{
		"lost":    {Lose: 0.0005},
		"garbled": {Garble: 0.0005},
		"doubled": {Double: 0.0005},
		"late":    {Late: 0.001, Delay: 300 * time.Millisecond},
		"later":   {Late: 0.0005, Delay: 2 * time.Second},
		"all":     {Lose: 0.0001, Garble: 0.0001, Double: 0.0001, Late: 0.0005, Delay: 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { underFaults(t, f) })
		})
	}
}

// kept is an adapter that stays plugged in.
type kept struct{ *emulated.Adapter }

func (kept) Close() error { return nil }

func underFaults(t *testing.T, f emulated.Faults) {
	line := sim.NewLine(hw.Wall{})
	a := emulated.New(line)
	t.Cleanup(func() {
		a.Close()
		line.Close()
	})
	all := faults.Put(t, line, faults.Three()...)
	f.Rand = seeded()
	a.SetFaults(f)
	faults.Run(t, faults.Trial{
		Line:  hw.NewLine(func(ctx context.Context) (hw.Bus, error) { return passive.Attach(ctx, kept{a}, passive.Options{}) }),
		Steps: []faults.Step{all.ListSome, all.Read}, Heal: func() { a.SetFaults(emulated.Faults{}) },
		Good: 1. / 2, Adapter: 1. / 20, Back: 2,
	})
}

// One word that is lost costs one transaction.
func TestComesBackAfterALostWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, passive.Options{}, nil)
		thermometer(t, r.line, "28.000000000001")
		r.adapter.SetFaults(emulated.Faults{Lose: 1, Rand: seeded()})
		go func() {
			time.Sleep(100 * time.Millisecond)
			r.adapter.SetFaults(emulated.Faults{})
		}()
		if err := r.bus.Touch(t.Context(), []byte{hw.SkipROM}); !hw.IsLine(err) || !errors.Is(err, passive.ErrNoAnswer) {
			t.Errorf("a lost word gives %v", err)
		}
		if present, err := r.bus.Reset(t.Context()); !present || err != nil {
			t.Errorf("and then %v, %v", present, err)
		}
	})
}

// A word that nobody has sent is no answer to the next.
func TestUnaskedWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, passive.Options{}, nil)
		thermometer(t, r.line, "28.000000000001")
		r.adapter.Say(0xF0) // as an answer to a reset, it would mean nobody
		if _, err := r.bus.Reset(t.Context()); !hw.IsLine(err) || !errors.Is(err, passive.ErrStranger) {
			t.Errorf("an unasked word gives %v", err)
		}
		if present, err := r.bus.Reset(t.Context()); !present || err != nil {
			t.Errorf("and then %v, %v", present, err)
		}
	})
}

// An adapter that is silent for good, or gone, is sick.
func TestAdapterGone(t *testing.T) {
	for name, leave := range map[string]func(r *rig){
		"silent":    func(r *rig) { r.adapter.SetFaults(emulated.Faults{Lose: 1, Rand: seeded()}) },
		"unplugged": func(r *rig) { r.adapter.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, passive.Options{}, nil)
				leave(r)
				began := time.Now()
				if _, err := r.bus.Reset(t.Context()); err == nil || hw.IsLine(err) {
					t.Errorf("it gives %v", err)
				}
				if took := time.Since(began); took > 4*time.Second {
					t.Errorf("it took %v to tell", took)
				}
				began = time.Now()
				if err := r.bus.Touch(t.Context(), []byte{1}); err == nil || hw.IsLine(err) || time.Since(began) > 0 {
					t.Errorf("the next call gives %v after %v", err, time.Since(began))
				}
			})
		})
	}
}

// A short is a break to the port, which tells of it once and then is silent. It
// is one of the line for as long as it lasts, and heals.
func TestBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, passive.Options{}, nil)
		thermometer(t, r.line, "28.000000000001")
		for _, first := range []func() error{
			func() error { _, err := r.bus.Reset(t.Context()); return err },
			func() error { return r.bus.Touch(t.Context(), []byte{0xFF, 0x55}) },
		} {
			r.adapter.SetBreak(true)
			if err := first(); !errors.Is(err, hw.ErrShort) {
				t.Errorf("a short is told as %v", err)
			}
			for range 3 {
				if _, err := r.bus.Reset(t.Context()); !errors.Is(err, hw.ErrShort) {
					t.Errorf("a short that lasts is told as %v", err)
				}
			}
			r.adapter.SetBreak(false)
			if present, err := r.bus.Reset(t.Context()); !present || err != nil {
				t.Errorf("after the short: %v, %v", present, err)
			}
		}
	})
}

// A spoilt port puts one word in the place of what comes back.
type spoilt struct {
	*emulated.Adapter
	word int // which of those to come, from 1; 0: none
	as   byte
}

func (s *spoilt) Read(p []byte) (int, error) {
	n, err := s.Adapter.Read(p)
	for i := range n {
		if s.word--; s.word == 0 {
			p[i] = s.as
		}
	}
	return n, err
}

// What a line can't make of what was sent is an error.
func TestImpossibleWords(t *testing.T) {
	reset := func(t *testing.T, bus hw.Bus) error { _, err := bus.Reset(t.Context()); return err }
	touch := func(t *testing.T, bus hw.Bus) error { return bus.Touch(t.Context(), []byte{0xCC}) } // 0 0 1 1 …
	for name, test := range map[string]struct {
		call func(*testing.T, hw.Bus) error
		word int
		as   byte
	}{
		"a reset that was cut short":        {reset, 1, 0xF8},
		"a reset that is all noise":         {reset, 1, 0xA5},
		"a 0 that was a 1":                  {touch, 1, 0x3F},
		"a 0 that was let go":               {touch, 2, 0x30},
		"a 1 that falls in the middle":      {touch, 3, 0x0F},
		"a 1 that falls and rises":          {touch, 4, 0x2C},
		"a 1 with more bits than were sent": {touch, 3, 0xFF},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := sim.NewLine(hw.Wall{})
				defer line.Close()
				thermometer(t, line, "28.000000000001")
				port := &spoilt{Adapter: emulated.New(line)}
				bus, err := passive.Attach(t.Context(), port, passive.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer bus.Close()
				port.word, port.as = test.word, test.as
				if err := test.call(t, bus); !hw.IsLine(err) || !errors.Is(err, passive.ErrStranger) {
					t.Errorf("error %v", err)
				}
				if present, err := bus.Reset(t.Context()); !present || err != nil {
					t.Errorf("and then %v, %v", present, err)
				}
			})
		})
	}
}
