// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"text/tabwriter"
	"time"
)

// A step is a command whose requests are counted, on a mount that has seen
// nothing but the steps before.
type step struct {
	name string
	argv []string // the last is a path
}

var steps = []step{
	{"cat type, first", []string{"cat", sensor + "/type"}},
	{"cat type, again", []string{"cat", sensor + "/type"}},
	{"cat temperature, first", []string{"cat", "10.000010EF0000/temperature"}},
	{"cat temperature, again", []string{"cat", "10.000010EF0000/temperature"}},
	{"ls -l device, first", []string{"ls", "-l", "29.000029D60200"}},
	{"ls -l device, again", []string{"ls", "-l", "29.000029D60200"}},
	{"ls -l root, first", []string{"ls", "-l", ""}},
	{"ls -l root, again", []string{"ls", "-l", ""}},
}

// requests counts what commands cost in requests of the kernel and in messages
// to the owserver. Counting slows down, so it has mounts of its own.
func requests(ctx context.Context, f *fleet, s settings) error {
	if !s.wants("requests") {
		return nil
	}
	var fuse, wire [limit][]tally
	for i := range fuse {
		var err error
		if fuse[i], wire[i], err = f.count(ctx, i); err != nil {
			return err
		}
	}
	fmt.Println("\nRequests of the kernel (FUSE) and messages to the owserver (wire)")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tFUSE: ours\tC\twire: ours\tC\tours in detail\t")
	for i, s := range steps {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s; %s\t\n", s.name, fuse[ours][i].sum(), fuse[theirs][i].sum(),
			wire[ours][i].sum(), wire[theirs][i].sum(), fuse[ours][i], wire[ours][i])
	}
	return w.Flush()
}

// count runs the steps on a new mount of a program, behind a proxy.
func (f *fleet) count(ctx context.Context, program int) (fuse, wire []tally, err error) {
	var onWire counter
	l, err := listenProxy(f.addr, &onWire)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	logged := &opcodes{}
	p, err := f.mount(ctx, program, l.Addr().String(), logged, false)
	if err != nil {
		return nil, nil, err
	}
	quiet(&logged.counter, &onWire)
	logged.take()
	onWire.take()
	for _, s := range steps {
		argv := slices.Clone(s.argv)
		argv[len(argv)-1] = p.path(argv[len(argv)-1])
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w: %s", s.name, err, out)
		}
		quiet(&logged.counter, &onWire)
		fuse, wire = append(fuse, logged.take()), append(wire, onWire.take())
	}
	return fuse, wire, f.stop(p)
}

// quiet waits until nothing more is counted: a file is released after its user
// has gone on.
func quiet(counters ...*counter) {
	const calm = 300 * time.Millisecond
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		before := total(counters)
		time.Sleep(calm)
		if total(counters) == before {
			return
		}
	}
}

func total(counters []*counter) (n int) {
	for _, c := range counters {
		c.mu.Lock()
		n += c.counts.sum()
		c.mu.Unlock()
	}
	return n
}
