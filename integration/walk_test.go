// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// walkDevices are devices whose every value can be read, among them a hub that
// lists itself, and properties that can only be written.
const walkDevices = "--tester=10,28,29,1F,20,1D,26"

// TestWalk has the usual programs go through the whole mount. They come to an
// end without an error.
func TestWalk(t *testing.T) {
	t.Parallel()
	m := mountOwfs(t, "-s", startOwserver(t, walkDevices))
	copied := t.TempDir()
	for _, tt := range []struct {
		script string
		least  int // lines or bytes that are seen
	}{
		{`ls -lR . | wc -l`, 5000},
		{`find . | wc -l`, 5000},
		{`find . -type f -size -13c | wc -l`, 1000},
		{`du -a . | wc -l`, 5000},
		{`tar cf - . | wc -c`, 1000000},
		{`rsync -r --exclude=/bus.0 --exclude=/uncached . "$0" && find "$0" -type f | wc -l`, 3000},
		{`grep -r DS18 . | wc -l`, 10},
		{`cp -r 28.* settings system "$0" && ls "$0"/28.* | wc -l`, 10},
		{`cat 28.*/temperature 29.*/PIO.ALL 26.*/date | wc -c`, 30},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		start := time.Now()
		cmd := exec.CommandContext(ctx, "/bin/bash", "-c", "set -o pipefail; "+tt.script, copied)
		cmd.Dir = m.dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		cancel()
		seen := 0
		fmt.Sscan(string(out), &seen)
		if err != nil || stderr.Len() > 0 || seen < tt.least {
			t.Errorf("%s: %v, %q, want at least %d\n%s", tt.script, err, out, tt.least, stderr.String())
		}
		t.Logf("%s: %d in %v", tt.script, seen, time.Since(start).Round(time.Millisecond))
	}
}

// TestWalkEntries checks what directories tell of their entries: the type, and
// inodes that are those of stat, differ, and are the same after each mount.
func TestWalkEntries(t *testing.T) {
	t.Parallel()
	addr := startOwserver(t, walkDevices)
	first := mountOwfs(t, "-s", addr)
	was := inodes(t, first)
	first.stop(t)
	now := inodes(t, mountOwfs(t, "-s", addr))
	byNumber := map[uint64]string{}
	for name, ino := range now {
		if was[name] != ino {
			t.Errorf("%s has inode %d after another mount, and had %d", name, ino, was[name])
		}
		if other, twice := byNumber[ino]; twice {
			t.Errorf("%s and %s have inode %d", name, other, ino)
		}
		byNumber[ino] = name
	}
	if len(now) < 3000 || len(was) != len(now) {
		t.Errorf("%d entries, and then %d", len(was), len(now))
	}
}

// inodes walks through a mount and returns the inode of each place.
func inodes(t *testing.T, m *mounted) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	var walk func(dir string)
	walk = func(dir string) {
		list, err := dirents(m.dir + dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if n := len(list); n < 2 || list[n-2].name != "." || list[n-1].name != ".." {
			t.Errorf("%s does not end in the dots: %+v", dir, list)
		}
		for _, e := range list {
			full := strings.TrimSuffix(dir, "/") + "/" + e.name
			var st syscall.Stat_t
			if err := syscall.Lstat(m.dir+full, &st); err != nil {
				t.Errorf("%s: %v", full, err)
				continue
			}
			// The kernel answers for the root and what is above it.
			if above := full == "/." || filepath.Clean(full) == "/"; !above && st.Ino != e.ino {
				t.Errorf("%s: inode %d in the directory, %d in stat", full, e.ino, st.Ino)
			}
			if isDir := st.Mode&syscall.S_IFMT == syscall.S_IFDIR; isDir != (e.typ == syscall.DT_DIR) || !isDir && e.typ != syscall.DT_REG {
				t.Errorf("%s: type %d, mode %o", full, e.typ, st.Mode)
			}
			if e.name == "." || e.name == ".." {
				continue
			}
			all[full] = st.Ino
			if e.typ == syscall.DT_DIR && full != "/bus.0/bus.0" && full != "/uncached" {
				walk(full)
			}
		}
	}
	walk("/")
	return all
}

// TestWalkOneRead: a cat is one read of the device, so that it never shows
// halves of two values. The adapter fake makes random ones.
func TestWalkOneRead(t *testing.T) {
	const rounds = 50
	m := mountOwfs(t, "-s", startOwserver(t, "--fake=28,29,20"))
	list, err := filepath.Glob(m.path("28.*"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	counter := func() (n int) {
		fmt.Sscan(m.read(t, "bus.0/statistics/read/calls"), &n)
		return n
	}
	before, values := counter(), map[string]bool{}
	for range rounds {
		out, err := exec.Command("cat", filepath.Join(list[0], "temperature")).Output()
		if err != nil {
			t.Fatal(err)
		}
		values[string(out)] = true
	}
	if n := counter() - before - 1; n != rounds {
		t.Errorf("%d cats are %d reads", rounds, n)
	}
	if len(values) < rounds/2 {
		t.Errorf("only %d values: %v", len(values), values)
	}
}

// TestWalkBytewise reads an array byte by byte, through a shell and with seeks.
func TestWalkBytewise(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, testDevices))
	for name, want := range map[string]string{
		"29.000029D60200/PIO.ALL":     "1,0,1,0,1,0,1,0",
		"28.000028D70100/temperature": "",
		"28.000028D70100/type":        "DS18B20",
	} {
		if want == "" {
			want = m.read(t, name)
		}
		out, err := exec.Command("dd", "bs=1", "status=none", "if="+m.path(name)).Output()
		if err != nil || string(out) != want {
			t.Errorf("dd bs=1 of %s: %q, %v, want %q", name, out, err, want)
		}
		if out, err = exec.Command("head", "-c1", m.path(name)).Output(); err != nil || string(out) != want[:1] {
			t.Errorf("head -c1 of %s: %q, %v", name, out, err)
		}
		if out, err = exec.Command("tail", "-c1", m.path(name)).Output(); err != nil || string(out) != want[len(want)-1:] {
			t.Errorf("tail -c1 of %s: %q, %v", name, out, err)
		}
		file, err := os.Open(m.path(name))
		if err != nil {
			t.Fatal(err)
		}
		for i := len(want); i >= 0; i-- {
			got := make([]byte, 3)
			n, _ := file.ReadAt(got, int64(i))
			if part := want[i:min(i+3, len(want))]; string(got[:n]) != part {
				t.Errorf("%s at %d: %q, want %q", name, i, got[:n], part)
			}
		}
		file.Close()
	}
}

// TestWalkWritersEnd: who writes more than fits is told so, and does not try
// for ever.
func TestWalkWritersEnd(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, "--mock=28,2D"))
	for _, tt := range []struct {
		script string
		ok     bool
	}{
		{`echo F >settings/units/temperature_scale`, true},
		{`echo psi >settings/units/pressure_scale`, true},
		{`echo 30 >>settings/timeout/volatile`, true},
		{`echo 25 | tee 28.*/templow`, true},
		{`head -c 32 /dev/zero >2D.*/pages/page.0`, true},
		{`head -c 33 /dev/zero >2D.*/pages/page.0`, false},
		{`head -c 300 /dev/zero | tee 2D.*/memory >/dev/null`, false},
		{`yes | head -c 200000 | cat >28.*/alias`, false},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		cmd := exec.CommandContext(ctx, "/bin/bash", "-c", "set -o pipefail; "+tt.script)
		cmd.Dir = m.dir
		out, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			t.Errorf("%s does not end", tt.script)
		} else if (err == nil) != tt.ok {
			t.Errorf("%s: %v: %s", tt.script, err, out)
		}
		cancel()
	}
	if got := m.read(t, "settings/units/temperature_scale"); got != "F" {
		t.Errorf("the scale is %q", got)
	}
}

// TestWalkFixedTree: nobody makes or removes anything.
func TestWalkFixedTree(t *testing.T) {
	addr := startOwserver(t, testDevices)
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"EPERM", nil},
		{"EROFS", []string{"-r"}},
		{"EROFS", []string{"-o", "ro"}},
	} {
		m := mountOwfs(t, append(tt.args, "-s", addr)...)
		for _, p := range []probe{
			{op: "mkdir", path: "/new"}, {op: "mkdir", path: "/28.000028D70100/new"},
			{op: "create", path: "/28.000028D70100/new"}, {op: "mknod", path: "/settings/new"}, {op: "mkfifo", path: "/new"},
			{op: "symlink", path: "/new"}, {op: "link", path: "/28.000028D70100/type"},
			{op: "unlink", path: "/28.000028D70100/alias"}, {op: "rmdir", path: "/28.000028D70100"},
			{op: "rename", path: "/28.000028D70100"}, {op: "rename", path: "/28.000028D70100/alias"},
		} {
			if got := strings.TrimPrefix(p.on(m), "open "); got != tt.want {
				t.Errorf("with %q, %v: %s, want %s", tt.args, p, got, tt.want)
			}
		}
		m.stop(t)
	}
}

// TestWalkXattrs reads what a property tells of itself.
func TestWalkXattrs(t *testing.T) {
	m := mountOwfs(t, "-F", "-s", startOwserver(t, testDevices))
	for _, tt := range []struct{ path, attr, want string }{
		{"28.000028D70100/temperature", "user.owfs.format", "temperature"},
		{"28.000028D70100/temperature", "user.owfs.unit", "F"},
		{"28.000028D70100/temperature", "user.owfs.access", "ro"},
		{"28.000028D70100/temperature", "user.owfs.change", "volatile"},
		{"28.000028D70100/temperature", "user.owfs.rom", "28.000028D70100"},
		{"29.000029D60200/PIO.1", "user.owfs.access", "rw"},
		{"29.000029D60200/PIO.1", "user.owfs.elements", "8"},
		{"28.000028D70100", "user.owfs.rom", "28.000028D70100"},
		{"28.000028D70100", "user.owfs.format", "ENODATA"},
		{"28.000028D70100/temperature", "user.other", "ENODATA"},
		{"28.000028D70100/temperature", "security.capability", "ENODATA"},
	} {
		buf := make([]byte, 100)
		n, err := syscall.Getxattr(m.path(tt.path), tt.attr, buf)
		got := string(buf[:max(n, 0)])
		if err != nil {
			got = errnoName(errnoOf(err))
		}
		if got != tt.want {
			t.Errorf("%s of %s is %q, want %q", tt.attr, tt.path, got, tt.want)
		}
		if err != nil {
			continue
		}
		if names := (probe{op: "xattr", path: "/" + tt.path}).on(m); !strings.Contains(names, tt.attr) {
			t.Errorf("%s is not among %q", tt.attr, names)
		}
		if size, err := syscall.Getxattr(m.path(tt.path), tt.attr, nil); err != nil || size != len(tt.want) {
			t.Errorf("asked for the size of %s: %d, %v", tt.attr, size, err)
		}
		if _, err := syscall.Getxattr(m.path(tt.path), tt.attr, make([]byte, 1)); len(tt.want) > 1 && err != syscall.ERANGE {
			t.Errorf("%s in one byte: %v", tt.attr, err)
		}
	}
}

// TestWalkStatfs: df has nothing to show, and does not fail.
func TestWalkStatfs(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, testDevices))
	var st syscall.Statfs_t
	if err := syscall.Statfs(m.dir, &st); err != nil {
		t.Fatal(err)
	}
	const fuseMagic = 0x65735546
	if st.Type != fuseMagic || st.Blocks != 0 || st.Bfree != 0 || st.Files != 0 || st.Namelen != 255 || st.Bsize != 4096 {
		t.Errorf("%+v", st)
	}
	if out, err := exec.Command("df", "-a", m.dir).CombinedOutput(); err != nil || !strings.Contains(string(out), m.dir) {
		t.Errorf("df: %v: %s", err, out)
	}
}

// TestWalkOwner: everything belongs to who mounted it.
func TestWalkOwner(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, testDevices))
	for _, name := range []string{"", "28.000028D70100", "28.000028D70100/temperature", "settings/units", "structure/28/type"} {
		info, err := os.Lstat(m.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Getuid() || int(st.Gid) != os.Getgid() {
			t.Errorf("%q belongs to %d:%d", name, st.Uid, st.Gid)
		}
		if info.Mode()&fs.ModeSymlink != 0 || info.ModTime().After(time.Now().Add(time.Second)) {
			t.Errorf("%q: %v, %v", name, info.Mode(), info.ModTime())
		}
	}
}
