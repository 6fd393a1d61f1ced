// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"owfs/owproto"
)

// watch prints what is at the paths, and again when it changes, until it is
// interrupted. That is its regular end.
func watch(ctx context.Context, j *job, paths []string) error {
	if len(paths) == 0 {
		return noPath("ow watch /10.67C6697351FF/temperature")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return j.watch(ctx, paths)
}

// watch looks at the paths in turn, until the context ends.
func (j *job) watch(ctx context.Context, paths []string) error {
	var all []*watched
	for _, path := range paths {
		all = append(all, &watched{job: j, path: path})
	}
	ticker := time.NewTicker(j.set.interval)
	defer ticker.Stop()
	for {
		for _, w := range all {
			if err := w.look(ctx); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// A watched path is a property, or a directory whose entries come and go.
type watched struct {
	job     *job
	path    string
	dir     bool     // at the last look
	known   bool     // value or names are what was there at the last look
	value   string   // of a property
	names   []string // of a directory
	trouble string   // as it was told; empty: none
}

// look asks once and prints what is new. It returns an error if that can't be
// printed.
func (w *watched) look(ctx context.Context) error {
	set := &w.job.set
	var list owproto.Listing
	data, err := w.job.server.Read(ctx, w.path, set.flags()|owproto.FlagTrim, set.size, set.offset)
	isDir := errors.Is(err, owproto.ErrIsDir)
	if isDir {
		list, err = w.job.server.Dir(ctx, w.path, set.flags())
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		w.fail(err)
	case isDir:
		w.entries(list)
	default:
		w.property(data)
	}
	return w.job.out.Flush()
}

// fail tells a failure, unless it is the one told last. What comes after it is
// news, even if it is what was there before.
func (w *watched) fail(err error) {
	w.known = false
	var dial *owproto.DialError
	text := err.Error()
	if errors.As(err, &dial) {
		text = dial.Addr // the same, whether tried again yet or not
	}
	if text == w.trouble {
		return
	}
	w.trouble = text
	if w.job.set.json {
		r := record{Time: now(), Path: w.path}
		r.addError(err)
		w.job.printJSON(r)
	}
	w.job.pathFailed(w.path, err)
}

func (w *watched) property(data []byte) {
	if w.known && !w.dir && w.value == string(data) {
		return
	}
	w.known, w.dir, w.value, w.trouble = true, false, string(data), ""
	if w.job.set.json {
		r := record{Time: now(), Path: w.path}
		r.addValue(data, w.job.set.hex)
		w.job.printJSON(r)
		return
	}
	r := record{}
	r.addValue(data, w.job.set.hex)
	if r.Hex != nil {
		w.line(w.path, *r.Hex)
	} else {
		w.line(w.path, quoted(*r.Value))
	}
}

// quoted leaves a word as it is and makes one line of anything else.
func quoted(s string) string {
	if q := strconv.Quote(s); s == "" || q != `"`+s+`"` {
		return q
	}
	return s
}

func (w *watched) entries(list owproto.Listing) {
	var names []string
	for _, e := range list.Entries {
		names = append(names, e.Path)
	}
	before := w.names
	event := "added"
	if !w.known || !w.dir {
		before, event = nil, "present"
	}
	for _, name := range before {
		if !slices.Contains(names, name) {
			w.event(name, "removed")
		}
	}
	for _, name := range names {
		if !slices.Contains(before, name) {
			w.event(name, event)
		}
	}
	w.known, w.dir, w.names, w.trouble = true, true, names, ""
}

func (w *watched) event(path, event string) {
	if w.job.set.json {
		w.job.printJSON(record{Time: now(), Path: path, Event: event})
		return
	}
	w.line(path, event)
}

func (w *watched) line(path, text string) {
	w.job.out.WriteString(now() + " " + path + " " + text + "\n")
}

// now is the local time in the form of RFC 3339.
func now() string { return time.Now().Format("2006-01-02T15:04:05.000Z07:00") }
