// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"owfs/owproto"
)

// startOwserver runs the C program until the end of the test and returns its
// address once it answers.
func startOwserver(t testing.TB, args ...string) (addr string) {
	t.Helper()
	addr, _ = runOwserver(t, args...)
	return addr
}

// runOwserver is for one that may end before the test.
func runOwserver(t testing.TB, args ...string) (addr string, end func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close() // nobody else is in this machine
	var log bytes.Buffer
	cmd := exec.Command("owserver", append([]string{"--foreground", "--error_level=3", "-p", addr}, args...)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (install the Debian package owserver)", err)
	}
	end = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(func() {
		end()
		if t.Failed() {
			t.Logf("owserver says:\n%s", log.Bytes())
		}
	})
	eventually(t, hung, "owserver's start", func() error {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err
	})
	return addr, end
}

// The C program takes the stick from the kernel's driver, finds the devices and
// reads them. It gets it when the driver has come to rest: else the driver goes on
// with its commands for a while, over endpoint 0, which nobody takes from it.
func TestOwserverReadsDS2490(t *testing.T) {
	s := newStick(t, 1, 20)
	s.plug()
	w1Finds(t, s)
	began := time.Now()
	addr := startOwserver(t, "-u")
	c := &owproto.Client{Addr: addr, Deadline: time.Minute}
	defer c.Close()
	ctx := within(t, 3*time.Minute)

	found := list(ctx, t, c)
	t.Logf("listed %d entries after %v", len(found), time.Since(began).Round(time.Millisecond))
	for id := range s.celsius {
		if !slices.Contains(found, "/"+id.String()) {
			t.Errorf("%v is not listed", id)
		}
	}
	if !slices.Contains(found, "/"+s.id.String()) {
		t.Errorf("the stick's own %v is not listed", s.id)
	}
	began = time.Now()
	for id, want := range s.celsius {
		text, err := c.Read(ctx, "/"+id.String()+"/temperature", 0, 64, 0)
		got, bad := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err != nil || bad != nil || got != want {
			t.Errorf("%v: owserver reads %q, %v, want %v", id, text, err, want)
		}
	}
	t.Logf("read %d temperatures in %v", len(s.celsius), time.Since(began).Round(time.Millisecond))
	s.odd()
}

// list returns the devices in the root of a server.
func list(ctx context.Context, t testing.TB, c *owproto.Client) (names []string) {
	t.Helper()
	all, err := c.Dir(ctx, "/", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all.Entries {
		names = append(names, e.Path)
	}
	return names
}
