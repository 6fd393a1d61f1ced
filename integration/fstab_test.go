// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// installHelper makes our owfs a helper of mount(8) for the time of the test.
func installHelper(t testing.TB, name string) {
	t.Helper()
	link := filepath.Join("/usr/sbin", name)
	if err := os.Symlink(filepath.Join(built, "owfs"), link); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(link) })
}

// An fstab is a file of one line, and the place that it mounts at.
type fstab struct{ file, dir string }

func newFstab(t testing.TB, source, kind, options string) fstab {
	t.Helper()
	f := fstab{filepath.Join(t.TempDir(), "fstab"), mountPoint(t)}
	line := fmt.Sprintf("%s %s %s %s 0 0\n", source, f.dir, kind, options)
	if err := os.WriteFile(f.file, []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fstab) mount(args ...string) (string, error) {
	out, err := exec.Command("mount", append([]string{"-T", f.file}, args...)...).CombinedOutput()
	return string(out), err
}

// use reads from the mount and unmounts it as its user would.
func (f fstab) use(t testing.TB) {
	t.Helper()
	d := daemonAt(t, f.dir)
	if got := d.read(t, thermometer+"/type"); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}
	if out, err := exec.Command("umount", f.dir).CombinedOutput(); err != nil {
		t.Fatalf("umount: %v: %s", err, out)
	}
	eventually(t, 5*time.Second, "the end of the process", func() bool { return !alive(d.pid) })
}

func TestFstab(t *testing.T) {
	installHelper(t, "mount.owfs")
	addr := startOwserver(t, testDevices)
	for _, test := range []struct{ name, source, kind, options, shown string }{
		{"owfs", addr, "owfs", "error_print=3", addr},
		{"as for systemd", addr, "owfs", "error_print=3,allow_other,noauto,nofail,_netdev,x-systemd.automount,noatime,uid=65534,umask=022", addr},
		{"server among the options", "none", "owfs", "error_print=3,server=" + addr, "none"},
		{"by mount.fuse", filepath.Join(built, "owfs") + "#" + addr, "fuse", "error_print=3,allow_other", "OWFS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFstab(t, test.source, test.kind, test.options)
			if out, err := f.mount(f.dir); err != nil || out != "" {
				t.Fatalf("%v: %s", err, out)
			}
			table, _ := os.ReadFile("/proc/self/mounts")
			if !strings.Contains(string(table), test.shown+" "+f.dir+" fuse.OWFS ") {
				t.Errorf("the source is not shown as %s", test.shown)
			}
			f.use(t)
		})
	}
}

// mount -a knows what is mounted already.
func TestFstabAll(t *testing.T) {
	installHelper(t, "mount.owfs")
	f := newFstab(t, startOwserver(t, testDevices), "owfs", "error_print=3")
	for range 2 {
		if out, err := f.mount("-a"); err != nil || out != "" {
			t.Fatalf("%v: %s", err, out)
		}
	}
	f.use(t)
}

// The helper may have the name of the type that the mount table shows.
func TestFstabFuseType(t *testing.T) {
	installHelper(t, "mount.fuse.owfs")
	f := newFstab(t, startOwserver(t, testDevices), "fuse.owfs", "error_print=3,ro")
	if out, err := f.mount(f.dir); err != nil || out != "" {
		t.Fatalf("%v: %s", err, out)
	}
	f.use(t)
}

// What is wrong is told through mount(8), with our exit code.
func TestFstabErrors(t *testing.T) {
	installHelper(t, "mount.owfs")
	f := newFstab(t, "127.0.0.1:1", "owfs", "nonsense")
	out, err := f.mount(f.dir)
	if !strings.Contains(out, "owfs: error: -o nonsense: there is no such mount option\n") || err == nil || err.Error() != "exit status 2" {
		t.Errorf("%v: %s", err, out)
	}
	out, err = f.mount("-s", f.dir) // sloppy
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	daemonAt(t, f.dir)
	f = newFstab(t, "127.0.0.1:1", "owfs", "wait=0.2")
	out, err = f.mount(f.dir)
	if !strings.Contains(out, "owfs: error: no answer from [127.0.0.1:1] within 200ms\n") || err == nil || err.Error() != "exit status 4" {
		t.Errorf("%v: %s", err, out)
	}
}
