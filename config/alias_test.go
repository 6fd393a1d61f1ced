// SPDX-License-Identifier: Apache-2.0

package config

import (
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"owfs/hw"
)

// rom is the example of Maxim application note 27.
var rom = hw.ROM{0x02, 0x1c, 0xb8, 0x01, 0, 0, 0, 0xa2}

func TestReadAliases(t *testing.T) {
	noROM := " is " + hw.ErrROM.Error() + ", or its CRC is wrong"
	tests := []struct {
		line string
		want string // the name
		warn string
	}{
		{"02.1CB801000000 kitchen", "kitchen", ""},
		{"02.1cb801000000=kitchen", "kitchen", ""},
		{"021CB801000000.A2 \t= living room = warm  \t", "living room = warm", ""},
		{"02.1CB801000000A2 x", "x", ""},
		{"02.1CB801000000.A2 x", "x", ""},
		{"/02.1CB801000000 x", "x", ""},
		{"/mnt/02.1CB801000000 x", "x", ""},
		{"02.1CB801000000 settingsroom", "settingsroom", ""},
		{"02.1CB801000000 bus.x", "bus.x", ""},
		{"02.1CB801000000 carriage\r", "carriage", ""},
		{"# comment", "", ""},
		{"", "", ""},
		{"02.1CB801000000", "", "there is no name after the device id"},
		{"02.1CB801000000.A3 x", "", `"02.1CB801000000.A3"` + noROM},
		{"kitchen x", "", `"kitchen"` + noROM},
		{"0.21CB801000000 x", "", `"0.21CB801000000"` + noROM},
		{"02.1CB801000000 a/b", "", `the name "a/b" holds a /`},
		{"02.1CB801000000 Uncached", "", `the name "Uncached" means something else`},
		{"02.1CB801000000 bus.0", "", `the name "bus.0" means something else`},
		{"02.1CB801000000 ..", "", `the name ".." means something else`},
		{"02.1CB801000000 10.0123456789AB", "", `the name "10.0123456789AB" looks like a device id`},
		{"02.1CB801000000 a\x01b", "", `the name "a\x01b" holds a control character`},
		{"02.1CB801000000 " + strings.Repeat("x", 257), "", "the name is longer than 256 bytes"},
	}
	for _, test := range tests {
		aliases, warnings, err := ReadAliases(strings.NewReader("\n"+test.line+"\n"), "f")
		if err != nil {
			t.Errorf("%q: %v", test.line, err)
		}
		var want []Alias
		if test.want != "" {
			want = []Alias{{rom, test.want}}
		}
		var warn []Warning
		if test.warn != "" {
			warn = []Warning{{"f:2", test.warn + "; the line is skipped"}}
		}
		if !reflect.DeepEqual(aliases, want) || !reflect.DeepEqual(warnings, warn) {
			t.Errorf("%q: %v, %v", test.line, aliases, warnings)
		}
	}
}

func TestReadAliasesFails(t *testing.T) {
	_, _, err := ReadAliases(iotest.ErrReader(iotest.ErrTimeout), "f")
	if err == nil || err.Error() != "cannot read alias file f: timeout" {
		t.Errorf("%v", err)
	}
}

func TestAliasFilesOfConfig(t *testing.T) {
	env := files(map[string]string{"a": "02.1CB801000000 x\nbad\n", "c": "alias = a"})
	got, err := Parse("owfs", strings.Fields("-c c h:1 /m"), env)
	want := base()
	want.Files, want.AliasFiles = []string{"c"}, []string{"a"}
	want.Aliases = []Alias{{rom, "x"}}
	want.Warnings = []Warning{{"a:2", `"bad" is not a ROM code such as 28.FF4A3C021604, or its CRC is wrong; the line is skipped`}}
	check(t, "aliases", got, err, want)
}
