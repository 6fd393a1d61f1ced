// SPDX-License-Identifier: Apache-2.0

// Command bench compares the speed of owfs with that of the C suite's owfs, and
// with the limit that a bare go-fuse filesystem sets. All three are mounted side
// by side, the first two over one real owserver, and measured in turns. What
// counts are the ratios: they say the same on a fast machine and a slow one.
// Before that it tells what our own 1-Wire stack takes of a line; see package
// buscost.
//
// Run it from the module: go run ./bench. It needs the Debian packages owserver
// and owfs-fuse, and /dev/fuse; with -only bus it needs nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"owfs/bench/buscost"
)

// The processes started here die with the thread that started them, so that
// must be the one that lives as long as the program.
func init() { runtime.LockOSThread() }

// settings are the command line.
type settings struct {
	time time.Duration
	runs int
	only string
}

// wants tells whether a measurement was asked for.
func (s settings) wants(name string) bool { return strings.Contains(name, s.only) }

func main() {
	var s settings
	flag.DurationVar(&s.time, "time", 2*time.Second, "how long each program is measured in each run")
	flag.IntVar(&s.runs, "runs", 5, "how many runs")
	flag.StringVar(&s.only, "only", "", "measure only what has this in its name")
	tree := flag.String("limit", "", "serve the tree in this file at the mount point given, as the limit")
	flag.Parse()
	var err error
	switch {
	case *tree != "" && flag.NArg() == 1:
		err = serveLimit(*tree, flag.Arg(0))
	case flag.NArg() > 0 || s.runs < 1 || s.time <= 0:
		flag.Usage()
		os.Exit(2)
	default:
		err = run(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

// run measures everything. Whatever happens, no process and no mount is left.
func run(s settings) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := bus(ctx, s); err != nil || strings.HasPrefix(s.only, "bus") {
		return err
	}
	// A worker that waits in a system call must not cost another one its turn.
	runtime.GOMAXPROCS(2*manyWorkers + 4)
	debug.SetGCPercent(400)
	f, err := newFleet(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	fmt.Printf("%d runs of %v for each program, in turns; medians, and the range of the runs\n", s.runs, s.time)
	for _, part := range []func(context.Context, *fleet, settings) error{rates, startups, requests, servers, serials} {
		if err := part(ctx, f, s); err != nil {
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
			return err
		}
	}
	return nil
}

// bus tells what is taken of a line. The emulated chips are coroutines, which
// the thread that this program is locked to can't run together with others.
func bus(ctx context.Context, s settings) error {
	done := make(chan error)
	go func() { done <- buscost.Print(ctx, os.Stdout, s.wants) }()
	return <-done
}
