// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

// files is an Env of files in memory.
func files(content map[string]string) Env {
	return Env{Open: func(name string) (io.ReadCloser, error) {
		text, ok := content[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

// base is what "owfs -s h:1 /m" gives.
func base() Config {
	return Config{Program: Owfs, Buses: []Bus{{BusServer, "h:1"}}, Mount: Mount{Point: "/m"}}
}

func TestParseArgs(t *testing.T) {
	sec := func(n int) Opt[time.Duration] { return Some(time.Duration(n) * time.Second) }
	tests := []struct {
		args string // besides "-s h:1 /m"
		want func(*Config)
	}{
		{"", func(*Config) {}},
		{"-t 15", func(c *Config) { c.Timeouts.Volatile = sec(15) }},
		{"-t15", func(c *Config) { c.Timeouts.Volatile = sec(15) }},
		{"--timeout_volatile=15", func(c *Config) { c.Timeouts.Volatile = sec(15) }},
		{"--timeout_v 0.5", func(c *Config) { c.Timeouts.Volatile = Some(500 * time.Millisecond) }},
		{"--timeout-stable=0", func(c *Config) { c.Timeouts.Stable = sec(0) }},
		{"--timeout_HA7Net 7", func(c *Config) { c.Timeouts.HA7 = sec(7) }},
		{"--timeout_request=30", func(c *Config) { c.Timeouts.Request = sec(30) }},
		{"--foreg", func(c *Config) { c.Process.Foreground = Some(true) }},
		{"--foreground --background", func(c *Config) { c.Process.Foreground = Some(false) }},
		{"-rF", func(c *Config) { c.Access.ReadOnly, c.Display.Temperature = true, Fahrenheit }},
		{"-r -w", func(*Config) {}},
		{"--Kelvin", func(c *Config) { c.Display.Temperature = Kelvin }},
		{"--kelvin", func(c *Config) { c.Display.Temperature = Kelvin }},
		{"-R -C", func(*Config) {}},
		{"--pa", func(c *Config) { c.Display.Pressure = Pa }},
		{"--torr", func(c *Config) { c.Display.Pressure = MmHg }},
		{"--uncached", func(c *Config) { c.Cache.Uncached = true }},
		{"--uncached --cached", func(*Config) {}},
		{"--unaliased", func(c *Config) { c.Display.Unaliased = true }},
		{"--trim", func(*Config) {}},
		{"--no_trim", func(c *Config) { c.Display.Padded = true }},
		{"-ffic", func(c *Config) { c.Display.Format = FIC }},
		{"--format f.i.c", func(c *Config) { c.Display.Format = FDotIDotC }},
		{"--safe", func(c *Config) { c.Access.SafeMode = true }},
		{"--debug", func(c *Config) {
			c.Log.Debug, c.Log.ErrorLevel, c.Process.Foreground = true, 9, Some(true)
		}},
		{"--error_level 3 --error_print=2", func(c *Config) { c.Log.ErrorLevel, c.Log.ErrorPrint = 3, PrintStderr }},
		{"--detail=10.12,28", func(c *Config) { c.Log.Detail = []string{"10.12", "28"} }},
		{"-P /run/p", func(c *Config) { c.Process.PIDFile = "/run/p" }},
		{"--pid-file=/run/p", func(c *Config) { c.Process.PIDFile = "/run/p" }},
		{"--cache_size 1000", func(c *Config) { c.Cache.Size = 1000 }},
		{"--allow_other", func(c *Config) { c.Mount.AllowOther = true }},
		{"--zero --nozero", func(c *Config) { c.Serve.Zeroconf = Some(false) }},
		{"-p 4305 -p h:1", func(c *Config) { c.Serve.Ports = []string{"4305", "h:1"} }},
		{"--serial_std", func(c *Config) { c.Line.SerialFlextime = Some(false) }},
		{"--8bit --baud=9600", func(c *Config) { c.Line.EightBit, c.Line.Baud = true, 9600 }},
		{"--templow -5.5", func(c *Config) { c.Line.TemperatureLow = Some(-5.5) }},
		{"--wait", func(c *Config) { c.Wait = sec(10) }},
		{"--wait=3", func(c *Config) { c.Wait = sec(3) }},
		{"-V", func(c *Config) { *c = Config{Program: Owfs, Version: true} }},
		{"-h --bogus", func(c *Config) { *c = Config{Program: Owfs, Help: "overall"} }},
		{"-hcache", func(c *Config) { *c = Config{Program: Owfs, Help: "cache"} }},
		{"--help=dev", func(c *Config) { *c = Config{Program: Owfs, Help: "device"} }},
		{"-rhbus", func(c *Config) { *c = Config{Program: Owfs, Help: "device", Access: Access{ReadOnly: true}} }},
		{"-oro,allow_other,nosuid,nodev,uid=0,gid=100,umask=022", func(c *Config) {
			c.Access.ReadOnly, c.Mount.AllowOther = true, true
			c.Mount.Suid, c.Mount.Dev = Some(false), Some(false)
			c.Mount.UID, c.Mount.GID, c.Mount.Umask = Some(uint32(0)), Some(uint32(100)), Some(fs.FileMode(0o022))
		}},
		{"-o defaults,auto,noauto,user,users,nofail,_netdev,x-systemd.automount,x-a=b,comment=c,noatime,,", func(*Config) {}},
		{"-o ro -o rw,fsname=a\\,b,subtype=owfs", func(c *Config) { c.Mount.FSName, c.Mount.Subtype = "a,b", "owfs" }},
		{"-o format=fic,timeout_volatile=3,fahrenheit", func(c *Config) {
			c.Display.Format, c.Display.Temperature, c.Timeouts.Volatile = FIC, Fahrenheit, sec(3)
		}},
		{"-o max_read=4096,default_permissions,noexec", func(c *Config) {
			c.Mount.Rest, c.Mount.DefaultPermissions, c.Mount.Exec = []string{"max_read=4096"}, true, Some(false)
		}},
	}
	for _, test := range tests {
		args := append(strings.Fields(test.args), "-s", "h:1", "/m")
		got, err := Parse("owfs", args, Env{})
		want := base()
		test.want(&want)
		if want.Help != "" || want.Version {
			want.Buses = nil
		}
		check(t, test.args, got, err, want)
	}
}

func check(t *testing.T, name string, got *Config, err error, want Config) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", name, *got, want)
	}
}

func TestParseBuses(t *testing.T) {
	tests := []struct {
		args  string
		buses []Bus
		point string
	}{
		{"-sh:1 /m", []Bus{{BusServer, "h:1"}}, "/m"},
		{"/m -s h:1", []Bus{{BusServer, "h:1"}}, "/m"},
		{"h:1 /m", []Bus{{BusServer, "h:1"}}, "/m"},
		{"h:1 -r 4304 -s x /m", []Bus{{BusServer, "x"}, {BusServer, "h:1"}, {BusServer, "4304"}}, "/m"},
		{"-m /m h:1", []Bus{{BusServer, "h:1"}}, "/m"},
		{"-s h:1 -- -odd", []Bus{{BusServer, "h:1"}}, "-odd"},
		{"none /m -o server=h:1", []Bus{{BusServer, "h:1"}}, "/m"},
		{"ubuntu:4304 /m", []Bus{{BusServer, "ubuntu:4304"}}, "/m"},
		{"-s -u2 /m", []Bus{{BusServer, "-u2"}}, "/m"},
	}
	for _, test := range tests {
		got, err := Parse("owfs", strings.Fields(test.args), Env{})
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if !reflect.DeepEqual(got.Buses, test.buses) || got.Mount.Point != test.point {
			t.Errorf("%s: %v on %q", test.args, got.Buses, got.Mount.Point)
		}
	}
}

func TestParseErrors(t *testing.T) {
	env := files(map[string]string{"bad.conf": "\n\ntimeout_volatile = x\n", "self": "conf = ./self\n"})
	tests := []struct {
		args string
		want string // Error
		code int
	}{
		{"", "no bus is given", ExitNoBus},
		{"/m", "no bus is given", ExitNoBus},
		{"-s h:1", "no mount point is given", ExitUsage},
		{"--bogus", "--bogus: there is no such option", ExitUsage},
		{"-rz", "-z: there is no such option", ExitUsage},
		{"--time=5", "--time: is short for several options", ExitUsage},
		{"-t", "--timeout_volatile: needs a value", ExitUsage},
		{"--server", "--server: needs a value", ExitUsage},
		{"--server=", "--server: the value is empty", ExitUsage},
		{"--readonly=1", "--readonly: takes no value", ExitUsage},
		{"-t x", `--timeout_volatile: "x" is not a number of seconds`, ExitUsage},
		{"-t -1", "--timeout_volatile: -1 seconds is out of range", ExitUsage},
		{"-t 2147483648", "--timeout_volatile: 2147483648 seconds is out of range", ExitUsage},
		{"--error_level=10", "--error_level: 10 is out of range", ExitUsage},
		{"--error_level=2x", `--error_level: "2x" is not a whole number`, ExitUsage},
		{"--cache_size=-1", "--cache_size: -1 is out of range", ExitUsage},
		{"--baud=7", `--baud_rate: "7" is not a speed of a serial port`, ExitUsage},
		{"-f xyz", `--format: "xyz" is not a device format`, ExitUsage},
		{"-hnothing", `--help: there is no help on "nothing"`, ExitUsage},
		{"-s a/b", `--server: "a/b" is not the address of a server`, ExitUsage},
		{"-s h:99999", "--server: 99999 is out of range", ExitUsage},
		{"-s unix:", `--server: "unix:" is not the address of a server`, ExitUsage},
		{"-s h:1:2", `--server: "h:1:2" is not the address of a server`, ExitUsage},
		{"/tmp/tty /m", "/tmp/tty: is no serial adapter: those are below /dev", ExitUsage},
		{"--link=/dev/x", "--link: this version has no LINK bus master yet", ExitUsage},
		{"-o bogus", "-o bogus: there is no such mount option", ExitUsage},
		{"-o ro,uid=pi", `-o uid: "pi" is not a user or group number`, ExitUsage},
		{"-o umask=999", `-o umask: "999" is not a file mode mask`, ExitUsage},
		{"-o ro=1", "-o ro: there is no such mount option", ExitUsage},
		{"-o server", "-o server: needs a value", ExitUsage},
		{"-o foreground", "-o foreground: there is no such mount option", ExitUsage},
		{"--fuse_opt=-x", `--fuse_opt: "-x" is not a FUSE option`, ExitUsage},
		{"--fuse_opt=-o", "--fuse_opt: -o needs a value", ExitUsage},
		{"-c gone", "--configuration: cannot read config file gone: file does not exist", ExitUsage},
		{"-c bad.conf", `bad.conf:3: timeout_volatile: "x" is not a number of seconds`, ExitUsage},
		{"-c self", "self:1: configuration: config file ./self reads itself", ExitUsage},
		{"-a gone -s h:1 /m", "cannot read alias file gone: file does not exist", ExitUsage},
	}
	for _, test := range tests {
		_, err := Parse("owfs", strings.Fields(test.args), env)
		var usage *UsageError
		if !errors.As(err, &usage) {
			t.Errorf("%s: error %v", test.args, err)
			continue
		}
		if usage.Error() != test.want || usage.ExitCode() != test.code || usage.Hint == "" {
			t.Errorf("%s:\n got %d %q hint %q\nwant %d %q", test.args, usage.ExitCode(), usage, usage.Hint, test.code, test.want)
		}
	}
}

func TestTwoMountPoints(t *testing.T) {
	_, err := Parse("owfs", strings.Fields("-s h:1 -m /a /b"), Env{})
	var usage *UsageError
	if !errors.As(err, &usage) || !strings.HasPrefix(usage.Hint, "the mount point is /a, so this counts as a serial adapter") {
		t.Errorf("%v, %+v", err, usage)
	}
}

func TestFuseOpt(t *testing.T) {
	for _, value := range []string{`"-o ro,allow_other"`, "-o ro,allow_other", "-oro -o  allow_other", "-s ro,allow_other"} {
		got, err := Parse("owfs", []string{"h:1", "--fuse_opt", value, "/m"}, Env{})
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if !got.Access.ReadOnly || !got.Mount.AllowOther || len(got.Mount.FuseOpts) == 0 {
			t.Errorf("%s: %+v", value, got.Mount)
		}
	}
}

func TestMountHelper(t *testing.T) {
	got, err := Parse("/sbin/mount.owfs", strings.Fields("h:1 /m -sfnv -t fuse.owfs -N ns -o rw,bogus -r"), Env{})
	want := base()
	want.Access.ReadOnly, want.Mount.Fake, want.Mount.Verbose = true, true, true
	check(t, "mount.owfs", got, err, want)

	_, err = Parse("mount.owfs", strings.Fields("h:1 /m -o bogus"), Env{})
	if err == nil || err.Error() != "-o bogus: there is no such mount option" {
		t.Errorf("without -s: %v", err)
	}
}

func TestOtherProgramsHaveNoMountPoint(t *testing.T) {
	got, err := Parse("/usr/bin/owserver", strings.Fields("-p 4304 h:1 h:2"), Env{})
	check(t, "owserver", got, err, Config{Program: Owserver, Buses: []Bus{{BusServer, "h:1"}, {BusServer, "h:2"}},
		Serve: Serve{Ports: []string{"4304"}}})
}

func TestAddress(t *testing.T) {
	for arg, want := range map[string]string{
		"4305": "localhost:4305", ":4305": "localhost:4305", "h": "h:4304", "h:1": "h:1", "h:": "h:4304",
		"::1": "[::1]:4304", "[::1]": "[::1]:4304", "[::1]:5": "[::1]:5", "10.0.0.1": "10.0.0.1:4304", "h:owserver": "h:owserver",
		"::1:4304": "[::1:4304]:4304", "unix:/run/ow": "unix:/run/ow", "/run/ow": "unix:/run/ow", "unix:ow": "unix:ow",
	} {
		if got := (Bus{BusServer, arg}).Address(); got != want {
			t.Errorf("%s: %s, want %s", arg, got, want)
		}
	}
}

func TestLogLevel(t *testing.T) {
	for level, want := range []slog.Level{slog.LevelWarn, slog.LevelInfo, slog.LevelDebug, slog.LevelDebug, slog.LevelDebug, -8, -8} {
		if got := LogLevel(level); got != want {
			t.Errorf("%d: %v, want %v", level, got, want)
		}
	}
}

func TestDefaultTimeouts(t *testing.T) {
	var unset Opt[time.Duration]
	if got := unset.Or(DefaultTimeouts().Volatile.Value); got != 15*time.Second {
		t.Errorf("volatile %v", got)
	}
	if got := Some(time.Second).Or(time.Minute); got != time.Second {
		t.Errorf("set value %v", got)
	}
}
