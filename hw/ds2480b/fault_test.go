// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest/faults"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// With bytes lost, garbled, doubled or late, each operation gives the right
// value or an error, and most of the errors are such that another try is made.
func TestFaults(t *testing.T) {
	for name, f := range map[string]chip.Faults{
		"lost":    {Lose: 0.002},
		"garbled": {Garble: 0.002},
		"doubled": {Double: 0.002},
		"late":    {Late: 0.01, Delay: 300 * time.Millisecond},
		"later":   {Late: 0.002, Delay: 2 * time.Second},
		"all":     {Lose: 0.0005, Garble: 0.0005, Double: 0.0005, Late: 0.001, Delay: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { underFaults(t, f) })
		})
	}
}

func underFaults(t *testing.T, f chip.Faults) {
	line := sim.NewLine(hw.Wall{})
	c := chip.New(line)
	cable := chip.Plug(c)
	t.Cleanup(func() {
		cable.Close()
		line.Close()
	})
	all := faults.Put(t, line, faults.Three()...)
	f.Rand = rand.New(rand.NewPCG(5, 6))
	cable.SetFaults(f)
	faults.Run(t, faults.Trial{
		// The cable stays when the master is opened anew.
		Line: hw.NewLine(func(ctx context.Context) (hw.Bus, error) {
			return ds2480b.Attach(ctx, kept{cable}, ds2480b.Options{Baud: 9600})
		}),
		Steps: []faults.Step{all.ListSome, all.Read}, Heal: func() { cable.SetFaults(chip.Faults{}) },
		Good: 1. / 2, Adapter: 1. / 20, Back: 2,
	})
}

// kept is a cable that stays plugged in.
type kept struct{ *chip.Cable }

func (kept) Close() error { return nil }

// One byte that is lost costs one transaction.
func TestComesBackAfterALostByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2480b.Options{Baud: 19200}, nil)
		r.line.Add(sim.NewDS18B20(romOf(t, "28.000000000001"), hw.Wall{}, func() float64 { return 20 }))
		r.cable.SetFaults(chip.Faults{Lose: 1, Rand: rand.New(rand.NewPCG(1, 1))})
		go func() {
			time.Sleep(100 * time.Millisecond)
			r.cable.SetFaults(chip.Faults{})
		}()
		_, err := r.bus.Reset(t.Context())
		if !hw.IsLine(err) || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a lost answer gives %v", err)
		}
		if present, err := r.bus.Reset(t.Context()); !present || err != nil {
			t.Errorf("and then %v, %v", present, err)
		}
		if got := r.bus.(*ds2480b.Bus).Info(); got.Baud != 19200 {
			t.Errorf("it is at %d baud then", got.Baud)
		}
	})
}

// An adapter that is silent for good is sick.
func TestAdapterGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2480b.Options{}, nil)
		r.cable.SetFaults(chip.Faults{Lose: 1, Rand: rand.New(rand.NewPCG(1, 1))})
		began := time.Now()
		_, err := r.bus.Reset(t.Context())
		if err == nil || hw.IsLine(err) || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a dead adapter gives %v", err)
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("it took %v to tell", took)
		}
		began = time.Now()
		if err := r.bus.Touch(t.Context(), []byte{1}); err == nil || hw.IsLine(err) || time.Since(began) > 0 {
			t.Errorf("the next call gives %v after %v", err, time.Since(began))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2480b.Options{}, nil)
		r.cable.Close() // pulled out
		for range 2 {
			if _, err := r.bus.Reset(t.Context()); err == nil || hw.IsLine(err) {
				t.Errorf("a port that is gone gives %v", err)
			}
		}
	})
}

// What the chip says unasked is no answer to what is asked next.
func TestUnaskedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2480b.Options{}, nil)
		r.line.Add(sim.NewDS18B20(romOf(t, "28.000000000001"), hw.Wall{}, func() float64 { return 20 }))
		r.cable.Say(0xCF) // as an answer to a reset, it would mean nobody
		time.Sleep(10 * time.Millisecond)
		if _, err := r.bus.Reset(t.Context()); !hw.IsLine(err) {
			t.Errorf("an unasked byte gives %v", err)
		}
		if present, err := r.bus.Reset(t.Context()); !present || err != nil {
			t.Errorf("and then %v, %v", present, err)
		}
	})
}

// A rate that does not carry bytes is left, and where it was chosen by the
// program itself, not taken again.
func TestStaysAtARateThatWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := sim.NewLine(hw.Wall{})
		cable := chip.Plug(chip.New(line))
		defer cable.Close()
		bus, err := ds2480b.Attach(t.Context(), stuck{cable}, ds2480b.Options{Baud: 57600})
		if err != nil {
			t.Fatal(err)
		}
		defer bus.Close()
		if got := bus.(*ds2480b.Bus).Info(); got.Baud != 9600 {
			t.Errorf("it is at %d baud", got.Baud)
		}
		if err := bus.Touch(t.Context(), []byte{1, 2, 3}); err != nil {
			t.Error(err)
		}
	})
}

// stuck is a port that takes other rates and stays at 9600.
type stuck struct{ *chip.Cable }

func (stuck) SetBaud(int) error { return nil }

func TestResetAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*rig)
		present bool
		alarm   bool
		err     error
	}{
		"nobody":   {func(r *rig) {}, false, false, nil},
		"presence": {func(r *rig) { r.line.Add(sim.NewDS2413(hw.ROM{0x3A})) }, true, false, nil},
		"alarm": {func(r *rig) {
			r.line.Add(sim.NewDS2413(hw.ROM{0x3A}))
			r.chip.Alarming = func() bool { return true }
		}, true, true, nil},
		"short": {func(r *rig) { r.line.SetFaults(sim.Faults{Short: true}) }, false, false, hw.ErrShort},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, ds2480b.Options{}, test.change) // and it opens in each case
				present, err := r.bus.Reset(t.Context())
				if present != test.present || !errors.Is(err, test.err) || r.bus.(*ds2480b.Bus).Alarm() != test.alarm {
					t.Errorf("%v, %v, alarm %v", present, err, r.bus.(*ds2480b.Bus).Alarm())
				}
			})
		})
	}
}

func TestInfo(t *testing.T) {
	for _, test := range []struct {
		revision byte
		volts12  bool
		want     ds2480b.Info
	}{
		{3, false, ds2480b.Info{Chip: "DS2480B", Revision: 3, Baud: 9600, Flexible: true}},
		{3, true, ds2480b.Info{Chip: "DS2480B", Revision: 3, Volts12: true, Baud: 9600, Flexible: true}},
		{2, false, ds2480b.Info{Chip: "DS2480", Revision: 2, Baud: 9600, Flexible: true}},
		{5, false, ds2480b.Info{Chip: "DS2480 revision 5", Revision: 5, Baud: 9600, Flexible: true}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := connect(t, ds2480b.Options{Baud: 9600}, func(r *rig) { r.chip.Revision, r.chip.Volts12 = test.revision, test.volts12 })
			if got := r.bus.(interface{ Info() ds2480b.Info }).Info(); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if _, ok := r.bus.(hw.Pulser); ok != test.volts12 {
				t.Errorf("12 V %v, but it is a Pulser: %v", test.volts12, ok)
			}
		})
	}
}

// The value codes are those of the data sheet's table 4 (page 13).
func TestConfiguration(t *testing.T) {
	for _, test := range []struct {
		opts ds2480b.Options
		want [8]byte // 1 slew, 4 write 1 low, 5 sample offset; 7 baud
	}{
		{ds2480b.Options{}, [8]byte{1: 3, 4: 2, 5: 5, 7: 1}},
		{ds2480b.Options{Slew: 15, Write1Low: 8 * time.Microsecond, SampleOffset: 3 * time.Microsecond, Baud: 9600}, [8]byte{}},
		{ds2480b.Options{Slew: 0.55, Write1Low: 15 * time.Microsecond, SampleOffset: 10 * time.Microsecond, Baud: 115200}, [8]byte{1: 7, 4: 7, 5: 7, 7: 3}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := connect(t, test.opts, nil)
			for _, code := range []int{1, 4, 5, 7} {
				if got := r.chip.Parameter(code); got != test.want[code] {
					t.Errorf("%+v: parameter %d is %d, want %d", test.opts, code, got, test.want[code])
				}
			}
		})
	}
	for _, opts := range []ds2480b.Options{
		{Baud: 38400}, {Slew: 3}, {Write1Low: 7 * time.Microsecond}, {Write1Low: 16 * time.Microsecond},
		{SampleOffset: 2500 * time.Nanosecond}, {SampleOffset: 11 * time.Microsecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			cable := chip.Plug(chip.New(sim.NewLine(hw.Wall{})))
			if bus, err := ds2480b.Attach(t.Context(), cable, opts); err == nil {
				bus.Close()
				t.Errorf("%+v is accepted", opts)
			}
		})
	}
}

func TestPulseTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2480b.Options{}, func(r *rig) { r.chip.Volts12 = true })
		if err := r.bus.(hw.Pulser).Pulse(t.Context(), 3*time.Millisecond); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a pulse of 3 ms: %v", err)
		}
	})
}

// A pull-up that nobody waits for any more ends all the same.
func TestPullUpGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2480b.Options{}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := r.bus.Power(ctx, 0x44, time.Second)
		if !errors.Is(err, context.DeadlineExceeded) || r.chip.Pulsing() {
			t.Errorf("%v, still on: %v", err, r.chip.Pulsing())
		}
		if err := r.bus.Touch(t.Context(), []byte{1}); err != nil {
			t.Error(err)
		}
	})
}
