// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/owproto"
)

// startUnixProxy puts a socket in the file system in front of an owserver.
func startUnixProxy(t testing.TB, target string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "owserver.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, target: target, addr: path, conns: map[net.Conn]bool{}, counts: map[owproto.MessageType]int{}}
	p.serve(l)
	t.Cleanup(p.down)
	return path
}

// The forms of an address, side by side in one tree.
func TestPeerAddresses(t *testing.T) {
	a, b := startOwserver(t, "--tester=28.010203040506"), startOwserver(t, "--tester=10.060504030201")
	_, port, _ := net.SplitHostPort(a)
	socket := startUnixProxy(t, b)
	for _, test := range []struct{ first, second string }{
		{"localhost:" + port, "unix:" + socket},
		{port, socket},
		{":" + port, "unix:" + socket},
	} {
		t.Run(test.first+" "+test.second, func(t *testing.T) {
			m := mountOwfs(t, "-s", test.first, "-s", test.second)
			for name, want := range map[string]string{
				"28.010203040506/type": "DS18B20", "bus.0/28.010203040506/type": "DS18B20",
				"10.060504030201/type": "DS18S20", "bus.1/10.060504030201/type": "DS18S20",
				"bus.1/interface/settings/address": "unix:" + socket,
			} {
				if got := m.read(t, name); got != want {
					t.Errorf("%s reads %q", name, got)
				}
			}
		})
	}
}

// A plain argument may be a socket as well, if it says so.
func TestPlainUnixAddress(t *testing.T) {
	m := mountOwfs(t, "unix:"+startUnixProxy(t, startOwserver(t, testDevices)))
	if got := m.read(t, thermometer+"/type"); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}
}

// A name that stands for IPv6 first and for IPv4 as well finds a peer that only
// listens to IPv4. The names are those of a mount namespace of its own.
func TestNameWithTwoAddresses(t *testing.T) {
	_, port, _ := net.SplitHostPort(startOwserver(t, testDevices))
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("::1 both\n127.0.0.1 both\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := mountPoint(t)
	script := `mount --bind "$1" /etc/hosts && exec "$2" --foreground -s "$3" "$4"`
	cmd := exec.Command("unshare", "--mount", "sh", "-c", script, "sh", hosts, filepath.Join(built, "owfs"), "both:"+port, dir)
	log := &syncBuffer{}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	name := fmt.Sprintf("/proc/%d/root%s/%s/type", cmd.Process.Pid, dir, thermometer)
	if !within(10*time.Second, func() bool {
		b, _ := os.ReadFile(name)
		return string(b) == "DS18B20"
	}) {
		t.Errorf("the peer is not found: %s", log)
	}
}

// --wait waits for the peer, and gives up with an exit code of its own.
func TestWait(t *testing.T) {
	t.Parallel()
	p := startProxy(t, startOwserver(t, testDevices))
	p.down()
	dir := mountPoint(t)
	start := time.Now()
	code, stderr := runOwfs(t, "--foreground", "-s", p.addr, "--wait=1", dir)
	if code != 4 || !strings.Contains(stderr, "owfs: error: no answer from ["+p.addr+"] within 1s\nowfs: hint: start owserver first") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if d := time.Since(start); d < time.Second || d > 3*time.Second+busy {
		t.Errorf("it took %v", d)
	}

	time.AfterFunc(700*time.Millisecond, p.up)
	d := startDaemon(t, "-s", p.addr, "--wait=20")
	if got := d.read(t, thermometer+"/type"); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}
}

// Without --wait the mount is there, and the user at the shell is told.
func TestMissingPeerIsTold(t *testing.T) {
	dir := mountPoint(t)
	code, stderr := runOwfs(t, "-s", "127.0.0.1:1", dir)
	if code != 0 || !strings.Contains(stderr, "owserver does not answer; the mount is there and uses it as soon as it does") ||
		!strings.Contains(stderr, "server=127.0.0.1:1") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	daemonAt(t, dir)
}
