// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kill ends the daemon so that its mount stays behind.
func (d *daemon) kill(t testing.TB) {
	t.Helper()
	syscall.Kill(d.pid, syscall.SIGKILL)
	eventually(t, 10*time.Second, "the end of the process", func() bool { return !alive(d.pid) })
}

// again starts owfs on the mount point of a daemon.
func (d *daemon) again(t testing.TB, args ...string) *daemon {
	t.Helper()
	if code, stderr := runOwfs(t, append(args, d.dir)...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return daemonAt(t, d.dir)
}

func TestStaleMountIsRepaired(t *testing.T) {
	d := startDaemon(t, "-s", "127.0.0.1:1")
	d.kill(t)
	again := d.again(t, "-s", "127.0.0.1:1")
	if again.pid == d.pid || again.pid == 0 {
		t.Errorf("process %d after %d", again.pid, d.pid)
	}
	again.end(t)
	if isMounted(d.dir) {
		t.Error("two mounts were there")
	}
}

// The name by which the mount point is found may be a link to it, and stand
// below a link.
func TestStaleMountBehindALink(t *testing.T) {
	d := startDaemon(t, "-s", "127.0.0.1:1")
	d.kill(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(d.dir), link); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(link, filepath.Base(d.dir))
	if code, stderr := runOwfs(t, "-s", "127.0.0.1:1", name); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	daemonAt(t, d.dir).end(t)
}

func TestLiveMountIsKept(t *testing.T) {
	d := startDaemon(t, "-s", "127.0.0.1:1")
	want := "owfs: error: something is mounted at " + d.dir + " already (fuse.OWFS)\n" +
		"owfs: hint: unmount it first with: umount " + d.dir + "\n"
	code, stderr := runOwfs(t, "-s", "127.0.0.1:1", d.dir)
	if code != 3 || stderr != want {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if got := daemonAt(t, d.dir).pid; got != d.pid {
		t.Errorf("process %d serves the mount, not %d", got, d.pid)
	}
}

// A server that hangs lives.
func TestHangingMountIsKept(t *testing.T) {
	d := startDaemon(t, "-s", "127.0.0.1:1")
	syscall.Kill(d.pid, syscall.SIGSTOP)
	defer syscall.Kill(d.pid, syscall.SIGCONT)
	code, stderr := runOwfs(t, "-s", "127.0.0.1:1", d.dir)
	if code != 3 || !strings.Contains(stderr, "already (fuse.OWFS)") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
