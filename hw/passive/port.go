// SPDX-License-Identifier: Apache-2.0

package passive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"owfs/hw"
	"owfs/hw/serialport"
)

// A Port is what the adapter is plugged into. It carries words without parity, in
// both directions and as they are.
type Port interface {
	io.ReadWriteCloser

	// SetReadDeadline makes a Read that waits for longer fail with
	// os.ErrDeadlineExceeded. With a time that has passed, Read returns what
	// has come already.
	SetReadDeadline(t time.Time) error

	// SetMode changes the rate and the length of words. That is at once, also
	// for words on their way.
	SetMode(baud, bits int) error
}

// An OpenError says why no adapter was opened at a port. Err is
// serialport.ErrInUse, fs.ErrNotExist, fs.ErrPermission, ErrNoAnswer,
// ErrStranger, or what the system said, or wraps one of them.
type OpenError struct {
	Port string
	Err  error
	Hint string // what may help, or ""
}

func (e *OpenError) Error() string { return fmt.Sprintf("serial port %s: %v", e.Port, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

// Open finds a passive adapter at a serial port such as /dev/ttyS0. The error is
// an *OpenError. A port whose ends are joined can't be told from an adapter
// without devices.
func Open(ctx context.Context, name string, opts Options) (hw.Bus, error) {
	port, err := serialport.Open(name)
	if err != nil {
		return nil, &OpenError{Port: name, Err: err, Hint: serialport.Hint(name, err)}
	}
	bus, err := Attach(ctx, port, opts)
	if err != nil {
		return nil, &OpenError{Port: name, Err: err, Hint: hint(name, err)}
	}
	return bus, nil
}

func hint(name string, err error) string {
	switch {
	case errors.Is(err, ErrNoAnswer):
		return "is there a DS9097 or its kin, is the line free of shorts, and is this the right port? A DS9097U is given with --device=" + name
	case errors.Is(err, ErrStranger):
		return "a DS9097U is given with --device=" + name + "; ports without words of 6 bits need --8bit"
	}
	return ""
}
