// SPDX-License-Identifier: Apache-2.0

// Package integration tests against the real peers: owserver, mounts, emulated
// hardware. It holds nothing but tests.
package integration

import (
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
	return runServer(t, path, args...).addr
}

// A server is a process that serves at addr.
type server struct {
	addr string
	cmd  *exec.Cmd
	log  *syncBuffer
	done chan struct{} // closed at the process's end
}

// runServer runs a server on a port of its own.
func runServer(t testing.TB, path string, args ...string) *server {
	t.Helper()
	socket, addr := listenFile(t)
	return runServerOn(t, socket, addr, path, args...)
}

// runServerOn runs a server on a socket that listens at addr, which is closed
// here then.
func runServerOn(t testing.TB, socket *os.File, addr, path string, args ...string) *server {
	t.Helper()
	s := launch(t, socket, addr, path, args...)
	s.hello(t)
	return s
}

// launch is runServerOn without the wait for an answer.
func launch(t testing.TB, socket *os.File, addr, path string, args ...string) *server {
	t.Helper()
	return launchWith(t, nil, socket, addr, path, args...)
}

// launchWith is launch with some variables of the environment more.
func launchWith(t testing.TB, env []string, socket *os.File, addr, path string, args ...string) *server {
	t.Helper()
	defer socket.Close() // from then on a dead server refuses connections

	// Only the shell knows the pid in time.
	script := `LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --foreground "$@"`
	s := &server{addr: addr, log: &syncBuffer{}, done: make(chan struct{})}
	s.cmd = exec.Command("/bin/sh", append([]string{"-c", script, path}, args...)...)
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = s.log
	s.cmd.ExtraFiles = []*os.File{socket} // descriptor 3
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		s.cmd.Wait()
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.done
		if log := s.log.String(); t.Failed() {
			t.Logf("%s %q: %s", path, args, log[max(0, len(log)-4000):])
		}
	})
	return s
}

// hello waits until the server answers.
func (s *server) hello(t testing.TB) {
	t.Helper()
	c := &owproto.Client{Addr: s.addr, Silence: 10 * time.Second, NoPersist: true}
	defer c.Close()
	if err := c.Nop(context.Background()); err != nil {
		t.Fatalf("owserver does not answer: %v", err)
	}
}

// alive tells whether the process still runs.
func (s *server) alive() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
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
