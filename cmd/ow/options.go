// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"owfs/config"
	"owfs/owproto"
)

const (
	defaultSize = 65536 // bytes asked for if nobody says how many
	maxNumber   = 64000 // the largest --size and --offset, as in the C programs
	maxDepth    = 64
)

// settings are what the options say.
type settings struct {
	server      string
	named       bool // by -s or --autoserver
	browse      bool
	quiet       bool
	temperature owproto.TemperatureScale
	pressure    owproto.PressureScale
	format      owproto.DeviceFormat
	uncached    bool
	unaliased   bool
	trim        bool
	hex         bool
	slash       bool
	json        bool
	size        int
	offset      int
	timeout     time.Duration
	interval    time.Duration
	depth       int
	tls         config.TLS
}

func defaults() settings {
	return settings{size: defaultSize, timeout: time.Second, interval: time.Second, depth: 16}
}

// flags are the control flags of the requests. The C programs send the same.
func (s *settings) flags() owproto.Flags {
	f := owproto.FlagOwnet.WithTemperature(s.temperature).WithPressure(s.pressure).WithFormat(s.format)
	if !s.unaliased {
		f |= owproto.FlagAlias
	}
	if s.uncached {
		f |= owproto.FlagUncached
	}
	if s.trim {
		f |= owproto.FlagTrim
	}
	return f
}

// optionsFor are the options of a command; without one, all. They are in the
// order of the C programs, in which messages name those that a word may mean.
func optionsFor(cmd *command) []option {
	which := kindAll
	if cmd != nil {
		which = cmd.kind
	}
	var some []option
	for _, o := range allOptions() {
		if o.id == "" {
			o.id = o.name
		}
		if o.kind&which != 0 {
			some = append(some, o)
		}
	}
	return some
}

func allOptions() []option {
	// The C programs take all of their options, where they do nothing, too.
	const values = kindC | kindWatch
	return []option{
		{name: "help", short: 'h', help: "show this", kind: kindAll, set: stop(errHelp)},
		{name: "debug", help: "the same as --quiet", kind: kindC, set: yes(quiet)},
		{name: "quiet", short: 'q', help: "no error messages", kind: kindAll, set: yes(quiet)},
		{name: "server", short: 's', value: "[host:]port", help: "the owserver (localhost:4304); unix:/path for a socket, tls:host:port", kind: kindAll, set: setServer},
		{name: "Celsius", short: 'C', help: "temperatures in Celsius (default)", kind: kindAll, set: scale(owproto.Celsius)},
		{name: "Fahrenheit", short: 'F', help: "temperatures in Fahrenheit", kind: kindAll, set: scale(owproto.Fahrenheit)},
		{name: "Kelvin", short: 'K', help: "temperatures in Kelvin", kind: kindAll, set: scale(owproto.Kelvin)},
		{name: "Rankine", short: 'R', help: "temperatures in Rankine", kind: kindAll, set: scale(owproto.Rankine)},
		{name: "version", short: 'V', help: "show the version", kind: kindAll, set: stop(errVersion)},
		{name: "format", short: 'f', value: "format", help: "names of devices in listings: f.i, fi, f.i.c, f.ic, fi.c or fic", kind: kindAll, set: setFormat},
		{name: "hex", id: "hex", help: "values are hexadecimal digits", kind: values, set: yes(hexadecimal)},
		{name: "HEX", id: "hex", kind: values, set: yes(hexadecimal)},
		{name: "hexadecimal", id: "hex", kind: values, set: yes(hexadecimal)},
		{name: "HEXADECIMAL", id: "hex", kind: values, set: yes(hexadecimal)},
		{name: "dir", id: "dir", help: "mark directories in listings with a slash", kind: kindC, set: yes(slash)},
		{name: "slash", id: "dir", kind: kindC, set: yes(slash)},
		{name: "SLASH", id: "dir", kind: kindC, set: yes(slash)},
		{name: "size", id: "size", value: "bytes", help: "read at most so many", kind: values, set: setSize},
		{name: "SIZE", id: "size", value: "bytes", kind: values, set: setSize},
		{name: "BYTES", id: "size", value: "bytes", kind: values, set: setSize},
		{name: "bytes", id: "size", value: "bytes", kind: values, set: setSize},
		{name: "offset", id: "offset", value: "bytes", help: "read or write from there on", kind: values, set: setOffset},
		{name: "OFFSET", id: "offset", value: "bytes", kind: values, set: setOffset},
		{name: "start", id: "offset", value: "bytes", kind: values, set: setOffset},
		{name: "START", id: "offset", value: "bytes", kind: values, set: setOffset},
		{name: "timeout_network", value: "s", help: "silence of the server to be endured (1), and one second more", kind: kindAll, set: setTimeout},
		{name: "autoserver", help: "use an owserver that zeroconf finds", kind: kindAll, set: setBrowse},
		{name: "unaliased", help: "names of devices without aliases", kind: kindAll, set: yes(unaliased)},
		{name: "aliased", help: "names of devices with aliases (default)", kind: kindAll, set: no(unaliased)},
		{name: "trim", id: "trim", help: "numbers without leading blanks", kind: kindC, set: yes(trim)},
		{name: "TRIM", id: "trim", kind: kindC, set: yes(trim)},
		{name: "uncached", help: "values from the bus, not from the server's cache", kind: kindAll, set: yes(uncached)},
		{name: "cached", help: "values may come from the server's cache (default)", kind: kindAll, set: no(uncached)},

		{name: "pressure", value: "scale", help: "pressures in mbar, atm, mmHg, inHg, psi or Pa", kind: kindAll, set: setPressure},
		{name: "tls_cert", value: "file", help: "our certificate, for a server tls:host:port", kind: kindAll, whole: true, set: file(tlsCert)},
		{name: "tls_key", value: "file", help: "its key (default: in the same file)", kind: kindAll, whole: true, set: file(tlsKey)},
		{name: "tls_ca", value: "file", help: "authorities of servers (default: the system's)", kind: kindAll, whole: true, set: file(tlsCA)},
		{name: "json", help: "print JSON, one line for each path", kind: kindAll &^ kindWrite, set: yes(asJSON)},
		{name: "depth", value: "n", help: "levels below the path (16)", kind: kindTree, set: setDepth},
		{name: "interval", value: "time", help: "between looks, such as 10s, 500ms or 1m (1s)", kind: kindWatch, set: setInterval},
	}
}

func quiet(s *settings) *bool       { return &s.quiet }
func hexadecimal(s *settings) *bool { return &s.hex }
func slash(s *settings) *bool       { return &s.slash }
func unaliased(s *settings) *bool   { return &s.unaliased }
func uncached(s *settings) *bool    { return &s.uncached }
func trim(s *settings) *bool        { return &s.trim }
func asJSON(s *settings) *bool      { return &s.json }

func tlsCert(s *settings) *string { return &s.tls.Cert }
func tlsKey(s *settings) *string  { return &s.tls.Key }
func tlsCA(s *settings) *string   { return &s.tls.CA }

type setter = func(s *settings, value string) error

func yes(which func(*settings) *bool) setter {
	return func(s *settings, _ string) error { *which(s) = true; return nil }
}

func no(which func(*settings) *bool) setter {
	return func(s *settings, _ string) error { *which(s) = false; return nil }
}

func file(which func(*settings) *string) setter {
	return func(s *settings, value string) error { *which(s) = value; return nil }
}

func stop(err error) setter { return func(*settings, string) error { return err } }

func scale(t owproto.TemperatureScale) setter {
	return func(s *settings, _ string) error { s.temperature = t; return nil }
}

func setServer(s *settings, value string) error {
	if s.named {
		return oneServer(value)
	}
	s.server, s.named = value, true
	return nil
}

func setBrowse(s *settings, _ string) error {
	if s.named {
		return oneServer("--autoserver")
	}
	s.browse, s.named = true, true
	return nil
}

func oneServer(second string) error {
	return &failure{err: fmt.Errorf("a second server, %s", second), hint: "ask one server at a time; an owserver with several -s joins others to one"}
}

func setFormat(s *settings, value string) (err error) {
	s.format, err = owproto.ParseDeviceFormat(value)
	return unknownWord(err, "format", value, "f.i, fi, f.i.c, f.ic, fi.c or fic; f is the family, i the id, c the CRC")
}

func setPressure(s *settings, value string) (err error) {
	s.pressure, err = owproto.ParsePressureScale(value)
	return unknownWord(err, "pressure", value, "mbar, atm, mmHg, inHg, psi or Pa")
}

func unknownWord(err error, option, value, words string) error {
	if err == nil {
		return nil
	}
	return &failure{err: fmt.Errorf("--%s: unknown word %q", option, value), hint: "one of " + words}
}

func setSize(s *settings, value string) error { return number(&s.size, "size", value, 0, maxNumber) }
func setOffset(s *settings, value string) error {
	return number(&s.offset, "offset", value, 0, maxNumber)
}
func setDepth(s *settings, value string) error { return number(&s.depth, "depth", value, 1, maxDepth) }

func setTimeout(s *settings, value string) error {
	seconds := 0
	err := number(&seconds, "timeout_network", value, 0, 86400)
	s.timeout = time.Duration(seconds) * time.Second
	return err
}

// number reads a whole number within limits.
func number(n *int, option, value string, least, most int) error {
	v, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || v < least || v > most {
		return &failure{err: fmt.Errorf("--%s=%s", option, value), hint: fmt.Sprintf("a whole number from %d to %d is needed", least, most)}
	}
	*n = v
	return nil
}

// setInterval reads a time with a unit, or a number of seconds.
func setInterval(s *settings, value string) error {
	const least, most = 10 * time.Millisecond, 24 * time.Hour
	d, err := time.ParseDuration(value)
	if err != nil {
		d, err = time.ParseDuration(value + "s")
	}
	if err != nil || d < least || d > most {
		return &failure{err: fmt.Errorf("--interval=%s", value), hint: fmt.Sprintf("a time from %v to %v is needed, such as 10s", least, most)}
	}
	s.interval = d
	return nil
}
