// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lendDevice lets every user open the device, as udev's rules do: fusermount3
// opens it with the user's rights.
func lendDevice(t testing.TB) {
	t.Helper()
	info, err := os.Stat("/dev/fuse")
	if err == nil {
		err = os.Chmod("/dev/fuse", 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod("/dev/fuse", info.Mode()) })
}

// userMountPoint makes a directory for a mount of another user.
func userMountPoint(t testing.TB) string {
	t.Helper()
	lendDevice(t)
	dir := mountPoint(t)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runAs runs owfs as a user who is not root, with /etc/fuse.conf as given.
// Mounting needs a mount namespace of its own then, and its command is what
// this is about: a script that has the program in $0 and the directory in $1.
func runAs(t testing.TB, fuseConf, dir, script string) string {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "fuse.conf")
	if err := os.WriteFile(conf, []byte(fuseConf), 0o644); err != nil {
		t.Fatal(err)
	}
	const prepare = `mount --bind "$1" /etc/fuse.conf && exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "$2" "$3" "$4"`
	cmd := exec.Command("unshare", "--mount", "sh", "-c", prepare, "sh", conf, script, filepath.Join(built, "owfs"), dir)
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("%s: %v", script, err)
	}
	return string(out)
}

// startUserMount mounts as a user who is not root and stays in the foreground.
func startUserMount(t testing.TB, args ...string) *mounted {
	t.Helper()
	m := &mounted{dir: userMountPoint(t), log: &syncBuffer{}, done: make(chan error, 1)}
	m.cmd = exec.Command(filepath.Join(built, "owfs"), append(append([]string{"--foreground"}, args...), m.dir)...)
	m.cmd.Dir = "/"
	m.cmd.Stderr = m.log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { m.done <- m.cmd.Wait() }()
	t.Cleanup(func() { m.stop(t) })
	if !within(10*time.Second, func() bool { return isMounted(m.dir) }) {
		t.Fatalf("no mount: %s", m.log)
	}
	return m
}

// A user mounts by fusermount3: what is there is the user's alone.
func TestUserMounts(t *testing.T) {
	m := startUserMount(t, "-s", startOwserver(t, testDevices), "-o", "noexec,max_read=65536")
	if got := as(nobody, "cat", m.path(thermometer, "type")); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}
	if got := as(nobody, "stat", "-c", "%u %g", m.path(thermometer, "type")); got != "65534 65534" {
		t.Errorf("it belongs to %s", got)
	}
	if _, err := os.Stat(m.path(thermometer)); errnoOf(err) != syscall.EACCES {
		t.Errorf("root sees it: %v", err)
	}
	got := mountTableOptions(t, m.dir)
	for word := range strings.FieldsSeq("rw nosuid nodev noexec default_permissions user_id=65534 group_id=65534 max_read=65536") {
		if !strings.Contains(got, ","+word+",") {
			t.Errorf("without %s: %s", word, got)
		}
	}
	m.cmd.Process.Signal(syscall.SIGTERM)
	if code := m.ended(t); code != 0 || isMounted(m.dir) {
		t.Errorf("exit %d, mounted %v: %s", code, isMounted(m.dir), m.log)
	}
}

// A user's mount that is in use is detached as well.
func TestUserMountInUse(t *testing.T) {
	m := startUserMount(t, "-s", "127.0.0.1:1")
	sleep := exec.Command("sleep", "60")
	sleep.Dir = m.dir
	sleep.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer sleep.Wait()
	defer sleep.Process.Kill()
	m.cmd.Process.Signal(syscall.SIGTERM)
	if code := m.ended(t); code != 0 || isMounted(m.dir) {
		t.Errorf("exit %d, mounted %v: %s", code, isMounted(m.dir), m.log)
	}
}

func TestUserMountReadOnly(t *testing.T) {
	m := startUserMount(t, "-s", startOwserver(t, testDevices), "-r")
	name := m.path(thermometer, "temphigh")
	if got := as(nobody, "sh", "-c", "echo 30 > "+name); !strings.Contains(got, "Read-only file system") {
		t.Errorf("writing: %q", got)
	}
}

// A user's stale mount is repaired by the same user, in the background too.
func TestUserRepairsStaleMount(t *testing.T) {
	dir := userMountPoint(t)
	owfs := filepath.Join(built, "owfs")
	pid := func() int {
		n, _ := strconv.Atoi(as(nobody, "cat", dir+"/system/process/pid"))
		return n
	}
	if got := as(nobody, owfs, "--error_print=3", "-s", "127.0.0.1:1", dir); got != "" {
		t.Error(got)
	}
	first := pid()
	if first == 0 {
		t.Fatal("no mount")
	}
	syscall.Kill(first, syscall.SIGKILL)
	eventually(t, 5*time.Second, "the end of the process", func() bool { return !alive(first) })
	if got := as(nobody, owfs, "--error_print=3", "-s", "127.0.0.1:1", dir); got != "" {
		t.Error(got)
	}
	second := pid()
	if second == 0 || second == first {
		t.Fatalf("process %d after %d", second, first)
	}
	// Another user's mount is not touched, not by root either.
	if code, stderr := runOwfs(t, "-s", "127.0.0.1:1", dir); code != 3 || !strings.Contains(stderr, "already (fuse.OWFS)") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	syscall.Kill(second, syscall.SIGTERM)
	eventually(t, 5*time.Second, "the end of the process", func() bool { return !alive(second) })
	if isMounted(dir) {
		t.Error("the mount is left")
	}
}

func TestUserMountsForOthers(t *testing.T) {
	dir := userMountPoint(t)
	got := runAs(t, "", dir, `"$0" -s 127.0.0.1:1 --allow_other "$1"; echo "exit $?"`)
	for _, want := range []string{
		"option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf",
		"owfs: error: mounting at " + dir + ": fusermount3 has failed\n",
		"owfs: hint: allow_other needs the line user_allow_other in /etc/fuse.conf\nexit 3\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	got = runAs(t, "user_allow_other\n", dir, `"$0" --error_print=3 -s 127.0.0.1:1 --allow_other "$1" &&
		grep -c "$1 .*allow_other" /proc/mounts && kill $(cat "$1/system/process/pid") && sleep 0.5; grep -c "$1" /proc/mounts; true`)
	if got != "1\n0\n" {
		t.Errorf("with user_allow_other: %q", got)
	}
}

func TestUserIsRefused(t *testing.T) {
	mine := userMountPoint(t)
	if err := os.Chmod("/dev/fuse", 0o600); err != nil {
		t.Fatal(err)
	}
	got := as(nobody, filepath.Join(built, "owfs"), "-s", "127.0.0.1:1", mine)
	if !strings.HasSuffix(got, "owfs: hint: users can't open /dev/fuse: as root, chmod 666 /dev/fuse") {
		t.Error(got)
	}
	lendDevice(t)
	theirs := mountPoint(t) // root's
	owfs := filepath.Join(built, "owfs")
	for _, test := range []struct{ command, want string }{
		{owfs + " -s 127.0.0.1:1 " + theirs, "owfs: hint: the mount point must be yours to write\nexit 3"},
		{"PATH= " + owfs + " -s 127.0.0.1:1 " + theirs, "owfs: hint: the mount point must be yours to write\nexit 3"},
		{owfs + " -s 127.0.0.1:1 -o allow_root " + theirs, "owfs: error: -o allow_root: the kernel knows no mount for one user and root\n" +
			"owfs: hint: use -o allow_other; the modes of the files are checked, see -o umask=\nexit 2"},
	} {
		if got := as(nobody, "sh", "-c", test.command+"; echo exit $?"); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.command, got, test.want)
		}
	}
}
