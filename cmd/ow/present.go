// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"owfs/owproto"
)

// present prints 1 or 0 for each path, with nothing between. A server that has
// not answered is neither.
func present(ctx context.Context, j *job, paths []string) error {
	if len(paths) == 0 {
		return noPath("owpresent /10.67C6697351FF")
	}
	return j.each(paths, func(path string) error {
		_, _, err := j.server.Presence(ctx, path, j.set.flags()|owproto.FlagBusList)
		var code owproto.Errno
		if err != nil && !errors.As(err, &code) {
			return err
		}
		return j.printPresent(path, err == nil)
	})
}

func (j *job) printPresent(path string, is bool) error {
	switch {
	case j.set.json:
		j.printJSON(record{Path: path, Present: &is})
	case is:
		j.out.WriteByte('1')
	default:
		j.out.WriteByte('0')
	}
	if !is {
		return errTold
	}
	return nil
}
