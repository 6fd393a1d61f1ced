// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"
)

// manyWorkers is how many read at a time where it is more than one.
const manyWorkers = 16

// A measurement is one row of the table of rates.
type measurement struct {
	name    string
	workers int
	paths   []string // worker i takes the i-th
	op      operation
	limited bool // the limit has these paths, too
	wantC   float64
	wantLim float64
}

// An operation is what is done again and again with a path.
type operation func(path string, buf []byte) error

const sensor = "28.000028D70100"

var (
	statics = []string{
		sensor + "/type", "10.000010EF0000/type", "29.000029D60200/type", "1D.00001DE20300/type", "12.000012ED0400/type",
		sensor + "/id", "10.000010EF0000/id", "29.000029D60200/id", "1D.00001DE20300/id", "12.000012ED0400/id",
		sensor + "/address", "10.000010EF0000/address", "29.000029D60200/address", "1D.00001DE20300/address", "12.000012ED0400/address",
		sensor + "/family",
	}
	volatiles = []string{
		sensor + "/temperature", "10.000010EF0000/temperature", "29.000029D60200/sensed.0", "12.000012ED0400/sensed.A",
		sensor + "/temperature9", "29.000029D60200/sensed.1", "12.000012ED0400/sensed.B", sensor + "/temperature10",
		"29.000029D60200/sensed.2", sensor + "/temperature11", "29.000029D60200/sensed.3", sensor + "/temperature12",
		"29.000029D60200/sensed.4", "29.000029D60200/sensed.5", "29.000029D60200/sensed.6", "29.000029D60200/sensed.7",
	}
	listed = []string{"", sensor}
)

// measurements are all rates that are compared, with what the project expects.
func measurements() []measurement {
	return []measurement{
		{"read static x1", 1, statics, readOnce, true, 3, 0.8},
		{"read static x16", manyWorkers, statics, readOnce, true, 6, 0.8},
		{"cat static x1", 1, statics, readAll, true, 3, 0.8},
		{"read volatile x1", 1, volatiles, readOnce, false, 1.5, 0},
		{"read volatile x16", manyWorkers, volatiles, readOnce, false, 2.5, 0},
		{"cat volatile x1", 1, volatiles, readAll, false, 1.5, 0},
		{"list device", 1, []string{sensor}, list, true, 50, 0},
		{"list root", 1, []string{""}, list, true, 50, 0},
		{"stat", 1, statics, stat, true, 0, 0},
		{"lstat", 1, statics, lstat, true, 0, 0},
	}
}

// insist makes a system call again as long as a signal ends it.
func insist(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}

// open and what follows are bare system calls: os.File would add an fstat and
// work of its own.
func open(path string, flags int) (fd int, err error) {
	err = insist(func() error {
		fd, err = syscall.Open(path, syscall.O_RDONLY|flags, 0)
		return err
	})
	return fd, err
}

// with opens a path, and reads with f until that has nothing more, or once.
func with(path string, flags int, once bool, f func(fd int) (int, error)) error {
	fd, err := open(path, flags)
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	defer syscall.Close(fd)
	for total, n := 0, 0; ; total += n {
		err := insist(func() error {
			n, err = f(fd)
			return err
		})
		switch {
		case err != nil:
			return fmt.Errorf("reading %s: %w", path, err)
		case n == 0 && total == 0:
			return fmt.Errorf("%s is empty", path)
		case n == 0 || once:
			return nil
		}
	}
}

func readOnce(path string, buf []byte) error {
	return with(path, 0, true, func(fd int) (int, error) { return syscall.Read(fd, buf) })
}

// readAll reads up to the end of the file, as cat does.
func readAll(path string, buf []byte) error {
	return with(path, 0, false, func(fd int) (int, error) { return syscall.Read(fd, buf) })
}

// list reads the names of a directory.
func list(path string, buf []byte) error {
	return with(path, syscall.O_DIRECTORY, false, func(fd int) (int, error) { return syscall.ReadDirent(fd, buf) })
}

func stat(path string, _ []byte) error {
	var st syscall.Stat_t
	return insist(func() error { return syscall.Stat(path, &st) })
}

func lstat(path string, _ []byte) error {
	var st syscall.Stat_t
	return insist(func() error { return syscall.Lstat(path, &st) })
}

// writeTree copies what the measurements touch from a mount into a file for the
// limit.
func writeTree(p *process, file string) error {
	t := tree{}
	for _, dir := range listed {
		names, err := os.ReadDir(p.path(dir))
		if err != nil {
			return err
		}
		for _, e := range names {
			name := "/" + dir + "/" + e.Name()
			if e.IsDir() {
				name += "/"
			}
			t[name] = ""
		}
	}
	for _, name := range statics {
		value, err := os.ReadFile(p.path(name))
		if err != nil {
			return err
		}
		t["/"+name] = string(value)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
