// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/sim"
)

func TestContract(t *testing.T) {
	for _, regular := range []bool{false, true} {
		t.Run(fmt.Sprintf("regular=%v", regular), func(t *testing.T) {
			bustest.RunVirtual(t, func(t *testing.T) (hw.Bus, *sim.Line) {
				r := connect(t, Options{Regular: regular}, func(r *rig) { r.chip.Volts12 = true })
				t.Cleanup(func() {
					if n := r.chip.Odd(); n != 0 {
						t.Errorf("%d requests had no meaning to the chip", n)
					}
					if n := r.cable.counts.cleared; n != 0 {
						t.Errorf("the stick had to be brought back %d times", n)
					}
				})
				return r.bus, r.line
			})
		})
	}
}

// The codes of the result register are those of page 31.
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
				r := connect(t, Options{}, test.change) // and it opens in each case
				present, err := r.bus.Reset(t.Context())
				if present != test.present || !errors.Is(err, test.err) || r.bus.(*Bus).Alarm() != test.alarm {
					t.Errorf("%v, %v, alarm %v", present, err, r.bus.(*Bus).Alarm())
				}
			})
		})
	}
}

// The registers hold the codes of the data sheet's tables 6 and 9 to 11 (pages 15
// and 16), and those of power-on (page 17) when the bus is closed.
func TestConfiguration(t *testing.T) {
	for _, test := range []struct {
		opts Options
		want [4]byte // speed, slew rate, write-1 low, sample offset
	}{
		{Options{}, [4]byte{1, 3, 2, 5}},
		{Options{Regular: true}, [4]byte{0, 3, 2, 5}},
		{Options{Slew: 15, Write1Low: 8 * time.Microsecond, SampleOffset: 3 * time.Microsecond}, [4]byte{1, 0, 0, 0}},
		{Options{Slew: 0.55, Write1Low: 15 * time.Microsecond, SampleOffset: 10 * time.Microsecond}, [4]byte{1, 7, 7, 7}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := connect(t, test.opts, nil)
			p := r.chip.Registers()
			if got := [4]byte{p[1], p[4], p[5], p[6]}; got != test.want {
				t.Errorf("%+v: %v, want %v", test.opts, got, test.want)
			}
			if err := r.bus.Close(); err != nil || !r.cable.closed {
				t.Errorf("closing: %v, the port is closed: %v", err, r.cable.closed)
			}
			p = r.chip.Registers()
			if got := [4]byte{p[1], p[4], p[5], p[6]}; got != [4]byte{0, 5, 4, 4} {
				t.Errorf("closed, it leaves %v", got)
			}
			if _, err := r.bus.Reset(t.Context()); err == nil || hw.IsLine(err) {
				t.Errorf("a reset after Close: %v", err)
			}
		})
	}
	for _, opts := range []Options{
		{Slew: 3}, {Write1Low: 7 * time.Microsecond}, {Write1Low: 16 * time.Microsecond},
		{SampleOffset: 2500 * time.Nanosecond}, {SampleOffset: 11 * time.Microsecond},
	} {
		port := &cable{}
		if _, err := Attach(t.Context(), port, opts); err == nil || !port.closed {
			t.Errorf("%+v gives %v; the port is closed: %v", opts, err, port.closed)
		}
	}
}

func TestVolts12(t *testing.T) {
	for _, volts := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := connect(t, Options{}, func(r *rig) { r.chip.Volts12 = volts })
			if got := r.bus.(interface{ Info() Info }).Info(); got.Volts12 != volts || !got.Flexible {
				t.Errorf("%+v", got)
			}
			p, ok := r.bus.(hw.Pulser)
			if ok != volts {
				t.Fatalf("12 V %v, but it is a Pulser: %v", volts, ok)
			}
			if !volts {
				return
			}
			if err := p.Pulse(t.Context(), 3*time.Millisecond); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("a pulse of 3 ms: %v", err)
			}
			r.chip.Volts12 = false // somebody has taken it away
			if err := p.Pulse(t.Context(), 480*time.Microsecond); err == nil {
				t.Error("a pulse without 12 V is no error")
			}
		})
	}
}

// What was there before is no answer to what is asked first: the chip is reset
// whatever it does.
func TestTakesOver(t *testing.T) {
	for name, left := range map[string]func(*rig, *cable){
		"bytes to be read": func(r *rig, c *cable) {
			c.Out(context.Background(), 2, []byte{1, 2, 3})
			c.Control(context.Background(), 1, 0x0075, 3)
		},
		"bytes to be sent":      func(_ *rig, c *cable) { c.Out(context.Background(), 2, []byte{1, 2, 3}) },
		"a block half sent":     func(_ *rig, c *cable) { c.Control(context.Background(), 1, 0x0075, 3) },
		"a result":              func(_ *rig, c *cable) { c.Control(context.Background(), 1, 0x0443, 0) },
		"a pull-up without end": func(_ *rig, c *cable) { c.pull(0) },
		"a pull-up of 4 s":      func(_ *rig, c *cable) { c.pull(0xFE) },
		"a halt":                func(_ *rig, c *cable) { c.Control(context.Background(), 0, 3, 0) },
		"too many commands":     func(_ *rig, c *cable) { c.flood() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, Options{}, func(r *rig) {
					left(r, plug(t, r.chip))
					time.Sleep(5 * time.Millisecond)
				})
				r.thermometer(t, "28.000000000001")
				found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
				if err != nil || len(found) != 1 {
					t.Errorf("finds %v, %v", found, err)
				}
			})
		})
	}
}

func (c *cable) pull(duration uint16) {
	ctx := context.Background()
	c.Control(ctx, 2, 0, 2)
	c.Control(ctx, 2, 3, duration)
	c.Control(ctx, 1, 0x0031, 0)
}

func (c *cable) flood() {
	for range 6 {
		c.Control(context.Background(), 1, 0x0042, 0) // which are not started
	}
}

// The stick's own code.
func TestOwnID(t *testing.T) {
	for name, test := range map[string]struct {
		devices []string
		want    string
	}{
		"alone":          {[]string{"81.4F1A2B000000"}, "81.4F1A2B000000"},
		"among others":   {[]string{"01.000000000001", "28.4F1A2B000000", "81.4F1A2B000000", "FF.000000000001"}, "81.4F1A2B000000"},
		"another family": {[]string{"01.000000000001", "83.000000000001"}, ""},
		"nobody":         {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, Options{}, nil)
				for _, name := range test.devices {
					r.line.Add(sim.NewSerial(romOf(t, name)))
				}
				id, ok, err := r.bus.(*Bus).OwnID(t.Context())
				if err != nil || ok != (test.want != "") || ok && id.String() != test.want {
					t.Errorf("%v, %v, %v", id, ok, err)
				}
			})
		})
	}
}
