// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"owfs/hw"
	"owfs/hw/sim"
	emulated "owfs/hw/sim/ds2482"
)

func TestParseArg(t *testing.T) {
	every := Addresses()
	for arg, want := range map[string]Arg{
		"":                {"/dev/i2c-*", every, false},
		":":               {"/dev/i2c-*", every, false},
		"ALL:ALL":         {"/dev/i2c-*", every, true},
		"all:All":         {"/dev/i2c-*", every, true},
		":ALL":            {"/dev/i2c-*", every, true},
		"ALL":             {"/dev/i2c-*", every, false},
		"ALL:3":           {"/dev/i2c-*", []uint8{0x1B}, false},
		"/dev/i2c-1":      {"/dev/i2c-1", every, false},
		"/dev/i2c-1:":     {"/dev/i2c-1", every, false},
		"/dev/i2c-1:0":    {"/dev/i2c-1", []uint8{0x18}, false},
		"/dev/i2c-1:7":    {"/dev/i2c-1", []uint8{0x1F}, false},
		"/dev/i2c-1:0x1A": {"/dev/i2c-1", []uint8{0x1A}, false},
		"/dev/i2c-1:ALL":  {"/dev/i2c-1", every, true},
		"/dev/i2c-1:*":    {"/dev/i2c-1", every, true},
		"/dev/i2c-*:2":    {"/dev/i2c-*", []uint8{0x1A}, false},
	} {
		got, err := ParseArg(arg)
		if err != nil || got.Files != want.Files || got.All != want.All || !slices.Equal(got.Addresses, want.Addresses) {
			t.Errorf("%q: %+v, %v; want %+v", arg, got, err, want)
		}
	}
	for arg, fix := range map[string]string{
		"/dev/i2c-1:8": "0 to 7", "/dev/i2c-1:-1": "0 to 7", "/dev/i2c-1:first": "0 to 7", "/dev/i2c-1:0x20": "0 to 7",
		"/dev/i2c-1:0:1": "0 to 7", "i2c-1": "/dev/i2c-1", "1": "/dev/i2c-1", "0x18": "/dev/i2c-1",
	} {
		if got, err := ParseArg(arg); err == nil || !strings.Contains(err.Error(), fix) {
			t.Errorf("%q: %+v, %v; want an error that says %q", arg, got, err, fix)
		}
	}
}

// A machine has files for I²C buses, with emulated buses behind them.
type machine struct {
	dir   string
	buses map[string]*emulated.Bus
	fails map[string]error
	open  int
}

func newMachine(t *testing.T, names ...string) *machine {
	m := &machine{dir: t.TempDir(), buses: map[string]*emulated.Bus{}, fails: map[string]error{}}
	for _, name := range names {
		name = filepath.Join(m.dir, name)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		m.buses[name] = emulated.NewBus(&sim.Virtual{})
	}
	return m
}

func (m *machine) put(name string, address uint8) {
	line := sim.NewLine(&sim.Virtual{})
	c := emulated.New100(line)
	if address%2 == 1 {
		c = emulated.New800([8]*sim.Line{line, line, line, line, line, line, line, line})
	}
	m.buses[filepath.Join(m.dir, name)].Put(address, c)
}

// A counted bus tells whether all were closed.
type counted struct {
	*emulated.Bus
	m *machine
}

func (c counted) Close() error { c.m.open--; return nil }

func (m *machine) device(name string) (I2C, error) {
	if err := m.fails[name]; err != nil {
		return nil, err
	}
	m.open++
	return counted{m.buses[name], m}, nil
}

func (m *machine) find(t *testing.T, arg string) ([]string, error) {
	found, err := open(t.Context(), strings.Replace(arg, "/dev", m.dir, 1), Options{}, m.device)
	var names []string
	for _, f := range found {
		names = append(names, strings.TrimPrefix(f.Name(), m.dir+"/"))
	}
	if m.open != 0 {
		t.Errorf("%q: %d buses are left open", arg, m.open)
	}
	return names, err
}

func TestOpenFinds(t *testing.T) {
	m := newMachine(t, "i2c-0", "i2c-1", "i2c-2", "i2c-10")
	m.put("i2c-1", 0x1A)
	m.put("i2c-1", 0x1B)
	m.put("i2c-2", 0x18)
	m.put("i2c-10", 0x18)
	eight := func(name string) []string {
		var all []string
		for n := range 8 {
			all = append(all, fmt.Sprintf("%s channel %d", name, n))
		}
		return all
	}
	for arg, want := range map[string][]string{
		"/dev/i2c-1":     {"i2c-1:2"},
		"/dev/i2c-1:3":   eight("i2c-1:3"),
		"/dev/i2c-1:ALL": append([]string{"i2c-1:2"}, eight("i2c-1:3")...),
		"/dev/i2c-*":     {"i2c-1:2"},
		"/dev/i2c-*:0":   {"i2c-2:0"},
		"/dev/i2c-*:ALL": append(append([]string{"i2c-1:2"}, eight("i2c-1:3")...), "i2c-2:0", "i2c-10:0"),
	} {
		if got, err := m.find(t, arg); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q finds %q, %v; want %q", arg, got, err, want)
		}
	}
}

func TestOpenFindsNone(t *testing.T) {
	m := newMachine(t, "i2c-0", "i2c-1", "i2c-2")
	m.fails[filepath.Join(m.dir, "i2c-2")] = fs.ErrPermission
	for arg, want := range map[string]struct {
		err  error
		hint string
	}{
		"/dev/i2c-1":     {ErrNoChip, "i2cdetect"},
		"/dev/i2c-1:2":   {ErrNoChip, "i2cdetect"},
		"/dev/i2c-7":     {fs.ErrNotExist, "modprobe i2c-dev"},
		"/dev/i2c-2:ALL": {fs.ErrPermission, "group i2c"},
		"/dev/i2c-*:ALL": {fs.ErrPermission, "group i2c"},
	} {
		names, err := m.find(t, arg)
		var e *OpenError
		if !errors.As(err, &e) || !errors.Is(err, want.err) || !strings.Contains(e.Hint, want.hint) || hw.IsLine(err) {
			t.Errorf("%q: %q, %v; want %v with a hint that says %q", arg, names, err, want.err, want.hint)
		}
	}
	// What can't be opened hinders no other.
	m.put("i2c-1", 0x18)
	if got, err := m.find(t, "/dev/i2c-*:ALL"); err != nil || !slices.Equal(got, []string{"i2c-1:0"}) {
		t.Errorf("finds %q, %v", got, err)
	}
}

// What is no I²C bus is told, and so is a bus that is not there.
func TestOpenDevice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "i2c-0")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{file: unix.ENOTTY, file + "1": fs.ErrNotExist} {
		if d, err := OpenDevice(name); !errors.Is(err, want) {
			if err == nil {
				d.Close()
			}
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
