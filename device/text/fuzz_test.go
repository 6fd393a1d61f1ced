// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/device/text"
)

// seed gives the written texts of the golden table, and the rows they are for.
func seed(f *testing.F) {
	table := device.New()
	for i, row := range golden(f, "writes.tsv.gz") {
		file, _ := find(f, table, row[0])
		p := file.Prop
		f.Add(unhex(f, row[1]), uint8(p.Format), int8(p.Elements), int8(file.Element.Index), uint8(p.Length), uint8(i))
	}
	f.Add([]byte("Fri Mar 23 04:00:00 2007\n"), uint8(device.Date), int8(1), int8(0), uint8(24), uint8(0))
	f.Add([]byte("03/23/07 04:00:00,Mar 23 2007 04:00:00"), uint8(device.Date), int8(2), int8(-1), uint8(24), uint8(0))
}

// scales makes a form of any byte.
func scales(b uint8) text.Form {
	return text.Form{
		Temperature: text.TemperatureScale(b & 3),
		Pressure:    text.PressureScale(b >> 2 & 7),
		Padded:      b>>5&1 == 1,
		Location:    time.UTC,
	}
}

// FuzzParse: whatever is read has a value that is written such that it is read as the same.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte, format uint8, elements, index int8, length, form uint8) {
		p := &device.Property{Name: "it", Format: device.Format(format % 17), Elements: int(elements), Length: int(length)}
		e, spelling := device.Element{Index: int(index)}, scales(form)
		v, err := text.Parse(p, e, data, spelling)
		if err != nil {
			return
		}
		first, err := text.Format(p, e, v, spelling)
		if elements < 0 || errors.Is(err, syscall.EMSGSIZE) || ambiguous(p, v) {
			return
		}
		if err != nil {
			t.Fatalf("%q could be read, but not written: %v", data, err)
		}
		again, err := text.Parse(p, e, first, spelling)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", data, first, err)
		}
		second, err := text.Format(p, e, again, spelling)
		if err != nil || !same(p, string(first), string(second), v, again) {
			t.Errorf("%q became %q, and then %q, %v", data, first, second, err)
		}
	})
}

// ambiguous tells whether the last text of an array ends as the whole may do.
func ambiguous(p *device.Property, v device.Value) bool {
	list := v.List()
	return p.Format != device.Binary && len(list) > 0 && bytes.HasSuffix(list[len(list)-1].Bytes(), []byte("\n"))
}

// same compares two texts. Where a scale has its zero elsewhere, numbers near it may differ in what is no digit of the
// text they are from.
func same(p *device.Property, first, second string, v, again device.Value) bool {
	return first == second || p.Format == device.Temperature && near(v, again)
}

func near(v, again device.Value) bool {
	return math.Abs(v.Num()-again.Num()) < 1e-9 && slices.EqualFunc(v.List(), again.List(), near)
}

// FuzzFormat: any value is written or refused, in as many bytes as the property is said to have, and read as what it was.
func FuzzFormat(f *testing.F) {
	f.Add(int64(5), 30.4, []byte("kitchen"), uint8(device.Float), int8(1), int8(0), uint8(0))
	f.Add(int64(1174622400), -0.0625, []byte("a,b"), uint8(device.Date), int8(1), int8(0), uint8(0x21))
	f.Add(int64(-1), 1e300, []byte{}, uint8(device.Bitfield), int8(8), int8(device.Byte), uint8(1))
	f.Fuzz(func(t *testing.T, n int64, x float64, data []byte, format uint8, elements, index int8, form uint8) {
		p := &device.Property{Name: "it", Format: device.Format(format % 17), Elements: int(elements), Length: 24}
		e, spelling := device.Element{Index: int(index)}, scales(form)
		v := valueOf(p.Format, n, x, data)
		if e.Index == device.All {
			v = device.List(slices.Repeat([]device.Value{v}, max(int(elements), 0))...)
		}
		written, err := text.Format(p, e, v, spelling)
		if err != nil {
			return
		}
		if size := p.Size(e); elements > 0 && int64(len(written)) > max(size, 24) {
			t.Errorf("%q is longer than %d", written, size)
		}
		if again, err := text.Parse(p, e, written, spelling); e.Index >= 0 && representable(p.Format, v) {
			if err != nil || !again.Equal(v) {
				t.Errorf("%+v was written as %q and read as %+v, %v", v, written, again, err)
			}
		}
	})
}

func valueOf(f device.Format, n int64, x float64, data []byte) device.Value {
	switch f {
	case device.Integer, device.Unsigned:
		return device.Int(n)
	case device.YesNo, device.Bitfield:
		return device.Bits(uint64(n))
	case device.Date:
		return device.Moment(time.Unix(n, 0))
	case device.Float, device.Temperature, device.TemperatureGap, device.Pressure:
		return device.Num(x)
	}
	return device.Bytes(data)
}

// representable tells whether the text of a value says all there is of it.
func representable(f device.Format, v device.Value) bool {
	switch f {
	case device.Integer:
		return v.Int() == int64(int32(v.Int()))
	case device.Unsigned:
		return v.Int() == int64(uint32(v.Int()))
	case device.Float:
		return v.Num() == math.Trunc(v.Num()) && math.Abs(v.Num()) < 1e6
	case device.YesNo, device.Bitfield:
		return v.Bits() <= 1
	case device.Date:
		return v.Moment().Unix() == int64(uint32(v.Moment().Unix()))
	case device.Temperature, device.TemperatureGap, device.Pressure:
		return false // in other scales; see FuzzParse
	}
	return true
}
