// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Users that no test depends on otherwise.
const (
	nobody  = 65534
	another = 65533
)

// as runs a command as a user without any rights, and returns what it prints.
func as(uid uint32, name string, args ...string) string {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, _ := cmd.CombinedOutput()
	return strings.TrimSpace(string(out))
}

// mountTableOptions are both lists of options that the mount table has of a place.
func mountTableOptions(t testing.TB, dir string) string {
	t.Helper()
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(table), "\n") {
		if f := strings.Fields(line); len(f) > 6 && f[4] == dir {
			return strings.Join([]string{"", f[5], f[len(f)-1], ""}, ",")
		}
	}
	t.Fatalf("nothing is mounted at %s", dir)
	return ""
}

// Every word reaches the kernel, whichever option it stands behind.
func TestMountOptionsReachTheKernel(t *testing.T) {
	tests := []struct {
		args       []string
		have, miss string
	}{
		{nil, "rw nosuid nodev default_permissions user_id=0 group_id=0", "allow_other noexec ro"},
		{[]string{"-o", "allow_other,default_permissions,noexec,nodev,nosuid,max_read=65536"},
			"allow_other default_permissions noexec nodev nosuid max_read=65536", ""},
		{[]string{`--fuse_opt="-o allow_other,noexec -o max_read=4096"`}, "allow_other noexec max_read=4096", ""},
		{[]string{"--fuse_open_opt=-o ro,noexec"}, "ro noexec", "rw"},
		{[]string{"--allow_other"}, "allow_other", ""},
		{[]string{"-r"}, "ro", "rw"},
		{[]string{"--safemode"}, "ro", "rw"},
		{[]string{"-o", "dev,suid,exec"}, "rw", "nodev nosuid noexec"},
		{[]string{"-o", "allow_root"}, "rw", "allow_other"},
		{[]string{"-o", "x-systemd.automount,_netdev,nofail,noauto,user"}, "rw", ""},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			m := mountOwfs(t, append([]string{"-s", "127.0.0.1:1"}, test.args...)...)
			got := mountTableOptions(t, m.dir)
			for word := range strings.FieldsSeq(test.have) {
				if !strings.Contains(got, ","+word+",") {
					t.Errorf("without %s: %s", word, got)
				}
			}
			for word := range strings.FieldsSeq(test.miss) {
				if strings.Contains(got, ","+word+",") {
					t.Errorf("with %s: %s", word, got)
				}
			}
		})
	}
}

func TestSourceAndTypeShown(t *testing.T) {
	for options, want := range map[string]string{
		"": "OWFS %s fuse.OWFS ", "-ofsname=cellar,subtype=wire": "cellar %s fuse.wire ",
	} {
		m := mountOwfs(t, append(strings.Fields(options), "-s", "127.0.0.1:1")...)
		table, _ := os.ReadFile("/proc/self/mounts")
		if want := strings.ReplaceAll(want, "%s", m.dir); !strings.Contains(string(table), want) {
			t.Errorf("%q is not in the mount table", want)
		}
	}
}

// Nobody but the owner of the mount sees it, unless it is allowed.
func TestOthersSeeNothing(t *testing.T) {
	m := mountOwfs(t, "-s", "127.0.0.1:1")
	if got := as(nobody, "ls", m.dir); !strings.Contains(got, "Permission denied") {
		t.Errorf("another user gets %q", got)
	}
}

// The modes shown are what counts.
func TestModesAreEnforced(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, testDevices), "-o", "allow_other,uid=65534,gid=65533,umask=027")
	file, limit := m.path(thermometer, "type"), m.path(thermometer, "temphigh")
	for name, want := range map[string]string{
		m.dir: "drwxr-x--- 65534 65533", m.path(thermometer): "drwxr-x--- 65534 65533",
		file: "-r--r----- 65534 65533", limit: "-rw-r----- 65534 65533",
	} {
		if got := as(nobody, "stat", "-c", "%A %u %g", name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, test := range []struct {
		uid           uint32
		command, want string
	}{
		{nobody, "cat " + file, "DS18B20"},
		{another, "cat " + file, "DS18B20"}, // of the group
		{1, "cat " + file, "cat: " + file + ": Permission denied"},
		{1, "ls " + m.dir, "ls: cannot open directory '" + m.dir + "': Permission denied"},
		{nobody, "echo 30 > " + limit, ""},
		{another, "echo 31 > " + limit, "sh: 1: cannot create " + limit + ": Permission denied"},
		{nobody, "echo x > " + file, "sh: 1: cannot create " + file + ": Permission denied"},
	} {
		if got := as(test.uid, "sh", "-c", test.command); got != test.want {
			t.Errorf("%d: %s: %q, want %q", test.uid, test.command, got, test.want)
		}
	}
}

// The owner is who mounts.
func TestOwnerIsWhoMounts(t *testing.T) {
	m := mountOwfs(t, "-s", "127.0.0.1:1", "--allow_other")
	if got := as(nobody, "stat", "-c", "%A %u %g", m.path("settings/units/temperature_scale")); got != "-rw-rw-rw- 0 0" {
		t.Errorf("it shows %s", got)
	}
}

// -r, --safemode and -o ro take the write bits away, and root gets EROFS.
func TestReadOnly(t *testing.T) {
	addr := startOwserver(t, testDevices)
	for _, option := range []string{"-r", "-oro", "--readonly", "--safemode"} {
		t.Run(option, func(t *testing.T) {
			m := mountOwfs(t, option, "-s", addr)
			name := m.path(thermometer, "temphigh")
			info, err := os.Stat(name)
			if err != nil || info.Mode().Perm() != 0o444 {
				t.Errorf("the mode is %v (%v)", info.Mode(), err)
			}
			if err := os.WriteFile(name, []byte("30"), 0); errnoOf(err) != syscall.EROFS {
				t.Errorf("writing: %v", err)
			}
			if err := os.Mkdir(m.path("new"), 0o777); errnoOf(err) != syscall.EROFS {
				t.Errorf("mkdir: %v", err)
			}
			if err := os.WriteFile(m.path("settings/units/temperature_scale"), []byte("F"), 0); errnoOf(err) != syscall.EROFS {
				t.Errorf("writing a setting: %v", err)
			}
		})
	}
}

// --safemode also keeps readers from passing over the caches.
func TestSafeMode(t *testing.T) {
	m := mountOwfs(t, "--safemode", "--uncached", "-s", startOwserver(t, testDevices))
	if got := m.read(t, thermometer+"/type"); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}
	for _, dir := range []string{"uncached", "bus.0/uncached"} {
		if _, err := os.ReadFile(m.path(dir, thermometer, "temperature")); errnoOf(err) != syscall.EACCES {
			t.Errorf("below %s: %v", dir, err)
		}
	}
	if got := m.read(t, "settings/timeout/uncached"); got != "0" {
		t.Errorf("settings/timeout/uncached reads %q", got)
	}
}

// Root needs no helper program.
func TestMountsWithoutFusermount(t *testing.T) {
	t.Parallel()
	dir := mountPoint(t)
	cmd := exec.Command(filepath.Join(built, "owfs"), "-s", "127.0.0.1:1", dir)
	cmd.Env = []string{"PATH="}
	if code, stderr := runCmd(t, cmd); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	d := daemonAt(t, dir)
	f, err := os.Open(d.path("system/process/pid"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d.end(t) // it is in use, so this detaches it
	if isMounted(dir) {
		t.Error("the mount is left")
	}
}

// What the kernel refuses is told with its reason.
func TestKernelRefuses(t *testing.T) {
	dir := mountPoint(t)
	code, stderr := runOwfs(t, "-s", "127.0.0.1:1", "-o", "rootcontext=nonsense", dir)
	if code != 3 || !strings.Contains(stderr, "owfs: error: mounting at "+dir+": invalid argument\nowfs: hint: ") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
