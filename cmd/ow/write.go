// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"owfs/owproto"
)

// write writes each value to the path before it. As in the C program an odd
// word at the end does not keep those before it from being written.
func write(ctx context.Context, j *job, words []string) error {
	if len(words) == 0 {
		return noPath("owwrite /10.67C6697351FF/temphigh 30")
	}
	var last error
	for ; len(words) > 1; words = words[2:] {
		last = nil
		path, value := words[0], words[1]
		data, err := j.value(value)
		if err != nil {
			return err
		}
		n, err := j.server.Write(ctx, path, data, j.set.flags()|owproto.FlagBusList, j.set.offset)
		switch {
		case err != nil:
			last = errTold
			if err := j.pathFailed(path, err); err != nil {
				return err
			}
		case n < len(data):
			j.warn(fmt.Sprintf("%s: only %d of %d bytes were written, as it ends there", shorten(path), n, len(data)))
		}
	}
	if len(words) > 0 {
		return &failure{err: fmt.Errorf("%s has no value", shorten(words[0])), hint: "give path and value in pairs"}
	}
	return last
}

func (j *job) warn(text string) {
	if !j.set.quiet {
		fmt.Fprintf(j.errs, "%s: warning: %s\n", j.name, text)
	}
}

// value is what a word stands for.
func (j *job) value(word string) ([]byte, error) {
	if !j.set.hex {
		return []byte(word), nil
	}
	data, err := hex.DecodeString(word)
	if err == nil {
		return data, nil
	}
	f := &failure{err: fmt.Errorf("--hex %s: %w", shorten(word), err), hint: "each byte is two of the digits 0 to 9 and A to F, with nothing between"}
	if errors.Is(err, hex.ErrLength) {
		f.err, f.hint = fmt.Errorf("--hex %s: an odd number of digits", shorten(word)), "the first byte may need a 0 before it: 0"+shorten(word)
	}
	return nil, f
}
