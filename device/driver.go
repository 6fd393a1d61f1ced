// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"owfs/hw"
)

// A Driver says how the value of one property is had from the chip, and given
// to it. A nil function means that nobody has written it yet.
//
// What it is called with depends on how the property's elements combine:
//
//	scalar, separate    each element on its own
//	aggregate           All, with a List of every element; for a Bitfield Byte, with Bits
//	mixed               either All or an element
//	sparse              the element that was named
//
// An error for which hw.IsLine is true makes the caller try again, up to three
// times in all, so a Write must come to the same when it is done twice; if it
// does not, it returns its errors by way of Once.
type Driver struct {
	Read  func(ctx context.Context, c Chip, e Element) (Value, error)
	Write func(ctx context.Context, c Chip, e Element, v Value) error
	// AtOnce says that Read and Write reach the chip by nothing but Do. Then one
	// transaction holds both where an element is changed, which nothing can come
	// between, and in which the chip may be selected in a shorter way.
	AtOnce bool
	// WriteAt, if set, writes a part of a binary value in the place of Write,
	// from a byte on that is not the first. What it is given fits.
	WriteAt func(ctx context.Context, c Chip, e Element, at int, p []byte) error
}

// Drivers are the drivers of a family by the name of the property.
type Drivers map[string]Driver

// without returns the drivers but for those that the chip has no property for.
func (d Drivers) without(names ...string) Drivers {
	for _, name := range names {
		delete(d, name)
	}
	return d
}

// A Chip is one device on a line, as a driver sees it.
type Chip interface {
	// ROM returns its code.
	ROM() hw.ROM
	// Do runs one transaction that nobody else's can come between. Tx.Command
	// and Tx.Exchange with the chip's ROM reach it through any hubs.
	Do(ctx context.Context, f func(tx *hw.Tx) error) error
	// Read and Write go to another property of the same device, by way of the
	// cache, as a link does.
	Read(ctx context.Context, property string, e Element) (Value, error)
	Write(ctx context.Context, property string, e Element, v Value) error
	// Also tells the cache what another property of the device holds, which a
	// transaction has shown by the way.
	Also(property string, e Element, v Value)
	// Fact returns what SetFact has remembered of the device: its variant, its
	// power supply. It is forgotten when the device leaves.
	Fact(key string) any
	SetFact(key string, fact any)
	// Convert sees to it that the chip has measured. It may be one command to
	// all chips on the line, begun for somebody else.
	Convert(ctx context.Context, m Measurement) error
	// Now and Sleep are the clock of the line.
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// A Measurement is what Chip.Convert is asked for.
type Measurement struct {
	Command byte          // 0x44
	Time    time.Duration // that it takes at most, from the data sheet
	Private bool          // it can't be shared: a command to this chip alone
	Since   time.Time     // it must not have begun before; zero: what a cache would still give will do
}

// A onceError is not tried again.
type onceError struct{ err error }

func (e *onceError) Error() string { return e.err.Error() }
func (e *onceError) Unwrap() error { return e.err }

// Once marks an error of a driver that must not be tried again, because doing
// it twice is not the same as doing it once.
func Once(err error) error {
	if err == nil {
		return nil
	}
	return &onceError{err}
}

// Again tells whether what failed with err should be tried again.
func Again(err error) bool {
	var once *onceError
	return hw.IsLine(err) && !errors.As(err, &once)
}

// shownFor tells whether a conditional row is one for the variant of the chip,
// which is the number that a property reads; it is asked once for as long as
// the device is there. begins is how the conditions of that variant begin.
func shownFor(ctx context.Context, c Chip, when, property, begins string) (bool, error) {
	key := "variant by " + property
	variant, known := c.Fact(key).(int64)
	if !known {
		v, err := c.Read(ctx, property, Element{})
		if err != nil {
			return false, err
		}
		variant = v.Int()
		c.SetFact(key, variant)
	}
	return strings.HasPrefix(when, fmt.Sprintf(begins, variant)), nil
}
