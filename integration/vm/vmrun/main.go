// SPDX-License-Identifier: Apache-2.0

// Vmrun runs a program in a virtual machine that boots Debian's kernel with the
// modules that the machine at hand may not have, as root, over the files of the
// machine at hand: what it reads is theirs, what it writes is gone afterwards.
// It is made for compiled tests:
//
//	vmrun -fetch
//	go test -tags vm -exec /path/to/vmrun ./integration/vm
//
// The exit status is the program's. The README beside it tells more.
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
	timeout := flags.Duration("timeout", 25*time.Minute, "after which the machine is switched off")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if !*fetchOnly && flags.NArg() == 0 {
		flags.Usage()
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	defer stop()
	m := machine{Memory: *memory, Console: *verbose, Timeout: *timeout}
	status, err := m.serve(ctx, *fetchOnly, flags.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "vmrun: error:", err)
		return exitSelf
	}
	return status
}

func (m *machine) serve(ctx context.Context, fetchOnly bool, args []string) (status int, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return 0, fmt.Errorf("finding the cache folder: %w", err)
	}
	folder := filepath.Join(cache, "owfs-vm")
	if fetchOnly {
		return 0, fetch(ctx, folder)
	}
	if m.Kernel, err = kernel(folder); err != nil {
		return 0, err
	}
	j, err := newJob(args)
	if err != nil {
		return 0, err
	}
	return m.run(ctx, j)
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
