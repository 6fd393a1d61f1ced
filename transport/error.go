// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"fmt"
	"syscall"
)

// An Error tells which operation on which path failed, and why. Err holds, as
// errors.As finds it, a syscall.Errno or the error of a context.
type Error struct {
	Op   string // "dir", "stat", "read", "write"
	Path string
	Err  error
}

func (e *Error) Error() string { return e.Op + " " + e.Path + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Wrap returns err as an *Error of this operation on this path, and nil for
// nil. An err that is an *Error already keeps what it says.
func Wrap(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{Op: op, Path: path, Err: err}
}

// Cause returns an error that reads as the text and is errno to errors.Is.
func Cause(errno syscall.Errno, format string, args ...any) error {
	return &cause{text: fmt.Sprintf(format, args...), errno: errno}
}

type cause struct {
	text  string
	errno syscall.Errno
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.errno }
