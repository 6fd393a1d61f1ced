// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What parse makes of a command line, as getopt_long of GNU libc 2.36 was seen
// to read it with the same options.
func TestParse(t *testing.T) {
	options := []option{
		{name: "server", short: 's', id: "server", value: "x"},
		{name: "hex", id: "hex"}, {name: "HEX", id: "hex"}, {name: "HEXADECIMAL", id: "hex"}, {name: "help", short: 'h', id: "help"},
		{name: "size", id: "size", value: "n"}, {name: "SIZE", id: "size", value: "n"},
		{name: "slash", id: "slash"}, {name: "quiet", short: 'q', id: "quiet"},
	}
	for _, test := range []struct{ args, given, operands, err string }{
		{"a b", "", "a b", ""},
		{"a -q b", "quiet", "a b", ""},
		{"-q -- -q b", "quiet", "-q b", ""},
		{"a - b", "", "a - b", ""},
		{"-qsx a", "quiet server=x", "a", ""},
		{"-s -q a", "server=-q", "a", ""},
		{"-s -- a", "server=--", "a", ""},
		{"--server -q", "server=-q", "", ""},
		{"--server=x=y", "server=x=y", "", ""},
		{"--server=", "server=", "", ""},
		{"--ser x --q", "server=x quiet", "", ""},
		{"--H", "HEX", "", ""},
		{"--hex", "hex", "", ""},
		{"--HEX", "HEX", "", ""},
		{"--S 3", "SIZE=3", "", ""},
		{"--s=3", "", "", "option '--s=3' is ambiguous; possibilities: '--server' '--size' '--slash'"},
		{"--he", "", "", "option '--he' is ambiguous; possibilities: '--hex' '--help'"},
		{"--nix=3", "", "", "unrecognized option '--nix=3'"},
		{"--H=3", "", "", "option '--HEX' doesn't allow an argument"},
		{"a --siz", "", "", "option '--size' requires an argument"},
		{"a -s", "", "", "option requires an argument -- 's'"},
		{"-qZ", "quiet", "", "invalid option -- 'Z'"},
		{"-5", "", "", "invalid option -- '5'"},
	} {
		var given []string
		operands, err := parse(options, strings.Fields(test.args), false, func(o *option, value string) error {
			if o.value != "" {
				value = "=" + value
			}
			given = append(given, o.name+value)
			return nil
		})
		got := []string{strings.Join(given, " "), strings.Join(operands, " "), ""}
		if err != nil {
			got[2] = err.Error()
		}
		if want := []string{test.given, test.operands, test.err}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", test.args, got, want)
		}
	}
}

// POSIXLY_CORRECT ends the options at the first operand.
func TestParseStrict(t *testing.T) {
	operands, err := parse(allOptions(), []string{"a", "-q"}, true, nil)
	if err != nil || !reflect.DeepEqual(operands, []string{"a", "-q"}) {
		t.Error(operands, err)
	}
}

// The names that only our program has must not make those of the C programs
// ambiguous, however short: getopt of theirs was asked with each of these.
func TestAbbreviations(t *testing.T) {
	short := map[string]string{
		"q": "quiet", "se": "server", "C": "Celsius", "F": "Fahrenheit", "K": "Kelvin", "R": "Rankine", "v": "version", "f": "format",
		"hexa": "hexadecimal", "H": "HEX", "di": "dir", "sl": "slash", "SL": "SLASH", "si": "size", "SI": "SIZE", "B": "BYTES", "b": "bytes",
		"o": "offset", "O": "OFFSET", "st": "start", "ST": "START", "ti": "timeout_network", "au": "autoserver", "una": "unaliased",
		"al": "aliased", "tr": "trim", "T": "TRIM", "unc": "uncached", "c": "cached", "de": "debug",
	}
	for _, cmd := range commands() {
		if cmd.kind&kindC == 0 {
			continue
		}
		p := parser{options: optionsFor(cmd)}
		for word, name := range short {
			if o, err := p.find(word, word); err != nil || o.name != name {
				t.Errorf("%s --%s: %v, %v, want %s", cmd.name, word, o, err, name)
			}
		}
	}
}

func (o *option) String() string { return fmt.Sprint("--", o.name) }
