// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.list").Value.String() != "" {
		os.Exit(m.Run()) // anywhere
	}
	if _, err := os.Stat("/sys/devices/platform/vhci_hcd.0"); err != nil {
		fmt.Fprintln(os.Stderr, "these tests run in a virtual machine: make vm-test")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// within returns a context that ends with the test, or after d: the machine is
// ten times slower than the one it runs on.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// kernelSays returns the end of what the kernel has logged.
func kernelSays() string {
	lines := strings.Split(strings.TrimSpace(kernelLog()), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

func kernelLog() string {
	const readAll = 3 // of syslog(2)
	p := make([]byte, 1<<20)
	n, err := unix.Klogctl(readAll, p)
	if err != nil {
		return err.Error()
	}
	return string(p[:n])
}

// kernelTroubles counts how often the kernel's ds2490 has lost its patience, or
// found an endpoint not as it should be after that.
func kernelTroubles() int {
	log := kernelLog()
	return strings.Count(log, "err=-110") + strings.Count(log, "Clearing ep")
}

// starved tells by how much this machine is slower than if it had a processor of
// the host to itself: how long work takes as a whole, to how long it would if all
// of its parts took as long as the quicker ones.
func starved() float64 {
	const parts = 128
	var sum time.Duration
	var all []time.Duration
	p := make([]byte, 16<<10) // about a millisecond
	for range parts {
		began := time.Now()
		sha256.Sum256(p)
		took := time.Since(began)
		all, sum = append(all, took), sum+took
	}
	slices.Sort(all)
	return float64(sum) / float64(parts*all[parts/4])
}

// eventually waits until something is so, and fails the test with the last
// reason why not.
func eventually(t testing.TB, d time.Duration, what string, so func() error) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		err := so()
		took := time.Since(began)
		if err == nil {
			return took
		}
		if took > d {
			t.Fatalf("%s: after %v: %v", what, took, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
