// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"owfs/owproto"
)

// read prints the properties named, one behind the other with nothing between.
func read(ctx context.Context, j *job, paths []string) error {
	if len(paths) == 0 {
		return noPath("owread /10.67C6697351FF/temperature")
	}
	return j.each(paths, func(path string) error { return j.read(ctx, path) })
}

func noPath(example string) error {
	return &failure{err: errors.New("no path given"), hint: "for example: " + example}
}

func (j *job) read(ctx context.Context, path string) error {
	data, err := j.server.Read(ctx, path, j.readFlags(), j.set.size, j.set.offset)
	switch {
	case j.set.json:
		return j.printValueJSON(path, data, err)
	case err != nil:
		return err
	case j.set.hex:
		fmt.Fprintf(j.out, "%X", data)
	default:
		j.out.Write(data)
	}
	return nil
}

// readFlags has the blanks before numbers removed where they would only be
// in the way. The server knows what is a number.
func (j *job) readFlags() owproto.Flags {
	flags := j.set.flags() | owproto.FlagBusList
	if j.set.json {
		flags |= owproto.FlagTrim
	}
	return flags
}

// get lists what is a directory and reads what is not.
func get(ctx context.Context, j *job, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"/"}
	}
	return j.each(paths, func(path string) error {
		list, err := j.server.Dir(ctx, path, j.set.flags()|owproto.FlagBusList)
		if errors.Is(err, owproto.ErrNotDir) {
			return j.read(ctx, path)
		}
		return j.printDir(path, list, err)
	})
}
