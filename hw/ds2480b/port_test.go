// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/ds2480b"
	"owfs/hw/serialport"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// onPTY is a chip behind a pseudo terminal.
func onPTY(t *testing.T) (*chip.PTY, *chip.Chip, *sim.Line) {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	c := chip.New(line)
	c.Volts12 = true
	pty, err := chip.OpenPTY(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pty.Close()
		line.Close()
	})
	return pty, c, line
}

// busy is how late an answer may be on a machine that does other things.
const busy = 3 * time.Second

// The contract through the kernel's terminals, in real time.
func TestContractOnPTY(t *testing.T) {
	t.Parallel() // it mostly waits
	bustest.Run(t, func(t *testing.T) (hw.Bus, *sim.Line) {
		pty, c, line := onPTY(t)
		bus, err := ds2480b.Open(t.Context(), pty.Name, ds2480b.Options{Baud: 115200, Timeout: busy})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			bus.Close()
			if n := c.Odd(); n != 0 {
				t.Errorf("%d bytes had no meaning to the chip", n)
			}
		})
		return bus, line
	})
}

// The rates are those of the terminal, too.
func TestBaudOnPTY(t *testing.T) {
	for _, baud := range []int{9600, 19200, 57600, 115200} {
		pty, c, _ := onPTY(t)
		bus, err := ds2480b.Open(t.Context(), pty.Name, ds2480b.Options{Baud: baud, Timeout: busy})
		if err != nil {
			t.Fatal(err)
		}
		if got := bus.(interface{ Info() ds2480b.Info }).Info(); got.Baud != baud || c.Baud() != baud {
			t.Errorf("%d baud wanted: the port has %d, the chip %d", baud, got.Baud, c.Baud())
		}
		if err := bus.Touch(t.Context(), []byte{1, 2, 3}); err != nil {
			t.Error(err)
		}
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A program that has died may have left the chip in any state; no break gets
// through a terminal.
func TestTakesOverWithoutBreak(t *testing.T) {
	for name, left := range map[string][]byte{
		"data mode":           {0xC1, 0xE1},
		"search accelerator":  {0xC1, 0xB1, 0xE1, 0x00},
		"half of an E3":       {0xC1, 0xE1, 0xE3},
		"strong pull-up":      {0xC1, 0x3F, 0x83},
		"overdrive":           {0xC1, 0xC9},
		"just powered on":     {},
		"other configuration": {0xC1, 0x11, 0x21, 0x39},
	} {
		t.Run(name, func(t *testing.T) {
			pty, c, line := onPTY(t)
			keep, err := os.OpenFile(pty.Name, os.O_RDWR|unix.O_NOCTTY, 0) // as long as it is open, the chip is not reset
			if err != nil {
				t.Fatal(err)
			}
			defer keep.Close()
			if _, err := keep.Write(left); err != nil {
				t.Fatal(err)
			}
			bus, err := ds2480b.Open(t.Context(), pty.Name, ds2480b.Options{Timeout: busy})
			if err != nil {
				t.Fatal(err)
			}
			defer bus.Close()
			line.Add(sim.NewDS18B20(romOf(t, "28.000000000001"), hw.Wall{}, func() float64 { return 20 }))
			found, err := hw.Search(t.Context(), bus, hw.SearchROM)
			if err != nil || len(found) != 1 || c.Pulsing() {
				t.Errorf("finds %v, %v", found, err)
			}
		})
	}
}

func romOf(t *testing.T, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A terminal server passes bytes; there is no break and no baud rate.
func TestOverTCP(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(t *testing.T) (hw.Bus, *sim.Line) { return overTCP(t, nil) })
}

func TestTakesOverOverTCP(t *testing.T) {
	bus, line := overTCP(t, []byte{0xC1, 0xE1})
	line.Add(sim.NewDS18B20(romOf(t, "28.000000000001"), hw.Wall{}, func() float64 { return 20 }))
	if found, err := hw.Search(t.Context(), bus, hw.SearchROM); err != nil || len(found) != 1 {
		t.Errorf("finds %v, %v", found, err)
	}
}

func overTCP(t *testing.T, left []byte) (hw.Bus, *sim.Line) {
	line := sim.NewLine(hw.Wall{})
	cable := chip.PlugPatient(chip.New(line))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cable.Write(left); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{}, 2)
	conns := make(chan net.Conn, 1)
	go func() {
		defer func() { done <- struct{}{} }()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		conns <- conn
		go func() { io.Copy(conn, cable); done <- struct{}{} }()
		io.Copy(cable, conn)
	}()
	bus, err := ds2480b.Open(t.Context(), l.Addr().String(), ds2480b.Options{Timeout: busy})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		bus.Close()
		l.Close()
		cable.Close()
		(<-conns).Close()
		<-done
		<-done
		line.Close()
	})
	return bus, line
}

// wantOpenError opens a port that can't be.
func wantOpenError(t *testing.T, name string, want error, hint string) {
	t.Helper()
	bus, err := ds2480b.Open(t.Context(), name, ds2480b.Options{Timeout: 50 * time.Millisecond})
	if err == nil {
		bus.Close()
		t.Fatalf("%s was opened", name)
	}
	var e *ds2480b.OpenError
	if !errors.As(err, &e) || !errors.Is(err, want) || e.Port != name {
		t.Fatalf("error %v, want %v", err, want)
	}
	if hw.IsLine(err) {
		t.Errorf("%v is taken for an error of the line", err)
	}
	if hint == "" != (e.Hint == "") || !strings.Contains(e.Hint, hint) {
		t.Errorf("%v: hint %q, want %q in it", err, e.Hint, hint)
	}
}

func TestNoSuchPort(t *testing.T) {
	wantOpenError(t, "/dev/ttyNOWHERE", fs.ErrNotExist, "plugged in")
}

func TestNoSerialPort(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, name, unix.ENOTTY, "")
}

func TestPortInUse(t *testing.T) {
	pty, _, _ := onPTY(t)
	bus, err := ds2480b.Open(t.Context(), pty.Name, ds2480b.Options{Timeout: busy})
	if err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, pty.Name, serialport.ErrInUse, "fuser")
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	bus, err = ds2480b.Open(t.Context(), pty.Name, ds2480b.Options{Timeout: busy})
	if err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	bus.Close()
}
