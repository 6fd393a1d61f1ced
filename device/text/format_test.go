// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"errors"
	"math"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/device/text"
)

func TestFormat(t *testing.T) {
	padded := text.Form{Padded: true}
	two := device.List(device.Text("123456789012"), device.Text("abcdefghijkl"))
	for _, c := range []struct {
		p    *device.Property
		e    device.Element
		v    device.Value
		f    text.Form
		want string
		err  error
	}{
		{p: property(device.Integer, 1), v: device.Int(-5), f: padded, want: "          -5"},
		{p: property(device.Integer, 1), v: device.Int(-99999999999), want: "-99999999999"},
		{p: property(device.Integer, 1), v: device.Int(-100000000000), err: syscall.EMSGSIZE},
		{p: property(device.Unsigned, 1), v: device.Int(math.MaxUint32), f: padded, want: "  4294967295"},
		{p: property(device.Unsigned, 1), v: device.Int(-1), err: syscall.EIO},
		{p: property(device.Float, 1), v: device.Num(-1.2345678e-5), want: "-1.23457E-05"},
		{p: property(device.Float, 1), v: device.Num(-1.2345678e-100), err: syscall.EMSGSIZE},
		{p: property(device.Float, 1), v: device.Num(math.NaN()), f: padded, want: "         NAN"},
		{p: property(device.Float, 1), v: device.Num(math.Copysign(math.NaN(), -1)), want: "-NAN"},
		{p: property(device.YesNo, 1), v: device.Flag(true), f: padded, want: "1"},
		{p: property(device.Bitfield, 8), e: bits, v: device.Bits(3), f: padded, want: "           3"},
		{p: property(device.Bitfield, 4), e: all, v: device.Bits(0b0110), f: padded, want: "0,1,1,0"},
		{p: property(device.Bitfield, 2), e: all, v: device.List(device.Flag(true), device.Flag(false)), want: "1,0"},
		{p: property(device.YesNo, 2), e: all, v: device.List(device.Flag(true)), err: syscall.EIO},
		{p: property(device.Integer, 2), e: all, v: device.List(device.Int(1), device.Int(1e12)), err: syscall.EMSGSIZE},
		{p: property(device.VASCII, 1), v: device.Text("a\n"), f: padded, want: "a\n"},
		{p: property(device.ASCII, 1), v: device.Text("thirteen char"), err: syscall.EMSGSIZE},
		{p: property(device.ASCII, 2), e: all, v: two, f: padded, want: "123456789012,abcdefghijkl"},
		{p: property(device.Binary, 2), e: all, v: two, want: "123456789012abcdefghijkl"},
		{p: property(device.Binary, 1), e: all, v: device.List(device.Text("short")), err: syscall.EIO},
		{p: property(device.Date, 1), v: device.Moment(time.Date(10000, 1, 1, 0, 0, 0, 0, time.Local)), err: syscall.EMSGSIZE},
		{p: property(device.Subdir, 1), err: syscall.EIO},
	} {
		got, err := text.Format(c.p, c.e, c.v, c.f)
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %+v: got %q, %v, want %q, %v", c.p.Format, c.v, got, err, c.want, c.err)
		}
	}
}

func TestDescribe(t *testing.T) {
	for want, got := range map[string]string{
		"a number":                  text.Describe(property(device.Float, 1), one),
		"a number, the pressure":    text.Describe(property(device.Pressure, 1), one),
		"yes or no (1, 0, on, off)": text.Describe(property(device.Bitfield, 8), one),
		"8 values separated by commas, each yes or no (1, 0, on, off)": text.Describe(property(device.Bitfield, 8), all),
		"at most 12 characters":           text.Describe(property(device.ASCII, 1), one),
		"a name of at most 12 characters": text.Describe(property(device.Alias, 1), one),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestRoundTrip: what a thermometer can measure is read back from the six digits of each scale.
func TestRoundTrip(t *testing.T) {
	for _, format := range []device.Format{device.Float, device.Temperature, device.TemperatureGap, device.Pressure} {
		p := property(format, 1)
		for n := range 180 * 16 {
			want := float64(n)/16 - 55
			for scale := range uint8(6) {
				f := text.Form{Temperature: text.TemperatureScale(scale), Pressure: text.PressureScale(scale)}
				if got := reread(t, p, want, f); math.Abs(got-want) > 0.0006 {
					t.Fatalf("%s, scale %d: got %v, want %v", format, scale, got, want)
				}
			}
		}
	}
}

func reread(t *testing.T, p *device.Property, n float64, f text.Form) float64 {
	t.Helper()
	written, err := text.Format(p, one, device.Num(n), f)
	if err != nil {
		t.Fatal(err)
	}
	v, err := text.Parse(p, one, written, f)
	if err != nil {
		t.Fatal(err)
	}
	return v.Num()
}
