// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"testing"

	"owfs/owproto"
)

func TestFlagsScales(t *testing.T) {
	f := owproto.Flags(0xFFFFFFFF)
	if f.Temperature() != owproto.Rankine || f.Pressure() != owproto.Millibar || f.Format() != owproto.FormatFDotI {
		t.Errorf("undefined values: %v %v %v", f.Temperature(), f.Pressure(), f.Format())
	}
	f = f.WithTemperature(owproto.Fahrenheit).WithPressure(owproto.PSI).WithFormat(owproto.FormatFIC)
	if f != 0x05F1FFFF {
		t.Errorf("%08x", uint32(f))
	}
	if f.Temperature() != owproto.Fahrenheit || f.Pressure() != owproto.PSI || f.Format() != owproto.FormatFIC {
		t.Errorf("%v %v %v", f.Temperature(), f.Pressure(), f.Format())
	}
	f = f.WithTemperature(owproto.Celsius).WithPressure(owproto.Pascal).WithFormat(owproto.FormatFI)
	if f != 0x01F4FFFF {
		t.Errorf("%08x", uint32(f))
	}
	for undefined := range owproto.Flags(8) {
		if p := (undefined << 18).Pressure(); (undefined > 5) != (p == owproto.Millibar && undefined != 0) {
			t.Errorf("pressure %d: %v", undefined, p)
		}
	}
}

func TestNames(t *testing.T) {
	for i, name := range []string{"C", "F", "K", "R"} {
		s, err := owproto.ParseTemperatureScale(name)
		if err != nil || int(s) != i || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	for i, name := range []string{"mbar", "atm", "mmHg", "inHg", "psi", "Pa"} {
		s, err := owproto.ParsePressureScale(name)
		if err != nil || int(s) != i || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	for i, name := range []string{"f.i", "fi", "f.i.c", "f.ic", "fi.c", "fic"} {
		s, err := owproto.ParseDeviceFormat(name)
		if err != nil || int(s) != i || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if _, err := owproto.ParseDeviceFormat("i.f"); err == nil {
		t.Error("no error for a format that is none")
	}
	if s := owproto.MsgGetSlash.String() + " " + owproto.MessageType(-1).String(); s != "getslash message type -1" {
		t.Error(s)
	}
}

func TestErrno(t *testing.T) {
	for e, want := range map[owproto.Errno]string{
		owproto.ErrUnknownPath: "owserver error -1: no such path",
		owproto.ErrIsDir:       "owserver error -21: is a directory",
		200:                    "owserver error -200: unknown error",
	} {
		if e.Error() != want || e.Ret() != -int32(e) {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}

func TestVersionWord(t *testing.T) {
	w := owproto.NewVersionWord(3, true, 2)
	if w != 0x00070002 || w.Version() != 3 || !w.FromServer() || w.Tokens() != 2 {
		t.Errorf("%08x", uint32(w))
	}
	if w := owproto.VersionWord(5); w.Tokens() != 0 {
		t.Error("tokens from a client")
	}
}

func TestSplitAddr(t *testing.T) {
	for addr, want := range map[string]string{
		"":                   "tcp localhost:4304",
		"host":               "tcp host:4304",
		"host:":              "tcp host:4304",
		"host:1":             "tcp host:1",
		":1":                 "tcp localhost:1",
		"1":                  "tcp localhost:1",
		"192.0.2.1":          "tcp 192.0.2.1:4304",
		"192.0.2.1:1":        "tcp 192.0.2.1:1",
		"::1":                "tcp [::1]:4304",
		"[::1]":              "tcp [::1]:4304",
		"[::1]:1":            "tcp [::1]:1",
		"fe80::1%eth0":       "tcp [fe80::1%eth0]:4304",
		"unix:/run/owserver": "unix /run/owserver",
		"/run/owserver":      "unix /run/owserver",
	} {
		network, address := owproto.SplitAddr(addr)
		if got := network + " " + address; got != want {
			t.Errorf("%q: got %q, want %q", addr, got, want)
		}
	}
}
