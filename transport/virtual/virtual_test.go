// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
)

func rom(t *testing.T, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func split(path string) []string { return strings.Split(path, "/") }

// The defaults are those of owfs-semantics section 8; padded values are those
// of the capture settings.tsv.
func TestSettings(t *testing.T) {
	s := NewSettings()
	tree := s.Tree(device.New(), &Aliases{}, time.Now())
	for path, want := range map[string]string{
		"timeout/directory":       "          60",
		"timeout/volatile":        "          15",
		"timeout/ftp":             "         900",
		"timeout/uncached":        "0",
		"alias/unaliased":         "0",
		"alias/list":              "",
		"units/temperature_scale": "C",
		"units/pressure_scale":    "mbar",
	} {
		got, err := tree.Read(split(path), 0)
		if err != nil || string(got) != want {
			t.Errorf("%s reads %q, %v, want %q", path, got, err, want)
		}
	}
	if got, _ := tree.Read(split("timeout/volatile"), owproto.FlagTrim); string(got) != "15" {
		t.Errorf("trimmed it reads %q", got)
	}
}

func TestSettingsTakeValues(t *testing.T) {
	s := NewSettings()
	tree := s.Tree(device.New(), &Aliases{}, time.Now())
	for _, test := range []struct {
		path, text, reads string
		err               error
	}{
		{"units/temperature_scale", "F", "F", nil},
		{"units/temperature_scale", "kelvin", "K", nil},
		{"units/temperature_scale", "x", "K", syscall.EINVAL},
		{"units/pressure_scale", "PSI", "psi", nil},
		{"units/pressure_scale", "in", "inHg", nil},
		{"units/pressure_scale", "mm", "mmHg", nil},
		{"units/pressure_scale", "m", "mmHg", syscall.EINVAL},
		{"timeout/volatile", "20\n", "20", nil},
		{"timeout/volatile", "-1", "20", syscall.ERANGE},
		{"timeout/volatile", "4294967295", "20", syscall.ERANGE},
		{"timeout/volatile", "soon", "20", syscall.EINVAL},
		{"timeout/uncached", "yes", "1", nil},
		{"timeout/uncached", "off\n", "0", nil},
		{"timeout/uncached", "2", "1", nil},
		{"timeout/uncached", "maybe", "1", syscall.EINVAL},
		{"timeout/uncached", " ", "1", syscall.EFAULT},
		{"alias/unaliased", "1", "1", nil},
	} {
		n, err := tree.Write(split(test.path), []byte(test.text))
		if !errors.Is(err, test.err) {
			t.Errorf("writing %q to %s: %d, %v, want %v", test.text, test.path, n, err, test.err)
		}
		if got, _ := tree.Read(split(test.path), owproto.FlagTrim); string(got) != test.reads {
			t.Errorf("%s reads %q after %q was written, want %q", test.path, got, test.text, test.reads)
		}
	}
	if d, given := s.Timeout("volatile"); d != 20*time.Second || !given {
		t.Errorf("the timeout is %v, %v", d, given)
	}
	if _, given := s.Timeout("stable"); given {
		t.Error("a default counts as given")
	}
	if _, err := tree.Write(split("alias/list"), []byte("x")); !errors.Is(err, syscall.ENOTSUP) {
		t.Errorf("writing what is read only: %v", err)
	}
}

func TestAliases(t *testing.T) {
	var a Aliases
	one, two := rom(t, "10.000010EF0000"), rom(t, "28.000028D70100")
	for _, bad := range []string{"settings", "Alarm", "json", "bus.0", "a/b", "..", "x\ny", "28.000028D70100", "\xff"} {
		if err := a.Set(one, bad); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("alias %q: %v, want EINVAL", bad, err)
		}
	}
	for _, good := range []string{"living room", "  Küche\n", "with,comma", "settings2", "bus"} {
		if err := a.Set(one, good); err != nil || a.Name(one) != strings.TrimSpace(good) {
			t.Errorf("alias %q: %v, it is %q", good, err, a.Name(one))
		}
	}
	a.Set(one, "kitchen")
	a.Set(two, "kitchen")
	if got := a.Name(one); got != "" {
		t.Errorf("a name that moved is still %q", got)
	}
	if got, ok := a.ROM("kitchen"); !ok || got != two {
		t.Errorf("kitchen is %v", got)
	}
	a.Set(one, "attic")
	// The form is that of the capture: 16 digits with CRC, CR LF.
	if got, want := a.List(), "10000010EF00005B=attic\r\n28000028D70100D5=kitchen\r\n"; got != want {
		t.Errorf("the list is %q, want %q", got, want)
	}
	a.Set(two, " ")
	if _, ok := a.ROM("kitchen"); ok {
		t.Error("a blank does not remove an alias")
	}
	if err := a.Set(one, strings.Repeat("x", 300)); err != nil || len(a.Name(one)) != 256 {
		t.Errorf("a long alias: %v, %d bytes", err, len(a.Name(one)))
	}
}

func TestReturnCodes(t *testing.T) {
	tree := NewSettings().Tree(device.New(), &Aliases{}, time.Now())
	all, err := tree.Read(split("return_codes/text.ALL"), 0)
	if err != nil {
		t.Fatal(err)
	}
	// Clients split at commas and index with -ret (consumers of the wire).
	texts := strings.Split(string(all), ",")
	if len(texts) != 211 {
		t.Fatalf("%d texts, want 211", len(texts))
	}
	for n, text := range texts {
		if text == "" {
			t.Errorf("text %d is empty", n)
		}
	}
}

func TestStatistics(t *testing.T) {
	s := NewStatistics(device.New())
	s.Add("read/calls", 2)
	s.AddElement("read/tries", 1)
	s.AddElement("read/tries", 99)
	s.Depth("/a/b/c")
	s.Depth("/a")
	leave := s.Enter("read")
	tree := s.Tree(time.Now())
	for path, want := range map[string]string{
		"read/calls": "2", "read/tries.ALL": "0,1,0", "directory/maxdepth": "3", "threads/read/now": "1", "threads/overall/max": "1",
		"errors/max_delay": "0",
	} {
		got, err := tree.Read(split(path), owproto.FlagTrim)
		if err != nil || string(got) != want {
			t.Errorf("%s reads %q, %v, want %q", path, got, err, want)
		}
	}
	leave()
	if got, _ := tree.Read(split("threads/read/now"), owproto.FlagTrim); string(got) != "0" {
		t.Errorf("afterwards %q requests run", got)
	}
}
