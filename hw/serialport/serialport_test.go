// SPDX-License-Identifier: Apache-2.0

package serialport_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"owfs/hw"
	"owfs/hw/serialport"
	"owfs/hw/sim"
	"owfs/hw/sim/passive"
)

// loop is a port whose words come back.
func loop(t *testing.T) string {
	t.Helper()
	pty, err := passive.OpenPTY(passive.New(sim.NewLine(hw.Wall{})), 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pty.Close() })
	return pty.Name
}

func TestReadAndWrite(t *testing.T) {
	port, err := serialport.Open(loop(t))
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if err := port.SetMode(115200, 8); err != nil {
		t.Fatal(err)
	}
	var p [8]byte
	began := time.Now()
	port.SetReadDeadline(began.Add(50 * time.Millisecond))
	if n, err := port.Read(p[:]); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) < 40*time.Millisecond {
		t.Errorf("nothing to read: %d, %v after %v", n, err, time.Since(began))
	}
	port.SetReadDeadline(time.Time{}) // has passed
	if n, err := port.Read(p[:]); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nothing to read: %d, %v", n, err)
	}
	if n, err := port.Write([]byte{0x3F, 0x00}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	port.SetReadDeadline(time.Now().Add(10 * time.Second))
	var got []byte
	for len(got) < 2 {
		n, err := port.Read(p[:])
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p[:n]...)
	}
	if !bytes.Equal(got, []byte{0x3F, 0x00}) {
		t.Errorf("% X came back", got)
	}
}

func TestErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := loop(t)
	port, err := serialport.Open(used)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		want error
		hint string
	}{
		{"/dev/ttyNOWHERE", fs.ErrNotExist, "plugged in"},
		{file, unix.ENOTTY, ""},
		{used, serialport.ErrInUse, "fuser -v " + used},
	} {
		port, err := serialport.Open(test.name)
		if err == nil {
			port.Close()
		}
		if !errors.Is(err, test.want) || !strings.Contains(serialport.Hint(test.name, err), test.hint) {
			t.Errorf("%s: %v, hint %q; want %v, %q", test.name, err, serialport.Hint(test.name, err), test.want, test.hint)
		}
	}
	if hint := serialport.Hint("/dev/ttyNOWHERE", fs.ErrPermission); !strings.Contains(hint, "usermod -aG dialout") {
		t.Errorf("no permission: hint %q", hint)
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	if port, err = serialport.Open(used); err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	port.Close()
}
