// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
)

func TestReset(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		for _, faults := range []sim.Faults{{}, {NoPresence: true}} {
			r.line.SetFaults(faults)
			if present, err := r.bus.Reset(r.Context()); present || err != nil {
				r.Errorf("reset that nobody answers: %v, %v", present, err)
			}
			r.thermometer("28.000000000001", 20)
		}
		r.line.SetFaults(sim.Faults{})
		before := r.line.Counts()
		r.reset()
		r.touch(append([]byte{hw.SkipROM, 0xBE}, ff(9)...)...)
		after := r.line.Counts()
		if resets, slots := after.Resets-before.Resets, after.Slots-before.Slots; resets != 1 || slots != 88 {
			r.Errorf("%d resets and %d slots, want 1 and 88", resets, slots)
		}
	})
}

// A short is told by the reset, or where the kernel's driver takes it for
// presence, by the first bytes after it.
func TestShort(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 20)
		r.line.SetFaults(sim.Faults{Short: true})
		if _, err := r.bus.Reset(r.Context()); !errors.Is(err, hw.ErrShort) {
			r.Errorf("reset of a shorted line: %v", err)
		}
		r.line.SetFaults(sim.Faults{})
		r.reset()
	})
	for _, driver := range []w1kernel.Driver{{Blind: true}, {ShortPresent: true}} {
		virtual(t, driver, func(r *rig) {
			r.thermometer("28.000000000001", 20)
			r.reset()
			r.line.SetFaults(sim.Faults{Short: true})
			r.reset()
			err := r.bus.Touch(r.Context(), append([]byte{hw.SkipROM, 0xBE}, ff(9)...))
			if !errors.Is(err, hw.ErrShort) {
				r.Errorf("%+v: bytes on a shorted line: %v", driver, err)
			}
			if got := r.touch(0xFF, 0x55); got[0] != 0 || got[1] != 0 {
				r.Errorf("%+v: a shorted line reads % X", driver, got)
			}
			if found, err := hw.Search(r.Context(), r.bus, hw.SearchROM); !hw.IsLine(err) {
				r.Errorf("%+v: a search on a shorted line gives %v, %v", driver, found, err)
			}
			r.line.SetFaults(sim.Faults{})
			r.finds(hw.SearchROM, []string{"28.000000000001"})
		})
	}
}

// With ds2490 every reset counts as answered: an empty line must still be empty.
func TestBlindReset(t *testing.T) {
	virtual(t, w1kernel.Driver{Blind: true}, func(r *rig) {
		r.finds(hw.SearchROM, nil)
		if there, err := hw.Verify(r.Context(), r.bus, hw.SearchROM, r.rom("28.000000000001")); there || err != nil {
			r.Errorf("a device on an empty line: %v, %v", there, err)
		}
	})
}

func TestTouch(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		var all []byte
		for v := range 256 {
			if got := r.touch(byte(v)); got[0] != byte(v) {
				r.Errorf("sent %02X, read %02X", v, got[0])
			}
			all = append(all, byte(v))
		}
		long := slices.Repeat(all, 40) // more than fits into a message
		if got := r.touch(slices.Clone(long)...); !slices.Equal(got, long) {
			r.Error("10240 bytes did not come back as they were sent")
		}
		r.check(r.bus.Touch(r.Context(), nil))
		chip := r.thermometer("28.FF00FFE1E3F1", 20)
		r.reset()
		if got := r.touch(append([]byte{hw.ReadROM}, ff(8)...)...); !slices.Equal(got[1:], chip.ROM[:]) {
			r.Errorf("read ROM gives % X, want % X", got[1:], chip.ROM)
		}
	})
}

// Bits that only read can be asked for in any number, between bytes too.
func TestBits(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("28.123456789ABC", 20)
		for _, steps := range [][]int{{1}, {3}, {7, 1}, {5, -1}, {-1, 2, -1, 6}, {64}, {13}} {
			r.command(hw.ReadROM)
			var got []byte // bits
			for i := 0; len(got) < 64; i++ {
				n := steps[i%len(steps)]
				if n < 0 {
					b := r.touch(0xFF)[0]
					for k := range 8 {
						got = append(got, b>>k&1)
					}
					continue
				}
				p := slices.Repeat([]byte{1}, n)
				r.check(r.bus.Bits(r.Context(), p))
				got = append(got, p...)
			}
			for i := range 64 {
				if want := chip.ROM[i/8] >> (i % 8) & 1; got[i] != want {
					r.Fatalf("by steps of %v, bit %d of the code is %d", steps, i, got[i])
				}
			}
		}
		r.reset()
		r.check(r.bus.Bits(r.Context(), []byte{1, 1, 0, 0, 1, 1, 0, 0})) // 33
		if got := r.touch(ff(8)...); !slices.Equal(got, chip.ROM[:]) {
			r.Errorf("read ROM by bits gives % X", got)
		}
		r.check(r.bus.Bits(r.Context(), nil))
	})
}

// A 0 in a slot that was already used to read is refused, and nothing is sent.
func TestBitsRefused(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 20)
		r.command(hw.SearchROM)
		r.check(r.bus.Bits(r.Context(), []byte{1, 1}))
		before := r.line.Counts().Slots
		for name, err := range map[string]error{
			"a bit":  r.bus.Bits(r.Context(), []byte{0}),
			"a byte": r.bus.Touch(r.Context(), []byte{0x44}),
		} {
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "whole bytes") {
				r.Errorf("%s: %v", name, err)
			}
		}
		if r.line.Counts().Slots != before {
			r.Error("slots were sent")
		}
		r.command(hw.SkipROM)
	})
}

func TestPower(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("28.000000000001", 21.5)
		convert := func(d time.Duration) int16 {
			r.command(hw.SkipROM)
			began := time.Now()
			got, err := r.bus.Power(r.Context(), 0x44, d)
			r.check(err)
			if took := time.Since(began); got != 0x44 || took < d || took > d+50*time.Millisecond {
				r.Errorf("%02X after %v, want 44 after %v", got, took, d)
			}
			r.command(hw.SkipROM, 0xBE)
			p := r.touch(ff(9)...)
			if hw.CRC8(p) != 0 {
				r.Fatalf("the scratchpad reads % X", p)
			}
			return int16(p[0]) | int16(p[1])<<8
		}
		if got := convert(750 * time.Millisecond); got != 344 {
			r.Errorf("%d/16 °C, want 21.5 °C", got)
		}
		// A device without a supply keeps the 85 °C of power-on where the line is
		// not pulled up, and has its temperature where a driver in the kernel has
		// asked for that.
		r.line.Remove(chip)
		chip = r.thermometer("28.000000000002", 21.5)
		chip.SetParasite(true)
		if got := convert(750 * time.Millisecond); got != 85*16 {
			r.Errorf("%d/16 °C without a pull-up, want 85 °C", got)
		}
		if r.bus.StrongPullUp() {
			r.Error("a strong pull-up over netlink")
		}
		r.command(hw.SkipROM)
		r.kernel.NextPullUp(r.id, 750*time.Millisecond)
		if _, err := r.bus.Power(r.Context(), 0x44, 0); err != nil {
			r.Error(err)
		}
		r.command(hw.SkipROM, 0xBE)
		if p := r.touch(ff(9)...); p[0] != 344&0xFF || p[1] != 344>>8 {
			r.Errorf("with a pull-up the scratchpad reads % X", p)
		}
	})
}

func TestContextEnded(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 20)
		r.reset()
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		_, reset := r.bus.Reset(ctx)
		_, power := r.bus.Power(ctx, 0x44, 1)
		_, list := r.bus.List(ctx, hw.SearchROM)
		for name, err := range map[string]error{
			"Reset": reset, "Power": power, "List": list,
			"Touch": r.bus.Touch(ctx, []byte{0xFF}), "Bits": r.bus.Bits(ctx, []byte{1}),
		} {
			if !errors.Is(err, context.Canceled) || hw.IsLine(err) {
				r.Errorf("%s under a cancelled context: %v", name, err)
			}
		}
		r.reset()
	})
}

// An answer that comes after its question was given up is not taken for that of
// the next one.
func TestLateAnswer(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("28.000000000001", 20)
		r.command(hw.ReadROM)
		ctx, cancel := context.WithTimeout(r.Context(), time.Millisecond)
		defer cancel()
		if err := r.bus.Touch(ctx, ff(100)); !errors.Is(err, context.DeadlineExceeded) {
			r.Errorf("100 bytes in 1 ms: %v", err)
		}
		r.command(hw.ReadROM)
		if got := r.touch(ff(8)...); !slices.Equal(got, chip.ROM[:]) {
			r.Errorf("read ROM gives % X", got)
		}
	})
}

// A master that leaves is an error of the adapter, and it comes back as another.
func TestGone(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 20)
		r.reset()
		r.check(r.kernel.Detach(r.id))
		_, err := r.bus.Reset(r.Context())
		if err == nil || hw.IsLine(err) || !strings.Contains(err.Error(), "no such bus master") {
			r.Errorf("a master that has left: %v", err)
		}
		if _, err := w1.Open(r.Context(), r.id, r.opts); err == nil || !strings.Contains(err.Error(), "w1_bus_master1") {
			r.Errorf("opening it again: %v", err)
		}
		r.id, err = r.kernel.Attach(r.line, w1kernel.Driver{})
		r.check(err)
		r.open()
		r.reset()
	})
}

// The kernel's own search is off while a master is used, or it is noticed.
func TestKernelSearches(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.thermometer("28.000000000001", 20)
		search := filepath.Join(r.opts.Sys, "bus/w1/devices/w1_bus_master1/w1_master_search")
		is := func(want string) {
			r.Helper()
			if got, err := os.ReadFile(search); err != nil || strings.TrimSpace(string(got)) != want {
				r.Errorf("w1_master_search is %q, %v; want %s", got, err, want)
			}
		}
		is("0")
		r.command(hw.SkipROM)
		r.check(r.kernel.Tick(r.id))
		r.touch(0xBE)
		r.check(r.bus.Close())
		is("-1")

		r.opts.Shared = true
		r.open()
		is("-1")
		r.command(hw.SkipROM)
		r.check(r.kernel.Tick(r.id))
		if err := r.bus.Touch(r.Context(), append([]byte{0xBE}, ff(9)...)); !hw.IsLine(err) || !strings.Contains(err.Error(), "w1_master_search") {
			r.Errorf("a search of the kernel came between: %v", err)
		}
		r.command(hw.SkipROM, 0xBE)
		if p := r.touch(ff(9)...); hw.CRC8(p) != 0 {
			r.Errorf("the scratchpad reads % X", p)
		}
		r.finds(hw.SearchROM, []string{"28.000000000001"})
	})
}
