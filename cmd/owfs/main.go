// SPDX-License-Identifier: Apache-2.0

// Command owfs mounts 1-Wire buses as a filesystem.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"owfs/config"
	"owfs/transport/virtual"
)

// version is set by the build.
var version = "devel"

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run does what the command line says and returns the exit code.
func run(args []string, stdout, stderr *os.File) int {
	if stageNow() == asking {
		return ask(args[len(args)-1])
	}
	cfg, err := config.Parse(args[0], args[1:], config.Env{})
	switch {
	case err != nil:
		return complain(stderr, err)
	case cfg.Version:
		fmt.Fprintf(stdout, "owfs %s (speaks for OWFS %s)\n", version, virtual.Suite)
		return config.ExitOK
	case cfg.Help != "":
		return complain(stderr, config.Help(stdout, config.Owfs, cfg.Help))
	case cfg.Mount.Fake:
		return config.ExitOK
	}
	nameSource(args, cfg)
	if background(cfg) {
		warn(stderr, cfg)
		return detach(args, stderr)
	}
	return complain(stderr, work(cfg, stderr))
}

// work is the life of the process that serves the mount. Once nobody sees its
// standard error any more, what ends it is told to the log as well.
func work(cfg *config.Config, stderr *os.File) error {
	closeOnExec() // what our parent waits at the end of is for nobody else
	journal := newJournal(cfg, stderr)
	switch stageNow() {
	case foreground:
		warn(stderr, cfg)
	case settled:
		for _, w := range cfg.Warnings {
			journal.Warn(w.String())
		}
	case waitedFor, asking: // nobody waits for a warning
	}
	err := serve(cfg, journal)
	if err != nil && stageNow() == settled {
		journal.Error(err.Error())
	}
	return err
}

func warn(stderr *os.File, cfg *config.Config) {
	for _, w := range cfg.Warnings {
		fmt.Fprintln(stderr, "owfs: warning:", w)
	}
}

// nameSource lets the mount table show the source of a line of fstab as it is
// there, by which mount -a knows that the line is mounted already.
func nameSource(args []string, cfg *config.Config) {
	helper := strings.HasPrefix(filepath.Base(args[0]), "mount.")
	if helper && cfg.Mount.FSName == "" && len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		cfg.Mount.FSName = args[1]
	}
}

// A failure ends the program with a code of its own and a hint for the user.
type failure struct {
	code int
	hint string
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// complain prints an error as one line, with what to do about it as a second,
// and returns the exit code.
func complain(stderr *os.File, err error) int {
	if err == nil {
		return config.ExitOK
	}
	code, hint := config.ExitFailure, ""
	var usage *config.UsageError
	var fail *failure
	switch {
	case errors.As(err, &usage):
		code, hint = usage.ExitCode(), usage.Hint
	case errors.As(err, &fail):
		code, hint = fail.code, fail.hint
	}
	fmt.Fprintln(stderr, "owfs: error:", err)
	if hint != "" {
		fmt.Fprintln(stderr, "owfs: hint:", hint)
	}
	return code
}
