// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"owfs/owproto"
)

// cOwfs is the mount program of the C suite. (The one in the PATH is a wrapper
// with a configuration of its own.)
const cOwfs = "/usr/libexec/owfs/owfs"

// testDevices gives owserver simulated devices with ids that never change.
const testDevices = "--tester=10,28,29,1D,12"

// The programs that are compared, in the order of the columns.
const (
	ours = iota
	theirs
	limit
	programs
)

var programNames = [programs]string{"ours", "C", "limit"}

// A fleet is all that runs besides this process.
type fleet struct {
	temp  string // for programs and mount points
	addr  string // of the owserver
	procs []*process
}

// A process is a program that was started, and where it is mounted, if it is.
type process struct {
	*exec.Cmd
	dir    string
	stderr *tail
	done   chan struct{} // closed when the process has ended
}

// newFleet builds our program and starts an owserver.
func newFleet(ctx context.Context) (*fleet, error) {
	temp, err := os.MkdirTemp("", "owfs-bench-")
	if err != nil {
		return nil, err
	}
	f := &fleet{temp: temp}
	build := exec.CommandContext(ctx, "go", "build", "-o", f.file("owfs"), "owfs/cmd/owfs")
	if out, err := build.CombinedOutput(); err != nil {
		err = fmt.Errorf("building owfs: %w\n%s", err, out)
		return nil, errors.Join(err, f.close())
	}
	if err := f.startOwserver(ctx); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *fleet) file(name string) string { return filepath.Join(f.temp, name) }

// start starts a program. It leaves Ctrl-C to us, and is told to end if we are
// killed.
func (f *fleet) start(name string, files []*os.File, stderr io.Writer, args ...string) (*process, error) {
	p := &process{Cmd: exec.Command(name, args...), stderr: &tail{next: stderr}, done: make(chan struct{})}
	p.Stderr, p.ExtraFiles = p.stderr, files
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := p.Start(); err != nil {
		return nil, err
	}
	f.procs = append(f.procs, p)
	go func() {
		defer close(p.done)
		p.Wait()
	}()
	return p, nil
}

// startOwserver hands the server its socket as systemd would, so that no other
// process can snatch the port in between.
func (f *fleet) startOwserver(ctx context.Context) error {
	path, err := exec.LookPath("owserver")
	if err != nil {
		return fmt.Errorf("%w (install the Debian package owserver)", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer socket.Close()
	// Only the shell knows the pid in time.
	script := `LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --foreground "$@"`
	if _, err := f.start("/bin/sh", []*os.File{socket}, nil, "-c", script, path, testDevices); err != nil {
		return err
	}
	f.addr = l.Addr().String()
	c := &owproto.Client{Addr: f.addr, Silence: 10 * time.Second, NoPersist: true}
	defer c.Close()
	return c.Nop(ctx)
}

// stop ends a process as a user does, and makes sure that its mount is gone.
func (f *fleet) stop(p *process) error {
	f.procs = slices.DeleteFunc(f.procs, func(q *process) bool { return p == q })
	p.Process.Signal(syscall.SIGTERM)
	var err error
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.Process.Kill()
		<-p.done
		err = fmt.Errorf("%s did not end on SIGTERM: %s", p.Path, p.stderr)
	}
	if p.dir == "" {
		return err
	}
	for range 3 {
		if !isFuse(p.dir) {
			break
		}
		err = errors.Join(err, unmount(p.dir))
	}
	return errors.Join(err, os.Remove(p.dir))
}

// close ends all processes, the latest first.
func (f *fleet) close() error {
	var errs []error
	for len(f.procs) > 0 {
		errs = append(errs, f.stop(f.procs[len(f.procs)-1]))
	}
	if len(errs) == 0 || errors.Join(errs...) == nil { // else a mount may be in there
		errs = append(errs, os.RemoveAll(f.temp))
	}
	return errors.Join(errs...)
}
