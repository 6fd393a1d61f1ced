// SPDX-License-Identifier: Apache-2.0

package ds2482_test

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/bustest/faults"
	"owfs/hw/ds2482"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2482"
)

// Eight channels at once, each with its own devices, beside a DS2482-100 and a
// DS2483 on the same I²C bus.
func TestSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 0, ds2482.Options{})
		one, three := sim.NewLine(hw.Wall{}), sim.NewLine(hw.Wall{})
		r.i2c.Put(0x1A, chip.New100(one))
		r.i2c.Put(0x1B, chip.NewDS2483(three))
		r.bus.Close()
		places, err := ds2482.Probe(r.i2c, ds2482.Addresses())
		if got := fmt.Sprint(places); err != nil || got != "[{24 DS2482-800} {26 DS2482-100} {27 DS2483}]" {
			t.Fatal(got, err)
		}
		lines := append(r.lines[:], one, three)
		var found []ds2482.Found
		for _, p := range places {
			found = append(found, ds2482.On("/dev/i2c-9", p, ds2482.Options{}, func() (ds2482.I2C, error) { return r.i2c, nil })...)
		}
		if len(found) != len(lines) {
			t.Fatalf("%d channels", len(found))
		}
		var wg sync.WaitGroup
		for i, f := range found {
			all := faults.Put(t, lines[i], fmt.Sprintf("28.0000000000A%d", i), fmt.Sprintf("28.1000000000B%d", i))
			wg.Go(func() {
				l := hw.NewLine(f.Open)
				defer l.Close()
				for round := range 10 {
					err := l.Do(t.Context(), func(tx *hw.Tx) error {
						if round%2 == 0 {
							return all.List(t, tx)
						}
						return all.Read(t, tx)
					})
					if err != nil {
						t.Errorf("%s: %v", f.Name(), err)
					}
				}
			})
		}
		wg.Wait()
		one.Close()
		three.Close()
	})
}

func TestNames(t *testing.T) {
	for kind, want := range map[ds2482.Kind]string{
		ds2482.DS2482x100: "/dev/i2c-1:2", ds2482.DS2482x800: "/dev/i2c-1:2 channel 0", ds2482.DS2483: "/dev/i2c-1:2",
	} {
		found := ds2482.On("/dev/i2c-1", ds2482.Place{Address: 0x1A, Kind: kind}, ds2482.Options{}, nil)
		if got := found[0].Name(); got != want {
			t.Errorf("%v: %q, want %q", kind, got, want)
		}
	}
}

// One channel at overdrive, the other not, turn by turn.
func TestSpeedsOfTwoChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 1, ds2482.Options{})
		r.lines[1].Add(sim.NewDS2413(romOf(t, "3A.000000000001")))
		thermometer(t, r.lines[2], "28.000000000002", 20)
		slow := r.open(t, 2)
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.OverdriveSkip}))
		must(t, r.bus.SetOverdrive(t.Context(), true))
		for range 3 {
			present(t, r.bus)
			present(t, slow)
			p := []byte{hw.SkipROM, 0xF5, 0xFF}
			must(t, r.bus.Touch(t.Context(), p[:1]))
			must(t, slow.Touch(t.Context(), []byte{hw.SkipROM}))
			must(t, r.bus.Touch(t.Context(), p[1:]))
			if p[2] != 0x0F { // both pins high, both outputs off
				t.Errorf("the switch reads %02X", p[2])
			}
			pad := append([]byte{0xBE}, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
			must(t, slow.Touch(t.Context(), pad))
			if hw.CRC8(pad[1:]) != 0 {
				t.Errorf("the scratchpad reads % X", pad[1:])
			}
		}
	})
}

// Another channel waits for the end of a strong pull-up.
func TestPullUpKeepsOthersOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 1, ds2482.Options{})
		chip := thermometer(t, r.line, "28.000000000001", 21.5)
		chip.SetParasite(true)
		thermometer(t, r.lines[2], "28.000000000002", 20)
		other := r.open(t, 2)
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM}))
		began := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(300 * time.Millisecond)
			present(t, other)
			if took := time.Since(began); took < 750*time.Millisecond {
				t.Errorf("another channel was used after %v", took)
			}
		})
		_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
		must(t, err)
		wg.Wait()
		present(t, r.bus)
		pad := []byte{hw.SkipROM, 0xBE, 0xFF, 0xFF}
		must(t, r.bus.Touch(t.Context(), pad))
		if pad[2] != 0x58 || pad[3] != 0x01 { // 21.5 °C in 1/16
			t.Errorf("the temperature reads % X", pad[2:])
		}
	})
}

// The bits are those of the data sheet (page 6).
func TestConfiguration(t *testing.T) {
	for _, test := range []struct {
		kind ds2482.Kind
		opts ds2482.Options
		want byte
	}{
		{ds2482.DS2482x100, ds2482.Options{}, 1},
		{ds2482.DS2482x100, ds2482.Options{PassivePullUp: true}, 0},
		{ds2482.DS2482x800, ds2482.Options{MaskPresence: true}, 3},
		{ds2482.DS2482x800, ds2482.Options{MaskPresence: true, PassivePullUp: true}, 2},
		{ds2482.DS2483, ds2482.Options{MaskPresence: true}, 1}, // bit 1 would take its power away
	} {
		synctest.Test(t, func(t *testing.T) {
			r := connect(t, test.kind, 0, test.opts)
			if got := r.chip.Configuration(); got != test.want {
				t.Errorf("%v with %+v: %X, want %X", test.kind, test.opts, got, test.want)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, ds2482.DS2482x800, 0, ds2482.Options{})
		if !r.bus.ActivePullUp() || r.bus.MasksPresence() {
			t.Error("it tells other settings than those of the options")
		}
		must(t, r.bus.SetActivePullUp(t.Context(), false))
		must(t, r.bus.SetMasksPresence(t.Context(), true))
		r.bus.Reset(t.Context())
		if got := r.chip.Configuration(); got != 2 || r.bus.ActivePullUp() || !r.bus.MasksPresence() {
			t.Errorf("the configuration is %X", got)
		}
		r.chip.PowerOn()
		r.bus.Reset(t.Context())
		if got := r.chip.Configuration(); got != 2 {
			t.Errorf("after a reset of the chip, the configuration is %X", got)
		}
	})
}

// A stranger is another chip at one of the addresses, of which nothing is known
// but that it acknowledges everything.
type stranger struct {
	reads byte
	got   [][]byte
}

func (s *stranger) Tx(address uint8, w, r []byte) error {
	if address != 0x18 {
		return syscall.EREMOTEIO
	}
	if len(w) > 0 {
		s.got = append(s.got, append([]byte(nil), w...))
	}
	for i := range r {
		r[i] = s.reads
	}
	return nil
}

func (s *stranger) Close() error { return nil }

// Other chips are let alone: all that is written to them is one byte, which
// none but a DS2482 takes for more than the number of a register.
func TestStrangers(t *testing.T) {
	for _, reads := range []byte{0x00, 0xFF, 0x11, 0x33, 0xC1, 0x54} {
		s := &stranger{reads: reads}
		places, err := ds2482.Probe(s, ds2482.Addresses())
		if len(places) > 0 || err != nil {
			t.Errorf("a chip that reads %02X is taken for %v, %v", reads, places, err)
		}
		if got := fmt.Sprintf("% X", s.got); got != "[F0]" {
			t.Errorf("to a chip that reads %02X was written %s", reads, got)
		}
	}
}

// A bus that hangs is no bus without chips.
func TestHangingBus(t *testing.T) {
	places, err := ds2482.Probe(hanging{}, ds2482.Addresses())
	if len(places) > 0 || err == nil || !strings.Contains(err.Error(), "18h") {
		t.Errorf("found %v, %v", places, err)
	}
}

type hanging struct{}

func (hanging) Tx(uint8, []byte, []byte) error { return syscall.ETIMEDOUT }
func (hanging) Close() error                   { return nil }
