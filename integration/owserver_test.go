// SPDX-License-Identifier: Apache-2.0

// Package integration tests against the real peers: owserver, mounts, emulated
// hardware. It holds nothing but tests.
package integration

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"owfs/owproto"
)

// testDevices gives owserver simulated devices with ids that never change:
// 10.000010EF0000, 28.000028D70100, 29.000029D60200, 1D.00001DE20300 and
// 12.000012ED0400.
const testDevices = "--tester=10,28,29,1D,12"

// startOwserver runs the real owserver with the arguments given, such as
// testDevices, and returns its address once it answers. It is killed at the end
// of the test. A missing program fails the test: it is part of the evidence.
//
// The server gets its socket as systemd would hand it over, so that no other
// process can snatch the port in between.
func startOwserver(t testing.TB, args ...string) (addr string) {
	t.Helper()
	path, err := exec.LookPath("owserver")
	if err != nil {
		t.Fatalf("%v (install the Debian package owserver)", err)
	}
	return startServer(t, path, args...)
}

// startOurs runs our own owserver likewise.
func startOurs(t testing.TB, args ...string) (addr string) {
	t.Helper()
	return startServer(t, filepath.Join(built, "owserver"), args...)
}

func startServer(t testing.TB, path string, args ...string) (addr string) {
	t.Helper()
	socket, addr := listenFile(t)
	defer socket.Close()

	// Only the shell knows the pid in time.
	script := `LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --foreground "$@"`
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, path}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.ExtraFiles = []*os.File{socket} // descriptor 3
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s %q: %s", path, args, stderr.Bytes())
		}
	})
	socket.Close() // now a dead server refuses connections

	c := &owproto.Client{Addr: addr, Silence: 10 * time.Second, NoPersist: true}
	defer c.Close()
	if err := c.Nop(context.Background()); err != nil {
		t.Fatalf("owserver does not answer: %v", err)
	}
	return addr
}

// listenFile returns a listening socket with a port that the kernel chose.
func listenFile(t testing.TB) (*os.File, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return file, l.Addr().String()
}
