// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"owfs/hw"
	"owfs/hw/serialport"
)

// A Port is what the chip is plugged into. It carries bytes of 8 bits without
// parity, in both directions and as they are.
type Port interface {
	io.ReadWriteCloser

	// SetReadDeadline makes a Read that waits for longer fail with
	// os.ErrDeadlineExceeded. With a time that has passed, Read returns what
	// has come already.
	SetReadDeadline(t time.Time) error

	// SetBaud changes the rate, also that of bytes on their way: the caller
	// waits until they have left. errors.ErrUnsupported if there is no way.
	SetBaud(rate int) error

	// Break holds the line at start polarity for d. errors.ErrUnsupported if
	// there is no way.
	Break(d time.Duration) error
}

// An OpenError says why no DS2480B was opened at a port. Err is
// serialport.ErrInUse, fs.ErrNotExist, fs.ErrPermission, ErrNoAnswer, ErrPassive,
// ErrStranger, ErrHungUp, or what the system said, or wraps one of them.
type OpenError struct {
	Port string
	Err  error
	Hint string // what may help, or ""
}

func (e *OpenError) Error() string { return fmt.Sprintf("serial port %s: %v", e.Port, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

// Open finds a DS2480B at a serial port such as /dev/ttyUSB0, or at host:port, a
// terminal server. If that speaks telnet with RFC 2217, as ser2net does when told
// so, it sets the rate and sends breaks; if it speaks telnet alone or passes bytes
// as they are, it must have been set to 9600 baud. The error is an *OpenError.
func Open(ctx context.Context, name string, opts Options) (hw.Bus, error) {
	port, err := openPort(ctx, name, &opts)
	if err != nil {
		return nil, explain(name, err)
	}
	bus, err := Attach(ctx, port, opts)
	if err != nil {
		return nil, explain(name, err)
	}
	return bus, nil
}

func openPort(ctx context.Context, name string, opts *Options) (Port, error) {
	if !isNetwork(name) {
		return openSerial(name)
	}
	if opts.Timeout == 0 {
		opts.Timeout = 5 * time.Second
	}
	return openNetwork(ctx, name, opts.Timeout)
}

// isNetwork tells host:port from a file.
func isNetwork(name string) bool {
	_, _, err := net.SplitHostPort(name)
	return err == nil && !strings.HasPrefix(name, "/")
}

func explain(name string, err error) error {
	e := &OpenError{Port: name, Err: err, Hint: serialport.Hint(name, err)}
	switch {
	case errors.Is(err, ErrNoAnswer):
		e.Hint = "is there a DS2480B, as in a DS9097U or LinkUSB, and has it power? Is this the right port?"
	case errors.Is(err, ErrPassive):
		e.Hint = "a DS9097 is given with --passive=" + name
	case errors.Is(err, ErrHungUp):
		e.Hint = "most terminal servers let one program in at a time: end the other one, and see in the server's log whether its serial port is there"
	}
	return e
}
