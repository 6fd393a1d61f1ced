// SPDX-License-Identifier: Apache-2.0

package main

import "context"

// A command is what ow can do.
type command struct {
	name     string
	operands string // for the help
	does     string
	kind     kind
	lasting  bool // many requests: connections are kept
	run      func(ctx context.Context, j *job, operands []string) error
}

// kind tells the commands apart that an option is for.
type kind uint

const (
	kindDir kind = 1 << iota
	kindRead
	kindWrite
	kindGet
	kindPresent
	kindTree
	kindWatch

	kindC   = kindDir | kindRead | kindWrite | kindGet | kindPresent // the C suite has them, too
	kindAll = kindC | kindTree | kindWatch
)

func commands() []*command {
	return []*command{
		{name: "dir", operands: "[path ...]", does: "list directories; without a path, the root", kind: kindDir, run: dir},
		{name: "read", operands: "path ...", does: "print properties", kind: kindRead, run: read},
		{name: "write", operands: "path value [path value ...]", does: "write properties", kind: kindWrite, run: write},
		{name: "get", operands: "[path ...]", does: "list directories and print properties", kind: kindGet, run: get},
		{name: "present", operands: "path ...", does: "print 1 for each path that means something, else 0", kind: kindPresent, run: present},
		{name: "tree", operands: "[path ...]", does: "list directories with all that is below them", kind: kindTree, lasting: true, run: tree},
		{name: "watch", operands: "path ...", does: "print properties and directories when they change", kind: kindWatch, lasting: true, run: watch},
	}
}

// commandOf returns the command of a name, or nil.
func commandOf(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}
