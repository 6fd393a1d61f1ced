// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"math"
	"strconv"
	"syscall"

	"owfs/device"
)

// columns is the width of padded numbers, and the most that a number may take.
const columns = 12

// Format writes a value as text. For device.All it is a List with each element, or the Bits of a Bitfield; for device.Byte
// the Bits; for all else a single value. What is longer than the property allows is an error that wraps EMSGSIZE; a value
// that can't be of this property wraps EIO.
func Format(p *device.Property, e device.Element, v device.Value, f Form) ([]byte, error) {
	switch e.Index {
	case device.Byte:
		return f.column(nil, strconv.AppendUint(nil, v.Bits(), 10))
	case device.All:
		return f.list(p, v)
	}
	return f.single(nil, p, v)
}

// list appends all elements, with commas between those that are not binary.
func (f Form) list(p *device.Property, v device.Value) ([]byte, error) {
	elements := v.List()
	if elements == nil && p.Format == device.Bitfield {
		elements = flags(v.Bits(), p.Elements)
	}
	if len(elements) != p.Elements {
		return nil, faultf(syscall.EIO, "%s has %d elements, and not %d", p.Name, p.Elements, len(elements))
	}
	var out []byte
	for i, v := range elements {
		if i > 0 && p.Format != device.Binary {
			out = append(out, ',')
		}
		var err error
		if out, err = f.element(out, p, v); err != nil {
			return nil, inElement(p, i, err)
		}
	}
	return out, nil
}

// element appends one of several elements. The binary ones are found by their size, so it must be right.
func (f Form) element(out []byte, p *device.Property, v device.Value) ([]byte, error) {
	if n := len(v.Bytes()); p.Format == device.Binary && n != p.Length {
		return nil, faultf(syscall.EIO, "%d bytes, where each element has %d", n, p.Length)
	}
	return f.single(out, p, v)
}

// flags parts a bit field.
func flags(bits uint64, elements int) []device.Value {
	var list []device.Value
	for i := range elements {
		list = append(list, device.Flag(bits>>i&1 == 1))
	}
	return list
}

// single appends one value.
func (f Form) single(out []byte, p *device.Property, v device.Value) ([]byte, error) {
	switch p.Format {
	case device.Integer:
		return f.column(out, strconv.AppendInt(nil, v.Int(), 10))
	case device.Unsigned:
		return f.unsigned(out, v.Int())
	case device.Float, device.Temperature, device.TemperatureGap, device.Pressure:
		return f.column(out, general(f.toScale(p.Format, v.Num())))
	case device.YesNo, device.Bitfield:
		return append(out, "01"[v.Int()&1]), nil
	case device.Date:
		return f.date(out, v.Moment())
	case device.ASCII, device.VASCII, device.Alias, device.Binary:
		return characters(out, p, v.Bytes())
	}
	return nil, faultf(syscall.EIO, "%s is a %s and has no value", p.Name, p.Format)
}

func (f Form) unsigned(out []byte, n int64) ([]byte, error) {
	if n < 0 {
		return nil, faultf(syscall.EIO, "%d can't be a number without sign", n)
	}
	return f.column(out, strconv.AppendInt(nil, n, 10))
}

// general writes a number as C does for %G.
func general(n float64) []byte {
	switch {
	case math.IsNaN(n) && math.Signbit(n):
		return []byte("-NAN")
	case math.IsNaN(n):
		return []byte("NAN")
	case math.IsInf(n, 1):
		return []byte("INF")
	case math.IsInf(n, -1):
		return []byte("-INF")
	}
	return strconv.AppendFloat(nil, n, 'G', 6, 64)
}

// column appends a number, to the right of its column if it is padded.
func (f Form) column(out, number []byte) ([]byte, error) {
	if len(number) > columns {
		return nil, faultf(syscall.EMSGSIZE, "%s is longer than the %d columns of a number", number, columns)
	}
	if f.Padded {
		out = append(out, bytes.Repeat([]byte(" "), columns-len(number))...)
	}
	return append(out, number...), nil
}

func characters(out []byte, p *device.Property, data []byte) ([]byte, error) {
	if len(data) > p.Length {
		return nil, faultf(syscall.EMSGSIZE, "%d bytes are more than the %d that %s can have", len(data), p.Length, p.Name)
	}
	return append(out, data...), nil
}
