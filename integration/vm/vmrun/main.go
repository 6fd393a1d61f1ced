// SPDX-License-Identifier: Apache-2.0

// Vmrun runs a program in a virtual machine that boots Debian's kernel with the
// modules that the machine at hand may not have, as root, over the files of the
// machine at hand: what it reads is theirs, what it writes is gone afterwards.
// It is made for compiled tests:
//
//	vmrun -fetch
//	go test -tags vm -exec /path/to/vmrun ./integration/vm
//
// The exit status is the program's; with -machines, that of the first test that
// has failed. The README beside it tells more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// Statuses of our own.
const (
	exitUsage = 2
	exitSelf  = 125 // vmrun itself has failed
)

func main() {
	if os.Getpid() == 1 {
		guest()
	}
	os.Exit(host(os.Args[1:]))
}

func host(args []string) int {
	flags := flag.NewFlagSet("vmrun", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: vmrun [flags] program [arguments], or vmrun -fetch")
		flags.PrintDefaults()
	}
	fetchOnly := flags.Bool("fetch", false, "get the kernel, if it is not in the cache, and stop")
	verbose := flags.Bool("console", false, "show what the kernel says")
	memory := flags.Int("memory", 256, "of the machine, in MiB")
	timeout := flags.Duration("timeout", 25*time.Minute, "after which a machine is switched off")
	machines := flags.Int("machines", 0, "if not 0, run the tests of a compiled test program one by one, on so many machines at a time")
	first := flags.String("first", "", "the name of the longest of these tests, to begin with")
	limit := flags.Duration("limit", 5*time.Minute, "of one such test")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if !*fetchOnly && flags.NArg() == 0 {
		flags.Usage()
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	defer stop()
	m := &machine{Memory: *memory, Console: *verbose, Timeout: *timeout, Collect: *machines > 0}
	var status int
	err := m.find(ctx, *fetchOnly)
	if err == nil && !*fetchOnly {
		status, err = m.do(ctx, flags.Args(), *machines, *first, *limit)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vmrun: error:", err)
		return exitSelf
	}
	return status
}

// find finds the kernel in the cache, or gets it.
func (m *machine) find(ctx context.Context, get bool) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("finding the cache folder: %w", err)
	}
	folder := filepath.Join(cache, "owfs-vm")
	if get {
		return fetch(ctx, folder)
	}
	m.Kernel, err = kernel(folder)
	return err
}

// do runs a program, or each of its tests.
func (m *machine) do(ctx context.Context, args []string, machines int, first string, limit time.Duration) (status int, err error) {
	j, err := newJob(args)
	if err != nil {
		return 0, err
	}
	if machines <= 0 {
		s := &single{args: j.Args}
		err := m.run(ctx, j, s)
		return s.status, err
	}
	s, err := newSpread(ctx, j, limit)
	if err != nil {
		return 0, err
	}
	s.beginWith(first)
	return s.run(ctx, m, machines, j)
}

// newJob is the program to run, as it would be run here.
func newJob(args []string) (job, error) {
	program, err := filepath.Abs(args[0])
	if err != nil {
		return job{}, err
	}
	if _, err := os.Stat(program); err != nil {
		return job{}, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return job{}, err
	}
	return job{Args: append([]string{program}, args[1:]...), Env: os.Environ(), Dir: dir}, nil
}

var errNoKernel = errors.New("there is no kernel in the cache folder; get it with: make vm-kernel")
