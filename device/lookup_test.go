// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"owfs/device"
)

// TestStat compares the mode and size of every path in a mount.
func TestStat(t *testing.T) {
	table, checked := device.New(), 0
	for _, want := range golden(t, "stat.tsv.gz") {
		f, path := split(table, want[0])
		if f == nil {
			continue // beside the tables, as bus.0
		}
		got, ok := f.Lookup(path)
		if !ok {
			t.Errorf("%s: not found", want[0])
			continue
		}
		if mode := unixMode(got.Mode); mode != want[1] || strconv.FormatInt(got.Size, 10) != want[2] {
			t.Errorf("%s: mode %s size %d, want %s %s", want[0], mode, got.Size, want[1], want[2])
		}
		if got.Path() != path {
			t.Errorf("%s: is called %s", want[0], got.Path())
		}
		checked++
	}
	if checked < 17_000 {
		t.Errorf("only %d paths compared", checked)
	}
}

// unixMode is the mode as stat has it, in octal.
func unixMode(m fs.FileMode) string {
	kind := uint64(0o100000)
	if m.IsDir() {
		kind = 0o40000
	}
	return strconv.FormatUint(kind|uint64(m.Perm()), 8)
}

func TestLookupRules(t *testing.T) {
	table := device.New()
	for _, test := range []struct {
		path string
		want string // canonical spelling, "" for not found
	}{
		{"28/temperature", "temperature"},
		{"28/Temperature", ""},
		{"28/temperature.", ""},
		{"28/temperature.0", ""},
		{"28/temperature.ALL", ""},
		{"28/temperature/x", ""},
		{"28/errata", "errata"},
		{"28/errata.A", ""},
		{"28/errata/", ""},
		{"28//errata", ""},
		{"28/errata/die", "errata/die"},
		{"28/nothing", ""},
		{"28/present", "present"},
		{"29/PIO", ""},
		{"29/PIO.", ""},
		{"29/PIO.0", "PIO.0"},
		{"29/PIO.7", "PIO.7"},
		{"29/PIO.007", "PIO.7"},
		{"29/PIO.8", ""},
		{"29/PIO.-1", ""},
		{"29/PIO.+1", ""},
		{"29/PIO.0x1", ""},
		{"29/PIO. 1", ""},
		{"29/PIO.1.2", ""},
		{"29/PIO.A", ""},
		{"29/PIO.4294967297", ""},
		{"29/PIO.18446744073709551617", ""},
		{"29/PIO.99999999999999999999999999", ""},
		{"29/PIO.all", "PIO.ALL"},
		{"29/PIO.All", "PIO.ALL"},
		{"29/PIO.byte", "PIO.BYTE"},
		{"29/pio.0", ""},
		{"20/volt.A", "volt.A"},
		{"20/volt.d", "volt.D"},
		{"20/volt.E", ""},
		{"20/volt.0", ""},
		{"20/volt.AB", ""},
		{"20/volt.@", ""},
		{"20/volt.BYTE", ""},
		{"20/set_alarm/voltlow.b", "set_alarm/voltlow.B"},
		{"20/alarm/low.c", "alarm/low.C"},
		{"02/subkey0/password.ab.c", "subkey0/password.ab.c"},
		{"02/subkey0/password.ALL", "subkey0/password.ALL"},
		{"02/subkey0/password.", ""},
		{"02/subkey0/password", ""},
		{"DD/is_index_prime.0007", "is_index_prime.7"},
		{"DD/is_index_prime.2147483646", "is_index_prime.2147483646"},
		{"DD/is_index_prime.4294967297", ""},
		{"DD/is_index_prime.ALL", ""},
		{"DD/is_index_prime.-7", ""},
		{"1F/main", "main"},
		{"1F/main/28.0300AA550501", ""},
		{"7E/EDS0067/threshold/light_hi ", "EDS0067/threshold/light_hi "},
		{"7E/EDS0067/threshold/light_hi", ""},
		{"A8/temperature", "temperature"},
		{"A1/temperature", "temperature"},
		{"16/address", "address"},
		{"16/ipr", ""},
		{"99/type", ""},
		{"settings/timeout", "timeout"},
		{"settings/timeout/volatile", "timeout/volatile"},
		{"interface/settings/simulated/templow", "settings/simulated/templow"},
	} {
		f, path := split(table, test.path)
		got, ok := f.Lookup(path)
		if ok != (test.want != "") || ok && got.Path() != test.want {
			t.Errorf("%s: %v %q, want %q", test.path, ok, got.Path(), test.want)
		}
	}
}

func TestFamilyFallback(t *testing.T) {
	table := device.New()
	for _, test := range []struct {
		code  byte
		want  string
		exact bool
	}{
		{0x28, "28", true}, {0xA8, "28", false}, {0x81, "81", true}, {0xA6, "A6", true}, {0x26, "26", true},
		{0xA1, "21", false}, {0x16, "XX", false}, {0x99, "XX", false}, {0x00, "XX", false}, {0xFF, "FF", true},
	} {
		if f, exact := table.Family(test.code); f.Code != test.want || exact != test.exact {
			t.Errorf("%02X: %s %v, want %s %v", test.code, f.Code, exact, test.want, test.exact)
		}
	}
	if table.Tree("28") != nil || table.Tree("") != nil {
		t.Error("a family is taken for a tree")
	}
}

func TestFlags(t *testing.T) {
	table := device.New()
	for _, want := range golden(t, "families.tsv.gz") {
		f, _ := split(table, "/"+want[0])
		for flag, set := range map[device.Flags]bool{
			device.CanAlarm:        want[1] == "yes",
			device.MassTemperature: strings.Contains(want[2], "temperature"),
			device.MassVoltage:     strings.Contains(want[2], "voltage"),
			device.CanResume:       want[3] == "yes",
			device.CanOverdrive:    want[4] == "yes",
			device.CanChain:        want[5] == "yes",
		} {
			if f.Has(flag) != set {
				t.Errorf("%s: flag %b is %v, want %v", want[0], flag, f.Has(flag), set)
			}
		}
	}
}

func TestQuantity(t *testing.T) {
	f, _ := device.New().Family(0x21)
	for path, want := range map[string]string{
		"temperature": "temperature", "about/resolution": "temperature gap", "log/temperature.0": "temperature", "memory": "",
	} {
		if got, ok := f.Lookup(path); !ok || got.Prop.Quantity() != want {
			t.Errorf("%s: %q, want %q", path, got.Prop.Quantity(), want)
		}
	}
}

// FuzzLookup asserts that a path that is found has one canonical spelling, which leads to the same file.
func FuzzLookup(f *testing.F) {
	for _, seed := range []string{
		"temperature", "PIO.007", "PIO.byte", "set_alarm/voltlow.b", "subkey0/id.x.y", "log/date.2047", "", ".", "/",
	} {
		f.Add(byte(0x29), seed)
		f.Add(byte(0x20), seed)
		f.Add(byte(0x02), seed)
	}
	table := device.New()
	f.Fuzz(func(t *testing.T, code byte, path string) {
		family, _ := table.Family(code)
		file, ok := family.Lookup(path)
		if !ok {
			return
		}
		if again, ok := family.Lookup(file.Path()); !ok || again != file {
			t.Errorf("%02X/%s is %s, which is %+v, and not %+v", code, path, file.Path(), again, file)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	table := device.New()
	for _, path := range []string{"28/temperature", "29/PIO.7", "20/set_alarm/voltlow.B", "21/log/temperature.2047", "28/nothing"} {
		b.Run(path, func(b *testing.B) {
			family, name := split(table, path)
			b.ReportAllocs()
			for b.Loop() {
				family.Lookup(name)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		device.New()
	}
}
