// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/device/text"
)

// property makes a row with the length that is usual for its format.
func property(f device.Format, elements int) *device.Property {
	p := &device.Property{Name: "it", Format: f, Elements: elements, Length: 12}
	if elements > 1 {
		p.Index = device.Numbered
	}
	return p
}

var (
	one  = device.Element{}
	all  = device.Element{Index: device.All}
	bits = device.Element{Index: device.Byte}
)

// parseCase is a text, and its value or error.
type parseCase struct {
	data string
	want device.Value
	err  error
}

func parseTable(t *testing.T, p *device.Property, e device.Element, f text.Form, table []parseCase) {
	t.Helper()
	for _, c := range table {
		v, err := text.Parse(p, e, []byte(c.data), f)
		if !errors.Is(err, c.err) || err == nil && !v.Equal(c.want) {
			t.Errorf("%.80q: got %+v, %v, want %+v, %v", c.data, v, err, c.want, c.err)
		}
	}
}

func TestParseInteger(t *testing.T) {
	parseTable(t, property(device.Integer, 1), one, text.Form{}, []parseCase{
		{data: "-2147483648", want: device.Int(math.MinInt32)},
		{data: "2147483647\n", want: device.Int(math.MaxInt32)},
		{data: " \t\n\v\f\r+007.9e9", want: device.Int(7)},
		{data: "0x10", want: device.Int(0)},
		{data: "-0", want: device.Int(0)},
		{data: "2147483648", err: syscall.ERANGE},
		{data: "-2147483649", err: syscall.ERANGE},
		{data: strings.Repeat("9", 1000), err: syscall.ERANGE},
		{data: strings.Repeat("0", 64<<10), want: device.Int(0)},
		{data: strings.Repeat("0", 64<<10+1), err: syscall.EMSGSIZE},
		{data: "", err: syscall.EINVAL},
		{data: " ", err: syscall.EINVAL},
		{data: "-", err: syscall.EINVAL},
		{data: "- 1", err: syscall.EINVAL},
		{data: "+-1", err: syscall.EINVAL},
		{data: "\x001", err: syscall.EINVAL},
	})
	parseTable(t, property(device.Unsigned, 1), one, text.Form{}, []parseCase{
		{data: "4294967295", want: device.Int(math.MaxUint32)},
		{data: "4294967296", err: syscall.ERANGE},
		{data: "-1", err: syscall.ERANGE},
	})
}

func TestParseFloat(t *testing.T) {
	parseTable(t, property(device.Float, 1), one, text.Form{}, []parseCase{
		{data: "1e5x", want: device.Num(1e5)},
		{data: "1e", want: device.Num(1)},
		{data: "1e+", want: device.Num(1)},
		{data: "1E-2", want: device.Num(0.01)},
		{data: "+.5", want: device.Num(0.5)},
		{data: "-5.", want: device.Num(-5)},
		{data: "1_0", want: device.Num(1)},
		{data: "0x", want: device.Num(0)},
		{data: "0x.", want: device.Num(0)},
		{data: "0x.8", want: device.Num(0.5)},
		{data: "0X1.8", want: device.Num(1.5)},
		{data: "-0x1p", want: device.Num(-1)},
		{data: "0xAp+2", want: device.Num(40)},
		{data: "0x1e2", want: device.Num(0x1e2)},
		{data: "1e-400", want: device.Num(0)},
		{data: "1.7976931348623157e308", want: device.Num(math.MaxFloat64)},
		{data: "1e309", err: syscall.ERANGE},
		{data: "-1e309", err: syscall.ERANGE},
		{data: "0x1p1024", err: syscall.ERANGE},
		{data: "1e99999999999999999999", err: syscall.ERANGE},
		{data: ".", err: syscall.EINVAL},
		{data: "-.e5", err: syscall.EINVAL},
		{data: "Infinity", err: syscall.EINVAL},
		{data: "-nan(1)", err: syscall.EINVAL},
		{data: "", err: syscall.EINVAL},
	})
}

func TestParseScales(t *testing.T) {
	fahrenheit, kelvin := text.Form{Temperature: text.Fahrenheit}, text.Form{Temperature: text.Kelvin}
	rankine, atm := text.Form{Temperature: text.Rankine}, text.Form{Pressure: text.Atmosphere}
	for _, c := range []struct {
		format device.Format
		form   text.Form
		data   string
		want   float64
	}{
		{device.Temperature, fahrenheit, "77", 25},
		{device.Temperature, kelvin, "273.15", 0},
		{device.Temperature, rankine, "491.67", 0},
		{device.TemperatureGap, fahrenheit, "9", 5},
		{device.TemperatureGap, rankine, "9", 5},
		{device.TemperatureGap, kelvin, "9", 9},
		{device.Pressure, text.Form{Pressure: text.Pascal}, "400", 4},
		{device.Pressure, text.Form{Pressure: 7}, "400", 400},
		{device.Pressure, fahrenheit, "400", 400},
		{device.Float, fahrenheit, "77", 77},
	} {
		parseTable(t, property(c.format, 1), one, c.form, []parseCase{{data: c.data, want: device.Num(c.want)}})
	}
	parseTable(t, property(device.Pressure, 1), one, atm, []parseCase{{data: "1e307", err: syscall.ERANGE}})
}

func TestParseYesNo(t *testing.T) {
	for _, f := range []device.Format{device.YesNo, device.Bitfield} {
		parseTable(t, property(f, 8), device.Element{Index: 3}, text.Form{}, []parseCase{
			{data: strings.Repeat("9", 99), err: syscall.EINVAL},
			{data: "-0\n", want: device.Flag(false)},
			{data: "0.5", want: device.Flag(false)},
			{data: "+10", want: device.Flag(true)},
			{data: "\n yes", want: device.Flag(true)},
			{data: "9223372036854775807", want: device.Flag(true)},
			{data: "9223372036854775808", err: syscall.EINVAL},
			{data: "ONE", want: device.Flag(true)},
			{data: "Nothing", want: device.Flag(false)},
			{data: "oFf", want: device.Flag(false)},
			{data: "", err: syscall.EFAULT},
			{data: " \t", err: syscall.EFAULT},
			{data: " \n", err: syscall.EINVAL},
			{data: "-", err: syscall.EINVAL},
			{data: "of", err: syscall.EINVAL},
		})
	}
}

func TestParseBits(t *testing.T) {
	parseTable(t, property(device.Bitfield, 8), bits, text.Form{}, []parseCase{
		{data: "255\n", want: device.Bits(255)},
		{data: "256", err: syscall.ERANGE},
		{data: "-1", err: syscall.ERANGE},
		{data: "on", err: syscall.EINVAL},
	})
	parseTable(t, property(device.Bitfield, 64), bits, text.Form{}, []parseCase{
		{data: "9223372036854775807", want: device.Bits(math.MaxInt64)},
		{data: "9223372036854775808", err: syscall.ERANGE},
	})
	parseTable(t, property(device.Bitfield, 3), all, text.Form{}, []parseCase{
		{data: "1,off, yes\n", want: device.Bits(0b101)},
		{data: "0,0,1,1", want: device.Bits(0b100)},
		{data: "0, ,1", err: syscall.EINVAL},
		{data: "0,1,\n", err: syscall.EINVAL},
		{data: "", err: syscall.EINVAL},
	})
}

func TestParseArrays(t *testing.T) {
	parseTable(t, property(device.Unsigned, 2), all, text.Form{}, []parseCase{
		{data: "1x,2,z", want: device.List(device.Int(1), device.Int(2))},
		{data: "1,4294967296", err: syscall.ERANGE},
		{data: "1\n", err: syscall.EINVAL},
		{data: "1," + strings.Repeat(" ", 64<<10), err: syscall.EMSGSIZE},
	})
	parseTable(t, property(device.ASCII, 2), all, text.Form{}, []parseCase{
		{data: "a b,\n", want: device.List(device.Text("a b"), device.Text(""))},
		{data: ",twelve chars\n", want: device.List(device.Text(""), device.Text("twelve chars"))},
		{data: "a,b,c", want: device.List(device.Text("a"), device.Text("b"))},
		{data: "a,thirteen char", err: syscall.EMSGSIZE},
		{data: "a", err: syscall.EINVAL},
	})
	parseTable(t, property(device.Binary, 2), all, text.Form{}, []parseCase{
		{data: "123456789,12123456789\n12", want: device.List(device.Text("123456789,12"), device.Text("123456789\n12"))},
		{data: "123456789012123456789012\n", err: syscall.EINVAL},
		{data: "", err: syscall.EINVAL},
	})
}

func TestParseRaw(t *testing.T) {
	for _, f := range []device.Format{device.ASCII, device.VASCII, device.Alias, device.Binary} {
		parseTable(t, property(f, 1), one, text.Form{}, []parseCase{
			{data: " a\x00\n", want: device.Text(" a\x00\n")},
			{data: "", want: device.Text("")},
			{data: "1234567890123", err: syscall.EMSGSIZE},
		})
	}
	parseTable(t, property(device.Subdir, 1), one, text.Form{}, []parseCase{{data: "1", err: syscall.EINVAL}})
}

// The data belongs to the caller, who may write over it.
func TestParseKeepsNothing(t *testing.T) {
	data := []byte("abc")
	v, err := text.Parse(property(device.Binary, 1), one, data, text.Form{})
	copy(data, "xyz")
	if err != nil || string(v.Bytes()) != "abc" {
		t.Errorf("got %q, %v", v.Bytes(), err)
	}
}

func TestErrorTexts(t *testing.T) {
	for _, c := range []struct {
		p    *device.Property
		e    device.Element
		data string
		want string
	}{
		{property(device.Integer, 1), one, "abc", `"abc" is not a whole number from -2147483648 to 2147483647`},
		{property(device.Unsigned, 1), one, "-1", `"-1" is not a whole number from 0 to 4294967295`},
		{property(device.Temperature, 1), one, "warm", `"warm" is not a number, the temperature`},
		{property(device.YesNo, 2), all, "1,", `it.1: "" is not yes or no (1, 0, on, off)`},
		{property(device.Bitfield, 8), bits, "256", `"256" is not a whole number from 0 to 255`},
		{property(device.Float, 4), all, "1,2", `"1,2" are 2 values and not 4 values separated by commas, each a number`},
		{property(device.Binary, 4), all, "1", `1 bytes are not exactly 48 bytes (4 times 12)`},
		{property(device.Binary, 1), one, "1234567890123", `13 bytes are too many for at most 12 bytes`},
		{property(device.Float, 1), one, "1e999", `"1e999" is more than a number can be`},
		{property(device.Date, 1), one, "soon", `"soon" is not a date such as Fri Mar 23 04:00:00 2007, or an empty line for now`},
	} {
		if _, err := text.Parse(c.p, c.e, []byte(c.data), text.Form{}); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
