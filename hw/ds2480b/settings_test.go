// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// What is changed while the bus is in use is heeded with the next reset, by the
// chip and by the port.
func TestSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ds2480b.NewSettings(ds2480b.Options{Baud: 9600})
		r := connect(t, ds2480b.Options{Settings: s}, nil)
		r.line.Add(sim.NewDS18B20(romOf(t, "28.E1E3000000F1"), hw.Wall{}, func() float64 { return 20 }))
		for _, baud := range []int{19200, 115200, 57600, 9600} {
			must(t, r.bus.Touch(t.Context(), []byte{0xE3})) // it is in data mode
			must(t, s.SetBaud(baud))
			if got := s.Baud(); got != baud {
				t.Errorf("set to %d baud, it reads %d", baud, got)
			}
			present, err := r.bus.Reset(t.Context())
			if got := infoOf(r.bus).Baud; got != baud || r.chip.Baud() != baud || !present || err != nil {
				t.Errorf("set to %d baud: the master has %d, the chip %d; %v, %v", baud, got, r.chip.Baud(), present, err)
			}
			found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
			if err != nil || len(found) != 1 {
				t.Errorf("at %d baud it finds %v, %v", baud, found, err)
			}
		}
		s.SetRegular(true)
		if _, err := r.bus.Reset(t.Context()); err != nil || infoOf(r.bus).Flexible || !s.Regular() {
			t.Errorf("set to regular: flexible %v, %v", infoOf(r.bus).Flexible, err)
		}
		must(t, s.SetBaud(0))
		if _, err := r.bus.Reset(t.Context()); err != nil || r.chip.Baud() != 19200 || s.Baud() != 19200 {
			t.Errorf("left to the bus: %d baud, it reads %d, %v", r.chip.Baud(), s.Baud(), err)
		}
		r.noLoss(t)
	})
}

// Regular timing is that of the next reset and of what follows.
func TestSettingsTiming(t *testing.T) {
	s := ds2480b.NewSettings(ds2480b.Options{Baud: 9600})
	traced(t, "settings", ds2480b.Options{Settings: s}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("flexible")
		_, err := r.bus.Reset(t.Context())
		must(t, err)
		must(t, r.bus.Bits(t.Context(), []byte{1}))
		rec.step("regular")
		s.SetRegular(true)
		_, err = r.bus.Reset(t.Context())
		must(t, err)
		must(t, r.bus.Bits(t.Context(), []byte{1}))
		rec.step("19200 baud")
		must(t, s.SetBaud(19200))
		_, err = r.bus.Reset(t.Context())
		must(t, err)
		rec.step("reversed")
		s.SetReverse(true)
		_, err = r.bus.Reset(t.Context())
		must(t, err)
		rec.step("at overdrive nothing is changed")
		must(t, r.bus.(hw.Speeder).SetOverdrive(t.Context(), true))
		must(t, s.SetBaud(9600))
		s.SetReverse(false)
		_, err = r.bus.Reset(t.Context())
		must(t, err)
		rec.step("but after it")
		must(t, r.bus.(hw.Speeder).SetOverdrive(t.Context(), false))
		_, err = r.bus.Reset(t.Context())
		must(t, err)
	})
}

// --reverse_polarity writes the value codes 4 to 7 of the rate (table 4, page 13),
// as the C suite does, and Close takes that back.
func TestReverse(t *testing.T) {
	for baud, code := range map[int]byte{9600: 4, 19200: 5, 57600: 6, 115200: 7} {
		synctest.Test(t, func(t *testing.T) {
			r := connect(t, ds2480b.Options{Baud: baud, Reverse: true}, nil)
			if got := r.chip.Parameter(7); got != code || r.chip.Baud() != baud {
				t.Errorf("at %d baud the code is %d, want %d", baud, got, code)
			}
			p := []byte{1, 2, 0xE3}
			if err := r.bus.Touch(t.Context(), p); err != nil {
				t.Error(err)
			}
			r.noLoss(t)
			must(t, r.bus.Close())
		})
	}
}

// fixed is a port whose rate is another's to set.
type fixed struct{ *chip.Cable }

func (fixed) SetBaud(int) error { return errors.ErrUnsupported }

// A rate that does not come about is left for 9600, which is what the setting
// reads then, and the bus works on.
func TestSettingsThatFail(t *testing.T) {
	for name, port := range map[string]func(*chip.Cable) ds2480b.Port{
		"stuck": func(c *chip.Cable) ds2480b.Port { return stuck{c} },
		"fixed": func(c *chip.Cable) ds2480b.Port { return fixed{c} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := sim.NewLine(hw.Wall{})
				defer line.Close()
				c := chip.New(line)
				cable := chip.Plug(c)
				defer cable.Close()
				s := ds2480b.NewSettings(ds2480b.Options{Baud: 9600})
				bus, err := ds2480b.Attach(t.Context(), port(cable), ds2480b.Options{Settings: s})
				must(t, err)
				defer bus.Close()
				must(t, s.SetBaud(57600))
				for range 2 {
					if _, err := bus.Reset(t.Context()); err != nil || c.Baud() != 9600 || s.Baud() != 9600 {
						t.Errorf("%v; the chip has %d baud, the setting reads %d", err, c.Baud(), s.Baud())
					}
				}
				must(t, bus.Touch(t.Context(), []byte{1, 2, 3}))
			})
		})
	}
}

func TestSettingsRefused(t *testing.T) {
	s := ds2480b.NewSettings(ds2480b.Options{})
	if err := s.SetBaud(38400); err == nil || s.Baud() != 9600 {
		t.Errorf("38400 baud: %v, it reads %d", err, s.Baud())
	}
}
