// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestConfigFile(t *testing.T) {
	volatile := func(n int) func(*Config) {
		return func(c *Config) { c.Timeouts.Volatile = Some(time.Duration(n) * time.Second) }
	}
	nothing := func(*Config) {}
	tests := []struct {
		text     string
		want     func(*Config)
		warnings string // joined
	}{
		{"", nothing, ""},
		{"# only a comment\n\n  \t\r\n", nothing, ""},
		{"\ufefft = 5\r\n", volatile(5), ""},
		{"timeout_volatile=5", volatile(5), ""},
		{"  --Timeout_Vol \t 5 # five", volatile(5), ""},
		{"-t 5", volatile(5), ""},
		{"t = 5\nt = 6", volatile(6), ""},
		{"time = 5", volatile(5), ""},
		{"t=5 6 7", volatile(5), `c:1: the value ends at the first blank; "6 7" is left out`},
		{"owfs: t = 5", volatile(5), ""},
		{"fs:t=5", volatile(5), ""},
		{"server: t = 5\nhttp: t=5\nowftpd : t=5\nexternal:t=5\n", nothing, ""},
		{"! server: t = 5", volatile(5), ""},
		{"!owserver :t=5", volatile(5), ""},
		{"! owfs: t = 5", nothing, ""},
		{"! t = 5", volatile(5), "c:1: ! without a program before : does nothing"},
		{"other: t = 5", nothing, `c:1: there is no program "other"; the line is skipped`},
		{"bogus = 5\nt=5", volatile(5), `c:1: there is no option "bogus"; the line is skipped`},
		{"server: bogus", nothing, ""},
		{"sensor: x,y", nothing, "c:1: devices answered by scripts are not built yet; the line is skipped"},
		{"owfs:", nothing, "c:1: there is no option on this line"},
		{"help\nversion", nothing, "c:1: help does nothing in a file|c:2: version does nothing in a file"},
		{"foreground = 5", func(c *Config) { c.Process.Foreground = Some(true) }, `c:1: foreground takes no value; "5" is left out`},
		{"readonly\nwrite", nothing, ""},
		{"r", func(c *Config) { c.Access.ReadOnly = true }, ""},
		{"C\nF", func(c *Config) { c.Display.Temperature = Fahrenheit }, ""},
		{"f = fi", func(c *Config) { c.Display.Format = FI }, ""},
		{"pa", func(c *Config) { c.Display.Pressure = Pa }, ""},
		{"fuse_opt = \"-o allow_other\"", func(c *Config) {
			c.Mount.AllowOther, c.Mount.FuseOpts = true, []string{"-o", "allow_other"}
		}, ""},
		{"fuse_open_opt -o allow_other", func(c *Config) {
			c.Mount.AllowOther, c.Mount.FuseOpts = true, []string{"-o", "allow_other"}
		}, ""},
		{"options = ro,uid=7", func(c *Config) { c.Access.ReadOnly, c.Mount.UID = true, Some(uint32(7)) }, ""},
	}
	for _, test := range tests {
		got, err := Parse("owfs", []string{"-c", "c", "-s", "h:1", "/m"}, files(map[string]string{"c": test.text}))
		want := base()
		want.Files = []string{"c"}
		test.want(&want)
		var warnings []string
		if got != nil {
			for _, w := range got.Warnings {
				warnings = append(warnings, w.String())
			}
			got.Warnings = nil
		}
		check(t, test.text, got, err, want)
		if all := strings.Join(warnings, "|"); all != test.warnings {
			t.Errorf("%q: warnings %q, want %q", test.text, all, test.warnings)
		}
	}
}

func TestConfigFileErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\ntimeout_vol = 5s":      `c:2: timeout_volatile: "5s" is not a number of seconds`,
		"timeout_vol":             "c:1: timeout_volatile: the value is empty",
		"error_level = 10":        "c:1: error_level: 10 is out of range",
		"fuse_opt = -o bogus":     "c:1: -o bogus: there is no such mount option",
		"conf = gone":             "c:1: configuration: cannot read config file gone: file does not exist",
		"conf = d/../c":           "c:1: configuration: config file d/../c reads itself",
		"a\x00":                   "c:1: the line holds a zero byte",
		strings.Repeat("#", 5e3):  "c:1: the line is longer than 4096 bytes",
		strings.Repeat("\n", 2e6): "c: config file is larger than 1 MiB",
	} {
		_, err := Parse("owfs", []string{"-c", "c", "h:1", "/m"}, files(map[string]string{"c": text, "d/../c": text}))
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// Order counts across files and the command line, and five files may stand inside each other.
func TestConfigIncludes(t *testing.T) {
	content := map[string]string{}
	for i := 1; i <= 6; i++ {
		content[fmt.Sprint("n", i)] = fmt.Sprintf("server = h%d\nconfiguration = n%d\nserver = z%d\n", i, i+1, i)
	}
	content["n5"] = "server = h5"
	got, err := Parse("owfs", strings.Fields("-s a -c n1 -s b /m"), files(content))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, b := range got.Buses {
		order = append(order, b.Arg)
	}
	if text := strings.Join(order, " "); text != "a h1 h2 h3 h4 h5 z4 z3 z2 z1 b" {
		t.Errorf("order %s", text)
	}
	if want := []string{"n1", "n2", "n3", "n4", "n5"}; !reflect.DeepEqual(got.Files, want) {
		t.Errorf("files %v", got.Files)
	}
	content["n5"] = "configuration = n6"
	_, err = Parse("owfs", strings.Fields("-c n1 /m"), files(content))
	if err == nil || err.Error() != "n5:1: configuration: config files are nested more than 5 deep" {
		t.Errorf("six deep: %v", err)
	}
	_, err = Parse("owfs", strings.Fields("-c w /m"), files(map[string]string{"w": strings.Repeat("conf e\n", 200), "e": ""}))
	if err == nil || err.Error() != "w:100: configuration: more than 100 config files are read" {
		t.Errorf("many: %v", err)
	}
}

// The configuration Debian ships must work as it is for every program but owserver.
func TestDebianFile(t *testing.T) {
	const text = "! server: server = localhost:4304\nserver: FAKE = DS18S20,DS2405\nhttp: port = 2121\nftp: port = 2120\n" +
		"server: port = localhost:4304\n"
	got, err := Parse("owfs", strings.Fields("-c c --allow_other /run/owfs"), files(map[string]string{"c": text}))
	want := Config{Program: Owfs, Buses: []Bus{{BusServer, "localhost:4304"}}, Files: []string{"c"},
		Mount: Mount{Point: "/run/owfs", AllowOther: true}}
	check(t, "debian", got, err, want)
}
