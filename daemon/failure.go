// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"owfs/config"
)

// A Failure ends the program with an exit code of its own and a hint for the
// user.
type Failure struct {
	Code int
	Hint string
	Err  error
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Complain prints an error as one line, with what to do about it as a second,
// and returns the exit code.
func Complain(stderr *os.File, err error) int {
	if err == nil {
		return config.ExitOK
	}
	code, hint := config.ExitFailure, ""
	var usage *config.UsageError
	var fail *Failure
	switch {
	case errors.As(err, &usage):
		code, hint = usage.ExitCode(), usage.Hint
	case errors.As(err, &fail):
		code, hint = fail.Code, fail.Hint
	}
	fmt.Fprintf(stderr, "%s: error: %v\n", program(), err)
	if hint != "" {
		fmt.Fprintf(stderr, "%s: hint: %s\n", program(), hint)
	}
	return code
}

// Warn prints what the configuration has in it that does nothing.
func Warn(stderr *os.File, cfg *config.Config) {
	for _, w := range cfg.Warnings {
		fmt.Fprintf(stderr, "%s: warning: %v\n", program(), w)
	}
}

// program is the name that the user knows the program by.
func program() string { return strings.TrimPrefix(filepath.Base(os.Args[0]), "mount.") }
