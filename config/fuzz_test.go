// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// usage checks the promise about errors.
func usage(t *testing.T, err error) {
	t.Helper()
	var e *UsageError
	if !errors.As(err, &e) || e.Hint == "" || e.Msg == "" || e.ExitCode() == ExitOK {
		t.Fatalf("error without help: %#v", err)
	}
}

// canonical writes a parsed command line in full: long names, values behind =, plain arguments last.
func (p *parser) canonical(plain []string) []string {
	var args []string
	for _, s := range p.given {
		arg := "--" + s.row.Name()
		if s.value != "" {
			arg += "=" + s.value
		}
		args = append(args, arg)
	}
	return append(append(args, "--"), plain...)
}

// FuzzArgs holds that a command line and its canonical form mean the same.
func FuzzArgs(f *testing.F) {
	for _, seed := range []string{
		"-s\nh:1\n/m", "-shost:4304\n/m\n-rF", "h\n/m\n-o\nro,uid=1,server=x", "-u2", "-hcache", "-rhbus", "--foreg\n-t15\nh\n/m", "-V",
		"--wait\n--wait=3\nh\n/m", "-c\nok\nh\n/m", "-a\nok\nh\n/m", "--\n-x\n/m", "--fuse_opt\n\"-o ro\"\nh\n/m", "--uncached\nx\n-CK\n/m",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	env := files(map[string]string{"ok": "t = 5\noptions = ro\n02.1CB801000000 x\n"})
	f.Fuzz(func(t *testing.T, text string, helper bool) {
		program := "owfs"
		if helper {
			program = "mount.owfs"
		}
		first, plain, err := parse(program, strings.Split(text, "\n"), env)
		if err != nil {
			usage(t, err)
			return
		}
		again, _, err := parse(program, first.canonical(plain), env)
		if err != nil {
			t.Fatalf("%q: %v", first.canonical(plain), err)
		}
		if !reflect.DeepEqual(first.cfg, again.cfg) {
			t.Fatalf("%q:\n%+v\n%+v", first.canonical(plain), first.cfg, again.cfg)
		}
	})
}

// FuzzConfigFile holds that a line written back reads as the same line, and that errors name file and line.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{
		"! server: server = localhost:4304", "owfs: t = 5 # five", "-- foreground", "fuse_opt = \"-o ro\"", "a:b:c", "= 5", "f == fi",
		"! ! x", "- a:b = c", "-!x", "configuration = c", "t = x", "usb",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for line := range strings.SplitSeq(text, "\n") {
			first := parseLine(line)
			if again := parseLine(first.String()); again != first {
				t.Fatalf("%q: %#v, written %q, read %#v", line, first, first.String(), again)
			}
		}
		_, err := Parse("owfs", []string{"-c", "c", "-s", "h:1", "-m", "/m"}, files(map[string]string{"c": text}))
		if err == nil {
			return
		}
		usage(t, err)
		var e *UsageError
		if errors.As(err, &e); !strings.HasPrefix(e.Where, "c") && !strings.Contains(e.Msg, "alias file") {
			t.Fatalf("no place: %v", err)
		}
	})
}

// FuzzAliasFile holds that what is accepted is accepted again when written in the canonical form.
func FuzzAliasFile(f *testing.F) {
	for _, seed := range []string{
		"02.1CB801000000 kitchen", "021CB801000000A2=a = b\r\n# c\n", "/02.1CB801000000\t..", "02.1CB801000000 bus.1\nx y\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, _, err := ReadAliases(strings.NewReader(text), "f")
		if err != nil {
			usage(t, withHint(err))
			return
		}
		var b strings.Builder
		for _, alias := range first {
			b.WriteString(alias.ROM.String() + " = " + alias.Name + "\n")
		}
		again, warnings, err := ReadAliases(strings.NewReader(b.String()), "f")
		if err != nil || len(warnings) > 0 || !reflect.DeepEqual(first, again) {
			t.Fatalf("%q: %v, %v, %v", b.String(), again, warnings, err)
		}
	})
}
