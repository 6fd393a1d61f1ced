// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	chip "owfs/hw/sim/ds2480b"
)

// port is a name for a serial port that stays when the port has another number.
func port(t *testing.T, pty *chip.PTY) (name string, plug func(*chip.PTY)) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "adapter")
	plug = func(p *chip.PTY) {
		t.Helper()
		os.Remove(name)
		if p == nil {
			return
		}
		if err := os.Symlink(p.Name, name); err != nil {
			t.Fatal(err)
		}
	}
	plug(pty)
	return name, plug
}

// wantSensors reads all sensors that serialSensors has made.
func wantSensors(t *testing.T, m *mounted, names []string) {
	t.Helper()
	for _, name := range names {
		n, _ := strconv.ParseInt(name[3:5], 16, 0)
		want := strconv.FormatFloat(20+float64(n-1)/4, 'G', 6, 64)
		if got := m.read(t, "uncached/"+name+"/temperature"); got != want {
			t.Errorf("%s reads %q, want %s", name, got, want)
		}
	}
}

// The mount drives a DS2480B itself.
func TestMountOnEmulatedDS2480B(t *testing.T) {
	pty, c, names := serialSensors(t, 5)
	m := mountOwfs(t, "-d", pty.Name)
	if got := m.names(t, "/"); !slices.Equal(devicesOf(got), names) {
		t.Errorf("the root lists %v, want %v", devicesOf(got), names)
	}
	wantSensors(t, m, names)
	if got := m.read(t, "bus.0/interface/settings/address"); got != pty.Name {
		t.Errorf("address reads %q", got)
	}
	if got := m.read(t, "bus.0/interface/statistics/errors"); got != "0" {
		t.Errorf("there are %s errors", got)
	}
	if n := c.Odd(); n != 0 {
		t.Errorf("%d bytes had no meaning to the chip", n)
	}
}

func devicesOf(names []string) []string {
	var devices []string
	for _, n := range names {
		if len(n) == 15 && n[2] == '.' {
			devices = append(devices, n)
		}
	}
	slices.Sort(devices)
	return devices
}

// The mount is there before its adapter, says what is missing, and takes the
// adapter when it is plugged in. Pulled while it is read it gives EIO at once,
// and plugged in again, with another number, it is back within two seconds.
func TestSerialAdapterComesAndGoes(t *testing.T) {
	name, plug := port(t, nil)
	m := mountOwfs(t, "-d", name)
	eventually(t, 3*time.Second, "the log tells what is missing", func() bool {
		log := m.log.String()
		return strings.Contains(log, "the bus master is not there") && strings.Contains(log, "is the adapter plugged in?")
	})
	if got := devicesOf(m.names(t, "/")); len(got) != 0 {
		t.Errorf("without an adapter the root lists %v", got)
	}
	pty, _, names := serialSensors(t, 3)
	plug(pty)
	took := eventually(t, 5*time.Second, "the adapter is taken", func() bool {
		return slices.Equal(devicesOf(m.names(t, "/")), names)
	})
	t.Logf("taken after %v", took)
	wantSensors(t, m, names)

	for round := range 3 {
		reading := make(chan error)
		go func() {
			_, err := os.ReadFile(m.path("uncached", names[0], "temperature"))
			reading <- err
		}()
		time.Sleep(300 * time.Millisecond) // it is measuring
		plug(nil)
		pty.Close()
		begin := time.Now()
		if err := <-reading; !errors.Is(err, syscall.EIO) && err != nil {
			t.Errorf("round %d: pulled while it measures: %v, want EIO", round, err)
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("round %d: that took %v", round, d)
		}
		if _, err := os.ReadFile(m.path("uncached", names[1], "scratchpad")); !errors.Is(err, syscall.EIO) {
			t.Errorf("round %d: without the adapter: %v, want EIO", round, err)
		}
		var c *chip.Chip
		pty, c, names = serialSensors(t, 3)
		_ = c
		plug(pty)
		took := eventually(t, 5*time.Second, "it is back", func() bool {
			_, err := os.ReadFile(m.path("uncached", names[2], "scratchpad"))
			return err == nil
		})
		if took > 2*time.Second {
			t.Errorf("round %d: back after %v", round, took)
		}
		t.Logf("round %d: back after %v", round, took)
		wantSensors(t, m, names)
	}
	if got := m.read(t, "bus.0/interface/statistics/reconnects"); got != "3" {
		t.Errorf("reconnects reads %s, want 3", got)
	}
	if log := m.log.String(); strings.Count(log, "the bus master is not there") != 4 || strings.Count(log, "is back") != 4 {
		t.Errorf("each is told once:\n%s", log)
	}
}

// What a user can have got wrong is told, with what to do.
func TestSerialHints(t *testing.T) {
	notPort := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notPort, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	pty, _, _ := serialSensors(t, 1)
	for _, c := range []struct{ port, want string }{
		{"/dev/nosuchport", "is the adapter plugged in"},
		{notPort, "serial port " + notPort},
	} {
		m := mountOwfs(t, "-d", c.port)
		eventually(t, 5*time.Second, fmt.Sprintf("%s: %q is told", c.port, c.want), func() bool {
			return strings.Contains(m.log.String(), c.want)
		})
	}
	first := mountOwfs(t, "-d", pty.Name)
	first.read(t, "bus.0/interface/settings/name")
	wait := func() bool { return len(devicesOf(first.names(t, "/"))) == 1 }
	eventually(t, 5*time.Second, "the first has the port", wait)
	second := mountOwfs(t, "-d", pty.Name)
	eventually(t, 5*time.Second, "a port in use is told", func() bool {
		return strings.Contains(second.log.String(), "the port is in use") && strings.Contains(second.log.String(), "fuser -v")
	})
}

// bus.N/interface tells of a DS2480B what the real owserver tells.
func TestSerialInterfaceIsOwservers(t *testing.T) {
	pty, _, _ := serialSensors(t, 1)
	ours := mountOwfs(t, "-d", pty.Name)
	eventually(t, 5*time.Second, "the adapter is there", func() bool { return len(devicesOf(ours.names(t, "/"))) == 1 })
	other, _, _ := serialSensors(t, 1)
	keepOutput(t)
	theirs := mountOwfs(t, "-s", startOwserver(t, "-d", other.Name))
	for _, name := range []string{"name", "version", "overdrive", "ds2404_found", "serial/baudrate", "serial/flexible_timing", "serial/reverse_polarity"} {
		if a, b := ours.read(t, "bus.0/interface/settings/"+name), theirs.read(t, "bus.0/bus.0/interface/settings/"+name); a != b {
			t.Errorf("%s reads %q, from the real owserver %q", name, a, b)
		}
	}
	if a, b := ours.names(t, "bus.0/interface/settings"), theirs.names(t, "bus.0/bus.0/interface/settings"); !slices.Equal(a, b) {
		t.Errorf("settings lists %v, from the real owserver %v", a, b)
	}
}
