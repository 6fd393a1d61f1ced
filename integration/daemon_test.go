// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A daemon is an owfs that has gone to the background.
type daemon struct {
	mounted
	pid int
}

// startDaemon runs owfs as a user does at the shell, and returns when that
// returns, which must be with success and with the mount there. The process
// left behind is ended with the test.
func startDaemon(t testing.TB, args ...string) *daemon {
	t.Helper()
	dir := mountPoint(t)
	if code, stderr := runOwfs(t, append(args, dir)...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return daemonAt(t, dir)
}

// daemonAt finds the daemon that serves a mount.
func daemonAt(t testing.TB, dir string) *daemon {
	t.Helper()
	if !isMounted(dir) {
		t.Fatal("the program has returned and nothing is mounted")
	}
	d := &daemon{mounted: mounted{dir: dir}}
	d.pid, _ = strconv.Atoi(d.read(t, "system/process/pid"))
	t.Cleanup(func() { d.end(t) })
	return d
}

// end ends the process with SIGTERM.
func (d *daemon) end(t testing.TB) {
	t.Helper()
	if !alive(d.pid) {
		return
	}
	syscall.Kill(d.pid, syscall.SIGTERM)
	if !within(20*time.Second, func() bool { return !alive(d.pid) }) {
		t.Error("the process in the background does not end")
		syscall.Kill(d.pid, syscall.SIGKILL)
		syscall.Unmount(d.dir, syscall.MNT_DETACH)
	}
}

// alive tells whether a process is there and no zombie. (The parent of what
// goes to the background may be slow to bury it.)
func alive(pid int) bool {
	state := procState(pid)
	return state != "" && state != "Z" && state != "X"
}

// procState is the letter in /proc/PID/stat, "" if there is no such process.
func procState(pid int) string {
	if f := procFields(pid); len(f) > 0 {
		return f[0]
	}
	return ""
}

// procFields are the fields of /proc/PID/stat behind the name.
func procFields(pid int) []string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || pid == 0 {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// within waits for something to become true.
func within(limit time.Duration, ok func() bool) bool {
	for end := time.Now().Add(limit); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// runOwfs runs owfs to its end, and returns exit code and standard error.
func runOwfs(t testing.TB, args ...string) (code int, stderr string) {
	t.Helper()
	return runCmd(t, exec.Command(filepath.Join(built, "owfs"), args...))
}

func runCmd(t testing.TB, cmd *exec.Cmd) (code int, stderr string) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.WaitDelay = 30 * time.Second
	timer := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer timer.Stop()
	cmd.Run()
	return cmd.ProcessState.ExitCode(), log.String()
}

func TestGoesToTheBackground(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "owfs.pid")
	// A file that the shell has open must not be held by the daemon.
	kept, err := os.Create(filepath.Join(t.TempDir(), "kept"))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if err := clearCloexec(kept); err != nil {
		t.Fatal(err)
	}
	d := startDaemon(t, "-s", startOwserver(t, testDevices), "--pid_file", pidFile)

	f := procFields(d.pid)
	if session := f[3]; session != strconv.Itoa(d.pid) {
		t.Errorf("the process %d is of session %s", d.pid, session)
	}
	for fd := range 3 {
		if to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", d.pid, fd)); to != os.DevNull {
			t.Errorf("descriptor %d is %s", fd, to)
		}
	}
	if dir, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", d.pid)); dir != "/" {
		t.Errorf("the directory is %s", dir)
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", d.pid))
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); to == kept.Name() {
			t.Errorf("it holds %s", to)
		}
	}
	if text, _ := os.ReadFile(pidFile); string(text) != fmt.Sprintf("%d\n", d.pid) {
		t.Errorf("the pid file says %q, the process is %d", text, d.pid)
	}
	if got := d.read(t, "system/process/pidfile"); got != pidFile {
		t.Errorf("system/process/pidfile reads %q", got)
	}
	d.end(t)
	if _, err := os.Stat(pidFile); !os.IsNotExist(err) {
		t.Errorf("the pid file is left: %v", err)
	}
	if isMounted(d.dir) {
		t.Error("the mount is left")
	}
}

func clearCloexec(f *os.File) error {
	_, _, e := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_SETFD, 0)
	if e != 0 {
		return e
	}
	return nil
}

// The parent hands on what the process in the background has to say.
func TestBackgroundFails(t *testing.T) {
	dir := mountPoint(t)
	code, stderr := runOwfs(t, "-s", "127.0.0.1:1", "--pid_file", dir+"/no/such/file", dir)
	if code != 1 || !strings.Contains(stderr, "owfs: error: pid file: open "+dir) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if isMounted(dir) {
		t.Error("the mount is left")
	}
	code, stderr = runOwfs(t, "-s", "127.0.0.1:1", "--wait=0.3", dir)
	if code != 4 || strings.Count(stderr, "owfs: error: no answer from [127.0.0.1:1] within 300ms") != 1 {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// Control-C reaches the program although it is in another session.
func TestInterruptedInTheBackground(t *testing.T) {
	dir := mountPoint(t)
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	cmd := exec.CommandContext(soon, filepath.Join(built, "owfs"), "-s", "127.0.0.1:1", "--wait=60", dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	start := time.Now()
	code, stderr := runCmd(t, cmd)
	if code != 1 || stderr != "owfs: error: stopped by a signal before it was ready\n" {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

// Relative names still hold when the program has left its directory.
func TestRelativeNames(t *testing.T) {
	work := t.TempDir()
	dir := mountPoint(t)
	if err := os.Symlink(dir, filepath.Join(work, "mnt")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(built, "owfs"), "-s", "127.0.0.1:1", "-P", "pid", "mnt")
	cmd.Dir = work
	if code, stderr := runCmd(t, cmd); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	d := daemonAt(t, dir)
	if got := d.read(t, "system/process/pidfile"); got != filepath.Join(work, "pid") {
		t.Errorf("system/process/pidfile reads %q", got)
	}
	d.end(t)
	if _, err := os.Stat(filepath.Join(work, "pid")); !os.IsNotExist(err) {
		t.Errorf("the pid file is left: %v", err)
	}
}

// Without a system log, the log goes on in the file that the user has given.
func TestBackgroundLogsToAFile(t *testing.T) {
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	dir := mountPoint(t)
	cmd := exec.Command(filepath.Join(built, "owfs"), "-s", "127.0.0.1:1", "--error_print=2", dir)
	cmd.Stderr = log
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	d := daemonAt(t, dir)
	syscall.Kill(d.pid, syscall.SIGUSR1)
	if !within(5*time.Second, func() bool {
		text, _ := os.ReadFile(log.Name())
		return bytes.Contains(text, []byte("log level changed"))
	}) {
		t.Error("the log is not continued")
	}
	d.end(t)
}

// Under systemd the program stays and reports.
func TestSystemdIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := mountPoint(t)
	cmd := exec.Command(filepath.Join(built, "owfs"), "-s", "127.0.0.1:1", dir)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	if got := notified(t, l); got != "READY=1" {
		t.Errorf("systemd is told %q", got)
	}
	if !isMounted(dir) {
		t.Error("it says that it is ready, and nothing is mounted")
	}
	if got, _ := os.ReadFile(dir + "/system/process/pid"); string(got) != strconv.Itoa(cmd.Process.Pid) {
		t.Errorf("process %s serves the mount, not %d", got, cmd.Process.Pid)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if got := notified(t, l); got != "STOPPING=1" {
		t.Errorf("systemd is told %q", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func notified(t testing.TB, l *net.UnixConn) string {
	t.Helper()
	l.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 4096)
	n, err := l.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}
