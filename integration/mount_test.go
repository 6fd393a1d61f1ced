// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cOwfs is the mount program of the C suite. (The one in the PATH is a wrapper
// with a configuration of its own.)
const cOwfs = "/usr/libexec/owfs/owfs"

// A mounted is a filesystem that another process serves.
type mounted struct {
	dir string
	cmd *exec.Cmd
	log *syncBuffer

	done chan error // the process's end
}

// mountOwfs mounts our owfs in the foreground with the arguments given, on a
// directory of the test's own, and unmounts it at the end of the test.
func mountOwfs(t testing.TB, args ...string) *mounted {
	t.Helper()
	return startMount(t, filepath.Join(built, "owfs"), append([]string{"--foreground"}, args...)...)
}

// mountC mounts the owfs of the C suite likewise.
func mountC(t testing.TB, args ...string) *mounted {
	t.Helper()
	if _, err := os.Stat(cOwfs); err != nil {
		t.Fatalf("%v (install the Debian package owfs-fuse)", err)
	}
	return startMount(t, cOwfs, append([]string{"--foreground"}, args...)...)
}

// mountPoint makes a directory for a mount. TempDir's own clean-up would walk
// into a mount that was left, so this one does not remove what is not empty.
func mountPoint(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(built, "mount-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if isMounted(dir) {
			t.Errorf("%s is still mounted", dir)
			syscall.Unmount(dir, syscall.MNT_DETACH)
		}
		os.Remove(dir)
	})
	return dir
}

func startMount(t testing.TB, program string, args ...string) *mounted {
	t.Helper()
	m := &mounted{dir: mountPoint(t), log: &syncBuffer{}, done: make(chan error, 1)}
	m.cmd = exec.Command(program, append(args, m.dir)...)
	m.cmd.Stderr = m.log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { m.done <- m.cmd.Wait() }()
	t.Cleanup(func() { m.stop(t) })
	for end := time.Now().Add(20 * time.Second); !isMounted(m.dir); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s %q does not mount: %s", program, args, m.log)
		}
		select {
		case err := <-m.done:
			m.done <- err
			t.Fatalf("%s %q: %v: %s", program, args, err, m.log)
		default:
		}
	}
	return m
}

// stop ends the process as a user does, with SIGTERM, and waits for it.
func (m *mounted) stop(t testing.TB) {
	t.Helper()
	m.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-m.done:
		m.done <- err
	case <-time.After(20 * time.Second):
		t.Errorf("%s does not end on SIGTERM: %s", m.cmd.Path, m.log)
		m.cmd.Process.Kill()
		err := <-m.done
		m.done <- err
		syscall.Unmount(m.dir, syscall.MNT_DETACH)
	}
	if t.Failed() && m.log.Len() > 0 {
		log := m.log.String()
		t.Logf("%s: %s", filepath.Base(m.cmd.Path), log[max(0, len(log)-4000):])
	}
}

// path is a place of the mount.
func (m *mounted) path(parts ...string) string {
	return filepath.Join(append([]string{m.dir}, parts...)...)
}

// read returns what a file reads, and fails the test if it does not.
func (m *mounted) read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(m.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// write writes as a shell's echo -n does: truncate, one write, close.
func (m *mounted) write(t testing.TB, name, value string) {
	t.Helper()
	if err := os.WriteFile(m.path(name), []byte(value), 0o666); err != nil {
		t.Fatal(err)
	}
}

// rss returns the resident memory of the serving process in bytes.
func (m *mounted) rss(t testing.TB) int {
	t.Helper()
	return procKB(t, m.cmd.Process.Pid, "VmRSS:") * 1024
}

// isMounted tells whether a filesystem is mounted at a directory.
func isMounted(dir string) bool {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	return strings.Contains(string(mounts), " "+dir+" ")
}

// errnoOf returns the errno inside an error, 0 for nil.
func errnoOf(err error) syscall.Errno {
	var e syscall.Errno
	errors.As(err, &e)
	return e
}

// syncBuffer collects what a process prints while others read it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *syncBuffer) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Len()
}
