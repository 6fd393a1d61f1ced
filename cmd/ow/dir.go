// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"owfs/owproto"
)

// dir lists the directories named, or the root. As in the C programs the last
// one decides on the exit code.
func dir(ctx context.Context, j *job, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"/"}
	}
	return j.each(paths, func(path string) error { return j.dir(ctx, path) })
}

func (j *job) dir(ctx context.Context, path string) error {
	list, err := j.server.Dir(ctx, path, j.set.flags()|owproto.FlagBusList)
	return j.printDir(path, list, err)
}

// printDir prints a listing; one that failed half-way as far as it goes.
func (j *job) printDir(path string, list owproto.Listing, err error) error {
	if j.set.json {
		return j.printDirJSON(path, list, err)
	}
	for _, e := range list.Entries {
		j.out.WriteString(e.Path)
		if e.Dir && j.set.slash {
			j.out.WriteByte('/')
		}
		j.out.WriteByte('\n')
	}
	return err
}

// each does something with each path in turn, tells what goes wrong, and
// returns how the last one went.
func (j *job) each(paths []string, do func(path string) error) error {
	var last error
	for _, path := range paths {
		last = nil
		err := do(path)
		if flush := j.out.Flush(); flush != nil {
			return flush
		}
		if err == nil {
			continue
		}
		last = errTold
		if errors.Is(err, errTold) {
			continue
		}
		if err := j.pathFailed(path, err); err != nil {
			return err
		}
	}
	return last
}
