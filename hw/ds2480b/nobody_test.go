// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"owfs/hw/ds2480b"
)

// listen is a port on which answer makes what comes into what goes back.
func listen(t *testing.T, answer func([]byte) []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		p := make([]byte, 64)
		for {
			n, err := conn.Read(p)
			if err != nil {
				return
			}
			conn.Write(answer(p[:n]))
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestWhatIsNoDS2480B(t *testing.T) {
	for name, test := range map[string]struct {
		answer func([]byte) []byte
		err    error
		hint   string
	}{
		"nothing":  {func([]byte) []byte { return nil }, ds2480b.ErrNoAnswer, "right port"},
		"loopback": {func(p []byte) []byte { return p }, ds2480b.ErrPassive, "--passive="},
		"modem":    {func([]byte) []byte { return []byte("OK\r\n") }, ds2480b.ErrStranger, ""},
	} {
		t.Run(name, func(t *testing.T) { wantOpenError(t, listen(t, test.answer), test.err, test.hint) })
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	name := l.Addr().String()
	l.Close()
	wantOpenError(t, name, syscall.ECONNREFUSED, "")
}

// Who may not open a port is told which group may. The test runs itself as
// another user, since root may all.
func TestNoPermission(t *testing.T) {
	const key = "DS2480B_TEST_PORT"
	if name := os.Getenv(key); name != "" {
		wantOpenError(t, name, fs.ErrPermission, "usermod -aG")
		return
	}
	pty, _, _ := onPTY(t)
	if err := os.Chmod(pty.Name, 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		if err := os.Chmod(pty.Name, 0); err != nil {
			t.Fatal(err)
		}
		wantOpenError(t, pty.Name, fs.ErrPermission, "usermod -aG")
		return
	}
	self, err := os.Open(os.Args[0]) // below a folder of root's
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command("/proc/self/fd/3", "-test.run=^TestNoPermission$", "-test.v")
	cmd.ExtraFiles = []*os.File{self}
	cmd.Env = []string{key + "=" + pty.Name, "TMPDIR=/tmp"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestNoPermission") {
		t.Fatalf("as nobody: %v\n%s", err, out)
	}
}
