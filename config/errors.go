// SPDX-License-Identifier: Apache-2.0

package config

import "fmt"

// Exit codes of the programs. They are a promise to scripts.
//
//	code  meaning
//	0     all went well; also after help and version
//	1     failure while running, such as a pid file that cannot be written
//	2     usage: a bad option or value, an unusable config or alias file, no mount point named
//	3     the mount failed: the mount point is missing, in use by a live mount, or not ours
//	4     no bus: none was given, or with --wait none answered
const (
	ExitOK      = 0
	ExitFailure = 1
	ExitUsage   = 2
	ExitMount   = 3
	ExitNoBus   = 4
)

// UsageError is a mistake of the user. The program prints Error after "error: " and Hint after "hint: ".
type UsageError struct {
	Option string // the option as the user would write it, such as "--usb" or "-o uid"; "" when none is to blame
	Where  string // "file:line" in a config or alias file; "" for the command line
	Msg    string // what is wrong
	Hint   string // what to do; never empty in an error from Parse
	Code   int    // exit code; 0 counts as ExitUsage
	Err    error  // cause, if any
}

// Error returns place, option and message on one line.
func (e *UsageError) Error() string {
	text := e.Msg
	if e.Option != "" {
		text = e.Option + ": " + text
	}
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	return text
}

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// ExitCode returns the code a program ends with on this error.
func (e *UsageError) ExitCode() int {
	if e.Code == 0 {
		return ExitUsage
	}
	return e.Code
}

// Warning is something in a file that is skipped or does nothing.
type Warning struct {
	Where string // "file:line"
	Msg   string
}

// String returns the warning on one line.
func (w Warning) String() string { return w.Where + ": " + w.Msg }

func badValue(format string, args ...any) *UsageError {
	return &UsageError{Msg: fmt.Sprintf(format, args...)}
}

func (e *UsageError) hint(text string) *UsageError {
	e.Hint = text
	return e
}
