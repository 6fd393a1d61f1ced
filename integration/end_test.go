// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ended waits for the end of the process and returns its exit code.
func (m *mounted) ended(t testing.TB) int {
	t.Helper()
	select {
	case err := <-m.done:
		m.done <- err
	case <-time.After(10 * time.Second):
		t.Fatalf("the process does not end: %s", m.log)
	}
	return m.cmd.ProcessState.ExitCode()
}

func TestEndsOnSignals(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			m := mountOwfs(t, "-s", "127.0.0.1:1")
			m.cmd.Process.Signal(s)
			if code := m.ended(t); code != 0 || isMounted(m.dir) {
				t.Errorf("exit %d, mounted %v: %s", code, isMounted(m.dir), m.log)
			}
		})
	}
}

// Who starts it with nohup wants it to outlive the terminal.
func TestNohup(t *testing.T) {
	m := startMount(t, "/usr/bin/nohup", filepath.Join(built, "owfs"), "--foreground", "-s", "127.0.0.1:1")
	m.cmd.Process.Signal(syscall.SIGHUP)
	select {
	case err := <-m.done:
		m.done <- err
		t.Errorf("it ends: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
}

// A log that nobody reads any more is no reason to leave a dead mount behind.
func TestLogIsClosed(t *testing.T) {
	dir := mountPoint(t)
	cmd := exec.Command(filepath.Join(built, "owfs"), "--foreground", "-s", "127.0.0.1:1", dir)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	eventually(t, 5*time.Second, "the mount", func() bool { return isMounted(dir) })
	r.Close()
	cmd.Process.Signal(syscall.SIGUSR1)
	time.Sleep(100 * time.Millisecond)
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// A mount in use is waited for a little, then detached.
func TestEndsWhileInUse(t *testing.T) {
	t.Parallel()
	users := map[string]func(*testing.T, *mounted) func(){
		"open file": func(t *testing.T, m *mounted) func() {
			f, err := os.Open(m.path("system/process/pid"))
			if err != nil {
				t.Fatal(err)
			}
			return func() { f.Close() }
		},
		"directory": func(t *testing.T, m *mounted) func() {
			sleep := exec.Command("sleep", "60")
			sleep.Dir = m.path("settings")
			if err := sleep.Start(); err != nil {
				t.Fatal(err)
			}
			return func() {
				sleep.Process.Kill()
				sleep.Wait()
			}
		},
	}
	for name, use := range users {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mountOwfs(t, "-s", "127.0.0.1:1")
			defer use(t, m)()
			start := time.Now()
			m.cmd.Process.Signal(syscall.SIGTERM)
			if code := m.ended(t); code != 0 || isMounted(m.dir) {
				t.Errorf("exit %d, mounted %v: %s", code, isMounted(m.dir), m.log)
			}
			if d := time.Since(start); d < time.Second || d > 5*time.Second+busy {
				t.Errorf("it took %v", d)
			}
			if !strings.Contains(m.log.String(), "the mount is in use, detaching it") {
				t.Errorf("it says: %s", m.log)
			}
		})
	}
}

// A file that is closed in time lets the mount go as usual.
func TestEndsWhenNoLongerInUse(t *testing.T) {
	m := mountOwfs(t, "-s", "127.0.0.1:1")
	f, err := os.Open(m.path("system/process/pid"))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(500*time.Millisecond, func() { f.Close() })
	m.cmd.Process.Signal(syscall.SIGTERM)
	if code := m.ended(t); code != 0 || strings.Contains(m.log.String(), "detaching") {
		t.Errorf("exit %d: %s", code, m.log)
	}
}

// umount from outside ends the process.
func TestUnmountedFromOutside(t *testing.T) {
	m := mountOwfs(t, "-s", "127.0.0.1:1")
	// A mount may be in the table a moment before it is at rest.
	eventually(t, 5*time.Second, "umount succeeds", func() bool { return exec.Command("umount", m.dir).Run() == nil })
	if code := m.ended(t); code != 0 {
		t.Errorf("exit %d: %s", code, m.log)
	}
}

// After umount -l with a file open the process serves that file, and ends with
// success when it is told to.
func TestDetachedFromOutside(t *testing.T) {
	m := mountOwfs(t, "-s", "127.0.0.1:1")
	f, err := os.Open(m.path("system/process/pid"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Unmount(m.dir, syscall.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadAt(make([]byte, 20), 0); err != nil && err.Error() != "EOF" {
		t.Error(err)
	}
	m.cmd.Process.Signal(syscall.SIGTERM)
	if code := m.ended(t); code != 0 {
		t.Errorf("exit %d: %s", code, m.log)
	}
}

// What somebody has mounted over it stays.
func TestCoveredMount(t *testing.T) {
	t.Parallel()
	m := mountOwfs(t, "-s", "127.0.0.1:1")
	if err := syscall.Mount("none", m.dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer syscall.Unmount(m.dir, syscall.MNT_DETACH)
	m.cmd.Process.Signal(syscall.SIGTERM)
	m.ended(t)
	if !isMounted(m.dir) {
		t.Error("it has unmounted what another has mounted")
	}
	syscall.Unmount(m.dir, 0)
	syscall.Unmount(m.dir, syscall.MNT_DETACH) // its own, dead now
}

// SIGUSR1 makes the log tell more, SIGUSR2 less.
func TestLogLevelSignals(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, testDevices))
	told := func(what string) int { return strings.Count(m.log.String(), what) }
	absent := func() { os.Stat(m.path("no such place")) }

	absent()
	if n := told("level=DEBUG"); n > 0 {
		t.Errorf("%d debugging messages by default", n)
	}
	for i := range 2 {
		m.cmd.Process.Signal(syscall.SIGUSR1)
		eventually(t, 5*time.Second, "the new level", func() bool { return told("log level changed") == i+1 })
	}
	absent()
	eventually(t, 5*time.Second, "a debugging message", func() bool { return told("level=DEBUG") > 0 })
	m.cmd.Process.Signal(syscall.SIGUSR2)
	eventually(t, 5*time.Second, "the old level", func() bool { return told("log level changed") == 3 })
	n := told("level=DEBUG")
	absent()
	if told("level=DEBUG") > n {
		t.Error("debugging messages after SIGUSR2")
	}
}
