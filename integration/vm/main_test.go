// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
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
	const readAll = 3 // of syslog(2)
	p := make([]byte, 64<<10)
	n, err := unix.Klogctl(readAll, p)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(p[:n])), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
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
