// SPDX-License-Identifier: Apache-2.0

package device

import (
	"slices"
	"time"
)

// A Value is what a property holds, before it is written as text and after it
// was read as such. Which of its forms a property has follows from its format:
//
//	Integer, Unsigned                     Int
//	Float, Temperature, gap, Pressure     Num, in °C, K, mbar
//	YesNo                                 Flag
//	Bitfield                              Bits of all elements, or Flag of one
//	Date                                  Moment
//	ASCII, VASCII, Alias, Binary          Bytes
//	several elements at once              List
type Value struct {
	num  float64
	int  int64
	time time.Time
	data []byte
	list []Value
}

// Int is a whole number.
func Int(i int64) Value { return Value{int: i} }

// Num is a number with a fraction, in the table's own unit: °C, K for
// temperature gaps, mbar for pressures.
func Num(f float64) Value { return Value{num: f} }

// Flag is a yes or no.
func Flag(on bool) Value {
	if on {
		return Value{int: 1}
	}
	return Value{}
}

// Bits is a whole bit field; element 0 is bit 0.
func Bits(b uint64) Value { return Value{int: int64(b)} }

// Moment is a point in time.
func Moment(t time.Time) Value { return Value{time: t} }

// Bytes is a text or binary value. The bytes are not copied.
func Bytes(p []byte) Value { return Value{data: p} }

// Text is a text value.
func Text(s string) Value { return Value{data: []byte(s)} }

// List is the values of all elements of an array.
func List(v ...Value) Value { return Value{list: v} }

// Int returns a whole number.
func (v Value) Int() int64 { return v.int }

// Num returns a number with a fraction.
func (v Value) Num() float64 { return v.num }

// Flag returns a yes or no; only the lowest bit counts.
func (v Value) Flag() bool { return v.int&1 == 1 }

// Bits returns a whole bit field.
func (v Value) Bits() uint64 { return uint64(v.int) }

// Moment returns a point in time.
func (v Value) Moment() time.Time { return v.time }

// Bytes returns a text or binary value.
func (v Value) Bytes() []byte { return v.data }

// List returns the values of the elements, nil for a single value.
func (v Value) List() []Value { return v.list }

// Equal tells whether two values are the same.
func (v Value) Equal(o Value) bool {
	return v.num == o.num && v.int == o.int && v.time.Equal(o.time) &&
		slices.Equal(v.data, o.data) && slices.EqualFunc(v.list, o.list, Value.Equal)
}
