// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
)

// refuse makes the rig's bus one by sysfs, as netlink is refused.
func (r *rig) refuse(err error) *w1.SysBus {
	r.Helper()
	_, sick := r.bus.List(r.Context(), hw.SearchROM) // so that the kernel knows its devices
	r.check(sick)
	r.opts.Dial = func(bool) (w1.Socket, error) { return nil, os.NewSyscallError("socket", err) }
	bus, sick := w1.Open(r.Context(), r.id, r.opts)
	r.check(sick)
	r.Cleanup(func() { bus.Close() })
	return bus.(*w1.SysBus)
}

// exchange resets, selects a device, sends, and reads n bytes.
func exchange(r *rig, bus hw.Bus, rom hw.ROM, n int, p ...byte) ([]byte, error) {
	if present, err := bus.Reset(r.Context()); err != nil || !present {
		return nil, fmt.Errorf("reset: %v, %w", present, err)
	}
	all := slices.Concat([]byte{hw.MatchROM}, rom[:], p, ff(n))
	err := bus.Touch(r.Context(), all)
	return all[9+len(p):], err
}

// A thermometer's scratchpad is the first line of w1_slave. The text is that of
// Linux 6.1 for 21.5 °C.
func TestSysThermometer(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("28.000000000001", 21.5)
		bus := r.refuse(syscall.EPERM)
		pad := "58 01 4b 46 7f ff 0c 10 e7"
		r.check(r.kernel.File(chip.ROM, "w1_slave", pad+" : crc=e7 YES\n"+pad+" t=21500\n"))
		r.check(r.kernel.File(chip.ROM, "ext_power", "0\n"))

		if found, err := hw.Search(r.Context(), bus, hw.SearchROM); err != nil || !slices.Equal(names(found), []string{"28.000000000001"}) {
			r.Errorf("found %v, %v", found, err)
		}
		for name, want := range map[string]bool{"28.000000000001": true, "28.000000000002": false} {
			if there, err := hw.Verify(r.Context(), bus, hw.SearchROM, r.rom(name)); err != nil || there != want {
				r.Errorf("%s: %v, %v", name, there, err)
			}
		}
		began := time.Now()
		if _, err := exchange(r, bus, chip.ROM, 0); err != nil {
			r.Error(err)
		}
		if got, err := bus.Power(r.Context(), 0x44, 750*time.Millisecond); got != 0x44 || err != nil {
			r.Errorf("conversion: %02X, %v", got, err)
		}
		if took := time.Since(began); took > 0 {
			r.Errorf("the conversion, which the kernel does with the reading, took %v", took)
		}
		p, err := exchange(r, bus, chip.ROM, 9, 0xBE)
		if want := []byte{0x58, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0xE7}; err != nil || !slices.Equal(p, want) {
			r.Errorf("the scratchpad reads % X, %v", p, err)
		}
		if p, err := exchange(r, bus, chip.ROM, 1, 0xB4); err != nil || p[0] != 0 {
			r.Errorf("the power supply reads % X, %v; want none", p, err)
		}
		// The command and its answer in two calls.
		_, err = exchange(r, bus, chip.ROM, 0, 0xBE)
		r.check(err)
		p = ff(9)
		r.check(bus.Touch(r.Context(), p))
		if p[0] != 0x58 || p[8] != 0xE7 {
			r.Errorf("the scratchpad reads % X", p)
		}
		// A device that is not there answers nothing.
		if p, err := exchange(r, bus, r.rom("28.000000000002"), 9, 0xBE); err != nil || !slices.Equal(p, ff(9)) {
			r.Errorf("a device that is not there reads % X, %v", p, err)
		}
		for _, text := range []string{"", "58 01\n", strings.Repeat("zz ", 9) + ": crc=e7 YES"} {
			r.check(r.kernel.File(chip.ROM, "w1_slave", text))
			if p, err := exchange(r, bus, chip.ROM, 9, 0xBE); !hw.IsLine(err) {
				r.Errorf("%q reads % X, %v", text, p, err)
			}
		}
	})
}

func TestSysMemory(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("2D.000000000001", 0)
		bus := r.refuse(syscall.ECONNREFUSED)
		memory := make([]byte, 128)
		for i := range memory {
			memory[i] = byte(i)
		}
		r.check(r.kernel.File(chip.ROM, "eeprom", string(memory)))
		for _, at := range []int{0, 32, 120, 128, 0x200} {
			p, err := exchange(r, bus, chip.ROM, 16, 0xF0, byte(at), byte(at>>8))
			r.check(err)
			want := append(slices.Clone(memory[min(at, 128):min(at+16, 128)]), ff(16)...)[:16]
			if !slices.Equal(p, want) {
				r.Errorf("at %d: % X, want % X", at, p, want)
			}
		}
	})
}

// A device that no driver of the kernel has is spoken to by its file rw. What
// is read stands in that file behind what is written.
func TestSysRaw(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("3A.000000000001", 0)
		bus := r.refuse(syscall.EAFNOSUPPORT)
		r.check(r.kernel.File(chip.ROM, "rw", "\x00\x0F\x0F\x0F"))
		p, err := exchange(r, bus, chip.ROM, 2, 0xF5)
		if err != nil || p[0] != 0x0F || p[1] != 0x0F {
			r.Errorf("the switch reads % X, %v", p, err)
		}
		got, err := os.ReadFile(filepath.Join(r.opts.Sys, "bus/w1/devices/3a-010000000000/rw"))
		if err != nil || got[0] != 0xF5 {
			r.Errorf("sent % X, %v", got, err)
		}
		if p, err := exchange(r, bus, chip.ROM, 20, 0xF5); !hw.IsLine(err) {
			r.Errorf("an answer that is cut off: % X, %v", p, err)
		}
	})
}

// What sysfs has not is refused with what is missing.
func TestSysRefuses(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		chip := r.thermometer("28.000000000001", 21.5)
		bus := r.refuse(syscall.EPERM)
		r.check(r.kernel.File(chip.ROM, "w1_slave", ""))
		_, write := exchange(r, bus, chip.ROM, 0, 0x4E, 1, 2, 0x7F)
		_, memory := exchange(r, bus, chip.ROM, 8, 0xF0, 0, 0)
		_, alarm := hw.Search(r.Context(), bus, hw.AlarmSearch)
		_, err := bus.Reset(r.Context())
		r.check(err)
		for name, err := range map[string]error{
			"writing a scratchpad": write, "reading a memory": memory, "an alarm search": alarm,
			"read ROM": bus.Touch(r.Context(), append([]byte{hw.ReadROM}, ff(8)...)),
			"a slot":   bus.Bits(r.Context(), []byte{0}),
		} {
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
				r.Errorf("%s: %v", name, err)
			}
		}
		r.check(r.kernel.Detach(r.id))
		if _, err := bus.Reset(r.Context()); err == nil || hw.IsLine(err) {
			r.Errorf("a master that has left: %v", err)
		}
		if _, err := w1.Open(r.Context(), r.id, r.opts); err == nil || !strings.Contains(err.Error(), "no such bus master") {
			r.Errorf("opening a master that has left: %v", err)
		}
	})
}

// Each refusal names what mends it, once, in the log.
func TestReasons(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EPERM: "CAP_NET_ADMIN", syscall.EACCES: "CAP_NET_ADMIN", syscall.ECONNREFUSED: "--network host",
		syscall.EAFNOSUPPORT: "RestrictAddressFamilies", syscall.EPROTONOSUPPORT: "CONFIG_CONNECTOR",
		os.ErrDeadlineExceeded: "CONFIG_W1_CON",
	} {
		virtual(t, w1kernel.Driver{}, func(r *rig) {
			var log bytes.Buffer
			r.opts.Log = slog.New(slog.NewTextHandler(&log, nil))
			bus := r.refuse(err)
			if !strings.Contains(bus.Reason(), want) || strings.Count(log.String(), want) == 0 || strings.Count(log.String(), "\n") != 1 {
				r.Errorf("%v: %q, log %s", err, bus.Reason(), &log)
			}
			found, sick := w1.Find(r.Context(), r.opts)
			if sick != nil || len(found) != 1 || found[0] != (w1.Master{ID: 1, Name: "w1_bus_master1"}) {
				r.Errorf("found %v, %v", found, sick)
			}
		})
	}
	if got := w1.Reason(errors.New("something else")); got != "" {
		t.Errorf("another error: %q", got)
	}
}

func TestNoW1(t *testing.T) {
	opts := w1.Options{Sys: t.TempDir()}
	_, find := w1.Find(t.Context(), opts)
	_, open := w1.Open(t.Context(), 1, opts)
	for _, err := range []error{find, open} {
		if !errors.Is(err, w1.ErrNoW1) || !strings.Contains(err.Error(), "modprobe") {
			t.Errorf("a kernel without w1: %v", err)
		}
	}
}

// A kernel that does not answer is given up after the timeout.
func TestSilentKernel(t *testing.T) {
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		r.opts.Dial = func(bool) (w1.Socket, error) { return mute{r.kernel.Dial(false)}, nil }
		began := time.Now()
		bus, err := w1.Open(r.Context(), r.id, r.opts)
		r.check(err)
		if took := time.Since(began); took != 2*time.Second {
			r.Errorf("given up after %v", took)
		}
		if sys, ok := bus.(*w1.SysBus); !ok || !strings.Contains(sys.Reason(), "CONFIG_W1_CON") {
			r.Errorf("the bus is a %T", bus)
		}
	})
}

// A mute socket sends nothing.
type mute struct{ w1.Socket }

func (mute) Send([]byte) error { return nil }
