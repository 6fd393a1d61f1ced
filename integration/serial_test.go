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
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

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

// patiently makes a program wait for answers of an adapter when the machine that
// emulates it is busy.
const patiently = "--timeout_serial=10"

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
	t.Parallel()
	pty, c, names := serialSensors(t, 5)
	m := mountOwfs(t, "-d", pty.Name, patiently)
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
	t.Parallel()
	name, plug := port(t, nil)
	m := mountOwfs(t, "-d", name, patiently)
	eventually(t, soon, "the log tells what is missing", func() bool {
		log := m.log.String()
		return strings.Contains(log, "the bus master is not there") && strings.Contains(log, "is the adapter plugged in?")
	})
	if got := devicesOf(m.names(t, "/")); len(got) != 0 {
		t.Errorf("without an adapter the root lists %v", got)
	}
	pty, _, names := serialSensors(t, 3)
	plug(pty)
	took := eventually(t, soon, "the adapter is taken", func() bool {
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
		if d := time.Since(begin); d > 2*time.Second+busy {
			t.Errorf("round %d: that took %v", round, d)
		}
		if _, err := os.ReadFile(m.path("uncached", names[1], "scratchpad")); !errors.Is(err, syscall.EIO) {
			t.Errorf("round %d: without the adapter: %v, want EIO", round, err)
		}
		var c *chip.Chip
		pty, c, names = serialSensors(t, 3)
		_ = c
		plug(pty)
		took := eventually(t, soon, "it is back", func() bool {
			_, err := os.ReadFile(m.path("uncached", names[2], "scratchpad"))
			return err == nil
		})
		if took > 2*time.Second+busy {
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
	t.Parallel()
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
		eventually(t, soon, fmt.Sprintf("%s: %q is told", c.port, c.want), func() bool {
			return strings.Contains(m.log.String(), c.want)
		})
	}
	first := mountOwfs(t, "-d", pty.Name, patiently)
	first.read(t, "bus.0/interface/settings/name")
	wait := func() bool { return len(devicesOf(first.names(t, "/"))) == 1 }
	eventually(t, soon, "the first has the port", wait)
	second := mountOwfs(t, "-d", pty.Name)
	eventually(t, soon, "a port in use is told", func() bool {
		return strings.Contains(second.log.String(), "the port is in use") && strings.Contains(second.log.String(), "fuser -v")
	})
}

// bus.N/interface tells of a DS2480B what the real owserver tells.
func TestSerialInterfaceIsOwservers(t *testing.T) {
	t.Parallel()
	pty, _, _ := serialSensors(t, 1)
	ours := mountOwfs(t, "-d", pty.Name, "--baud=9600", patiently) // else ours may choose a faster one
	eventually(t, soon, "the adapter is there", func() bool { return len(devicesOf(ours.names(t, "/"))) == 1 })
	other, _, _ := serialSensors(t, 1)
	theirs := mountOwfs(t, "--timeout_network=20", "-s", startSerialOwserver(t, "-d", other.Name))
	for _, name := range []string{"name", "version", "overdrive", "ds2404_found", "serial/baudrate", "serial/flexible_timing", "serial/reverse_polarity"} {
		if a, b := ours.read(t, "bus.0/interface/settings/"+name), theirs.read(t, "bus.0/bus.0/interface/settings/"+name); a != b {
			t.Errorf("%s reads %q, from the real owserver %q", name, a, b)
		}
	}
	if a, b := ours.names(t, "bus.0/interface/settings"), theirs.names(t, "bus.0/bus.0/interface/settings"); !slices.Equal(a, b) {
		t.Errorf("settings lists %v, from the real owserver %v", a, b)
	}
}

// rateOf is the rate that a terminal has.
func rateOf(t *testing.T, name string) int {
	t.Helper()
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return map[uint32]int{unix.B9600: 9600, unix.B19200: 19200, unix.B57600: 57600, unix.B115200: 115200}[mode.Cflag&unix.CBAUD]
}

// What is written to the settings of the interface changes chip and port while
// they are used.
func TestSerialSettingsAreHeeded(t *testing.T) {
	pty, c, names := serialSensors(t, 2)
	var flexible, regular atomic.Int64
	pty.Cable.Observe(func(toChip bool, b byte) {
		switch {
		case toChip && b == 0xC5: // reset (data sheet page 7)
			flexible.Add(1)
		case toChip && b == 0xC1:
			regular.Add(1)
		}
	})
	m := mountOwfs(t, "-d", pty.Name, "--baud=9600", patiently)
	eventually(t, soon, "the adapter is there", func() bool { return len(devicesOf(m.names(t, "/"))) == 2 })
	const dir = "bus.0/interface/settings/serial/"
	lost, baudrate := false, "9600"
	set := func(name, value, want string) {
		t.Helper()
		lost = setSerial(t, m, names[0], dir, name, value, baudrate) || lost
		if got := m.read(t, dir+name); got != want {
			t.Errorf("%s reads %q after %q was written, want %q", name, got, value, want)
		}
		wantSensors(t, m, names[:1])
		if got := m.read(t, dir+name); got != want {
			t.Errorf("%s reads %q after the line was used, want %q", name, got, want)
		}
	}
	for _, baud := range []int{19200, 57600, 115200, 9600, 19200} {
		baudrate = strconv.Itoa(baud)
		set("baudrate", baudrate, baudrate)
		if c.Baud() != baud || rateOf(t, pty.Name) != baud {
			t.Errorf("set to %d baud, the chip has %d and the port %d", baud, c.Baud(), rateOf(t, pty.Name))
		}
	}
	set("flexible_timing", "0", "0")
	before := flexible.Load()
	wantSensors(t, m, names[:1])
	if n := flexible.Load() - before; n != 0 || regular.Load() == 0 {
		t.Errorf("with regular timing, %d resets are flexible and %d are not", n, regular.Load())
	}
	set("flexible_timing", "1", "1")
	if n := flexible.Load() - before; n == 0 {
		t.Error("with flexible timing again, no reset is flexible")
	}
	set("reverse_polarity", "1", "1")
	if got := c.Parameter(7); got != 5 { // of 19200 baud, with what the C suite adds
		t.Errorf("with reversed polarity the chip's rate has code %d, want 5", got)
	}
	set("reverse_polarity", "0", "0")
	if got := c.Parameter(7); got != 1 {
		t.Errorf("without, code %d, want 1", got)
	}
	for text, want := range map[string]syscall.Errno{"38400": syscall.ERANGE, "fast": syscall.EINVAL} {
		if err := os.WriteFile(m.path(dir+"baudrate"), []byte(text), 0o666); !errors.Is(err, want) {
			t.Errorf("baudrate set to %q: %v, want %v", text, err, want)
		}
	}
	if got := m.read(t, dir+"baudrate"); got != "19200" {
		t.Errorf("baudrate reads %q after that", got)
	}
	if got := m.read(t, "bus.0/interface/statistics/errors"); got != "0" && !lost {
		t.Errorf("there are %s errors", got)
	}
	if n := c.Odd(); n != 0 && !lost {
		t.Errorf("%d bytes had no meaning to the chip", n)
	}
}

// setSerial writes a setting and uses the line until that and the rate are in
// force, and tells whether once was not enough. With a pseudo terminal, a byte has
// the rate at which the chip reads it: on a busy machine that is the next one
// already, and the program goes back to 9600 baud.
func setSerial(t *testing.T, m *mounted, device, dir, name, value, baud string) (again bool) {
	t.Helper()
	use := func() { _, _ = os.ReadFile(m.path("uncached", device, "scratchpad")) } // an error shows in the settings
	for n := range 4 {
		m.write(t, dir+name, value+"\n")
		if got := m.read(t, dir+name); got != value {
			t.Errorf("%s reads %q after %q was written", name, got, value)
		}
		use()
		if m.read(t, dir+name) == value && m.read(t, dir+"baudrate") == baud {
			return n > 0
		}
		t.Logf("%s: %s once more", name, value)
		m.write(t, dir+"baudrate", baud)
		use()
	}
	return true
}

// The settings do to the chip what the real owserver's do.
func TestSerialSettingsAreOwservers(t *testing.T) {
	pty, ourChip, names := serialSensors(t, 1)
	ours := mountOwfs(t, "-d", pty.Name, "--baud=9600", patiently)
	eventually(t, soon, "the adapter is there", func() bool { return len(devicesOf(ours.names(t, "/"))) == 1 })
	other, theirChip, _ := serialSensors(t, 1)
	theirs := mountOwfs(t, "--timeout_network=20", "-s", startSerialOwserver(t, "-d", other.Name))
	const dir = "interface/settings/serial/"
	baudrate := "9600"
	for _, set := range [][2]string{
		{"baudrate", "19200"}, {"reverse_polarity", "1"}, {"baudrate", "9600"}, {"reverse_polarity", "0"},
		{"flexible_timing", "0"}, {"flexible_timing", "1"},
	} {
		if set[0] == "baudrate" {
			baudrate = set[1]
		}
		setSerial(t, ours, names[0], "bus.0/"+dir, set[0], set[1], baudrate)
		theirs.write(t, "bus.0/bus.0/"+dir+set[0], set[1])
		for _, m := range []*mounted{ours, theirs} { // the line must be used
			m.read(t, "uncached/"+names[0]+"/scratchpad")
		}
		if a, b := ours.read(t, "bus.0/"+dir+set[0]), theirs.read(t, "bus.0/bus.0/"+dir+set[0]); a != b || a != set[1] {
			t.Errorf("%s=%s reads %q, from the real owserver %q", set[0], set[1], a, b)
		}
		if a, b := ourChip.Parameter(7), theirChip.Parameter(7); a != b {
			t.Errorf("%s=%s makes the code of our chip's rate %d, the real owserver makes it %d", set[0], set[1], a, b)
		}
		if a, b := rateOf(t, pty.Name), rateOf(t, other.Name); a != b {
			t.Errorf("%s=%s makes the rate of our port %d, the real owserver makes it %d", set[0], set[1], a, b)
		}
	}
}
