// SPDX-License-Identifier: Apache-2.0

package integration

import (
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

// writeConfig replaces a config file as an editor does.
func writeConfig(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// scale is the temperature scale that the mount uses, "" if it can't be read.
func (m *mounted) scale() string {
	b, _ := os.ReadFile(m.path("settings/units/temperature_scale"))
	return string(b)
}

func (m *mounted) process() int {
	b, _ := os.ReadFile(m.path("system/process/pid"))
	pid, _ := strconv.Atoi(string(b))
	return pid
}

// A config file that changes makes the program start anew in the same process.
func TestConfigChanges(t *testing.T) {
	t.Parallel()
	conf := filepath.Join(t.TempDir(), "owfs.conf")
	server := "server = " + startOwserver(t, testDevices) + "\n"
	writeConfig(t, conf, server)
	m := mountOwfs(t, "-c", conf)
	pid := m.process()
	if pid != m.cmd.Process.Pid || m.scale() != "C" {
		t.Fatalf("process %d, scale %q", pid, m.scale())
	}

	writeConfig(t, conf, server+"Fahrenheit\n")
	took := eventually(t, 20*time.Second, "the new scale", func() bool { return m.scale() == "F" })
	t.Logf("renewed after %v", took)
	if got := m.process(); got != pid {
		t.Errorf("process %d is now %d", pid, got)
	}
	if got := m.read(t, thermometer+"/type"); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}

	writeConfig(t, conf, server+"timeout_volatile = soon\n")
	eventually(t, 20*time.Second, "a word about the broken file", func() bool {
		return strings.Contains(m.log.String(), conf+":2: timeout_volatile: ")
	})
	if got := m.process(); got != pid || m.scale() != "F" {
		t.Errorf("a broken file: process %d, scale %q", got, m.scale())
	}
	if n := strings.Count(m.log.String(), "starting anew"); n != 1 {
		t.Errorf("it has started anew %d times", n)
	}

	writeConfig(t, conf, server+"Kelvin\n")
	eventually(t, 20*time.Second, "the file after its repair", func() bool { return m.scale() == "K" })
}

// In the background, with names relative to a directory that was left, and with
// a file of the mount open.
func TestConfigChangesInTheBackground(t *testing.T) {
	t.Parallel()
	work, dir := t.TempDir(), mountPoint(t)
	conf := filepath.Join(work, "owfs.conf")
	writeConfig(t, conf, "server = 127.0.0.1:1\npid_file = one.pid\n")
	cmd := exec.Command(filepath.Join(built, "owfs"), "-c", "owfs.conf", dir)
	cmd.Dir = work
	if code, stderr := runCmd(t, cmd); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	d := daemonAt(t, dir)
	f, err := os.Open(d.path("settings/units/temperature_scale"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	writeConfig(t, conf, "server = 127.0.0.1:1\npid_file = two.pid\nRankine\n")
	eventually(t, 20*time.Second, "the new scale", func() bool { return d.scale() == "R" })
	if got := d.process(); got != d.pid {
		t.Errorf("process %d is now %d", d.pid, got)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); errnoOf(err) != syscall.ENOTCONN && errnoOf(err) != syscall.ECONNABORTED {
		t.Errorf("a file of the old mount: %v", err)
	}
	if _, err := os.Stat(filepath.Join(work, "one.pid")); !os.IsNotExist(err) {
		t.Errorf("the old pid file: %v", err)
	}
	eventually(t, 20*time.Second, "the new pid file", func() bool {
		_, err := os.Stat(filepath.Join(work, "two.pid"))
		return err == nil
	})
	eventually(t, 20*time.Second, "leaving the directory", func() bool {
		cwd, _ := os.Readlink("/proc/" + strconv.Itoa(d.pid) + "/cwd")
		return cwd == "/"
	})
}

// A new mount point that is not there is reported while the old one stays.
func TestConfigChangesToAMissingMountPoint(t *testing.T) {
	t.Parallel()
	conf, dir := filepath.Join(t.TempDir(), "owfs.conf"), mountPoint(t)
	writeConfig(t, conf, "server = 127.0.0.1:1\nmountpoint = "+dir+"\n")
	d := &daemon{mounted: mounted{dir: dir, log: &syncBuffer{}}}
	cmd := exec.Command(filepath.Join(built, "owfs"), "--foreground", "-c", conf)
	cmd.Stderr = d.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, 20*time.Second, "the mount", func() bool { return isMounted(dir) })
	writeConfig(t, conf, "server = 127.0.0.1:1\nmountpoint = "+conf+"-nowhere\n")
	eventually(t, 20*time.Second, "a word about the mount point", func() bool {
		return strings.Contains(d.log.String(), "nowhere does not exist")
	})
	if d.process() != cmd.Process.Pid {
		t.Error("the mount is gone")
	}
}

// systemd is told that it comes back.
func TestConfigChangesUnderSystemd(t *testing.T) {
	t.Parallel()
	work, dir := t.TempDir(), mountPoint(t)
	conf, socket := filepath.Join(work, "owfs.conf"), filepath.Join(work, "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	writeConfig(t, conf, "server = 127.0.0.1:1\n")
	cmd := exec.Command(filepath.Join(built, "owfs"), "-c", conf, dir)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	if got := notified(t, l); got != "READY=1" {
		t.Errorf("systemd is told %q", got)
	}
	writeConfig(t, conf, "server = 127.0.0.1:1\nKelvin\n")
	if got := notified(t, l); !strings.HasPrefix(got, "RELOADING=1\nMONOTONIC_USEC=") {
		t.Errorf("systemd is told %q", got)
	}
	if got := notified(t, l); got != "READY=1" {
		t.Errorf("systemd is told %q", got)
	}
}
