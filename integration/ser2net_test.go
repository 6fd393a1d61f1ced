// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	chip "owfs/hw/sim/ds2480b"
)

// startSer2net runs the real ser2net on a port, and returns where it listens.
// accepter is what it speaks, in its own words, such as telnet(rfc2217).
func startSer2net(t *testing.T, accepter string, pty *chip.PTY) (addr string) {
	t.Helper()
	path, err := exec.LookPath("ser2net")
	if err != nil {
		path = "/usr/sbin/ser2net"
	}
	// It can't choose a port itself. At this address nobody else takes the port
	// that was free a moment ago.
	l, err := net.Listen("tcp", "127.0.2.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	host, number, _ := net.SplitHostPort(addr)
	file := filepath.Join(t.TempDir(), "ser2net.yaml")
	text := fmt.Sprintf("connection: &adapter\n  accepter: %s,%s,%s\n  connector: serialdev,%s,9600n81,local\n",
		accepter, host, number, pty.Name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &syncBuffer{}
	cmd := exec.Command(path, "-n", "-u", "-c", file)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (install the Debian package ser2net)", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("ser2net: %s", log)
		}
	})
	eventually(t, 10*time.Second, "ser2net listens", func() bool { return listens(t, cmd.Process.Pid) })
	return addr
}

// listens tells whether a process has a socket that listens. To connect would be
// to have the serial port for a while.
func listens(t *testing.T, pid int) bool {
	t.Helper()
	// Not /proc/net, which is of the main thread's network: another test may have
	// moved that to one of its own.
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, f := range files {
		to, _ := os.Readlink(f)
		inode, ok := strings.CutPrefix(to, "socket:[")
		if !ok {
			continue
		}
		for line := range strings.Lines(string(table)) {
			field := strings.Fields(line)
			if len(field) > 9 && field[3] == "0A" && field[9] == strings.TrimSuffix(inode, "]") {
				return true
			}
		}
	}
	return false
}

// The mount drives a DS2480B behind the real ser2net, whatever that speaks. With
// RFC 2217 it changes the rate of the port there; without, it is left alone.
func TestMountOnSer2net(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		accepter string
		args     []string
		baud     int
	}{
		{"tcp", nil, 9600},
		{"telnet,tcp", nil, 9600},
		{"telnet(rfc2217),tcp", []string{"--baud=19200"}, 19200},
		{"telnet(rfc2217),tcp", []string{"--baud=57600"}, 57600},
	} {
		t.Run(fmt.Sprint(test.accepter, test.args), func(t *testing.T) {
			t.Parallel()
			pty, c, names := serialSensors(t, 5)
			addr := startSer2net(t, test.accepter, pty)
			m := mountOwfs(t, append([]string{"-d", addr, patiently}, test.args...)...)
			eventually(t, 10*time.Second, "the sensors are found", func() bool {
				return slices.Equal(devicesOf(m.names(t, "/")), names)
			})
			wantSensors(t, m, names)
			if c.Baud() != test.baud || rateOf(t, pty.Name) != test.baud {
				t.Errorf("the chip has %d baud, the port %d, want %d", c.Baud(), rateOf(t, pty.Name), test.baud)
			}
			if got := m.read(t, "bus.0/interface/statistics/errors"); got != "0" {
				t.Errorf("there are %s errors", got)
			}
			if n := c.Odd(); n != 0 {
				t.Errorf("%d bytes had no meaning to the chip", n)
			}
			if strings.HasPrefix(test.accepter, "tcp") {
				return
			}
			other := mountOwfs(t, "-d", addr)
			eventually(t, 10*time.Second, "a port that another program has is told", func() bool {
				return strings.Contains(other.log.String(), "Port already in use")
			})
		})
	}
}
