// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
	"owfs/owproto"
)

// serialSensors puts thermometers on an emulated line behind an emulated DS2480B
// behind a pseudo terminal. Sensor i, whose code
// begins with 28.01 and so on, is at 20+i/4 °C;
// the last has no supply of its own.
func serialSensors(t testing.TB, n int) (*chip.PTY, *chip.Chip, []string) {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("28.%02X00000000%02X", i+1, i*37&0xFF))
		rom, err := hw.ParseROM(names[i])
		if err != nil {
			t.Fatal(err)
		}
		sensor := sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return 20 + float64(i)/4 })
		sensor.SetParasite(i == n-1)
		line.Add(sensor)
	}
	slices.Sort(names)
	c := chip.New(line)
	pty, err := chip.OpenPTY(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pty.Close()
		line.Close()
	})
	return pty, c, names
}

// startSerialOwserver is startOwserver for one whose adapter is at a pseudo
// terminal.
func startSerialOwserver(t *testing.T, args ...string) (addr string) {
	t.Helper()
	socket, addr := listenFile(t)
	s := launchWith(t, []string{"LD_PRELOAD=" + keepOutput(t)}, socket, addr, serverProgram(t, 'c'), args...)
	s.hello(t)
	return addr
}

// keepOutput makes a library that lets a program keep the output that it wants
// to throw away. The C library of OWFS does so after a command that has no
// answer. A serial port has sent those bytes by then, as it was asked to drain
// before; a pseudo terminal does not wait for that, and loses them.
func keepOutput(t *testing.T) (lib string) {
	t.Helper()
	const source = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <termios.h>
int tcflush(int fd, int queue) {
	int (*next)(int, int) = dlsym(RTLD_NEXT, "tcflush");
	return queue == TCOFLUSH ? 0 : next(fd, TCIFLUSH);
}
`
	dir := t.TempDir()
	file := filepath.Join(dir, "keep.c")
	lib = filepath.Join(dir, "keep.so")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", lib, file, "-ldl").CombinedOutput(); err != nil {
		t.Fatalf("compiling: %v\n%s", err, out)
	}
	return lib
}

// The real owserver finds and reads twenty sensors by our emulated DS2480B, so
// that the emulation is what others take for one.
func TestOwserverOnEmulatedDS2480B(t *testing.T) {
	t.Parallel()
	pty, c, names := serialSensors(t, 20)
	addr := startSerialOwserver(t, "-d", pty.Name)
	client := &owproto.Client{Addr: addr, Silence: 60 * time.Second, NoPersist: true}
	defer client.Close()
	began := time.Now()
	list, err := client.Dir(context.Background(), "/uncached", 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range list.Entries {
		if name := path.Base(e.Path); strings.HasPrefix(name, "28.") {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	t.Logf("listing: %v", time.Since(began))
	if !slices.Equal(found, names) {
		t.Errorf("lists %v, want %v", found, names)
	}
	began = time.Now()
	for _, name := range names {
		text, err := client.Read(context.Background(), "/uncached/"+name+"/temperature12", 0, 64, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n, _ := strconv.ParseInt(name[3:5], 16, 0)
		got, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if want := 20 + float64(n-1)/4; err != nil || got != want {
			t.Errorf("%s reads %q, want %v", name, text, want)
		}
	}
	t.Logf("temperatures: %v; %+v", time.Since(began), pty.Cable.Counts())
	if n := c.Odd(); n != 0 {
		t.Errorf("%d bytes had no meaning to the chip", n)
	}
}

// Our own master finds and reads the same sensors by the same way.
func TestMasterOnEmulatedDS2480B(t *testing.T) {
	t.Parallel()
	pty, c, names := serialSensors(t, 20)
	line := hw.NewLine(func(ctx context.Context) (hw.Bus, error) {
		return ds2480b.Open(ctx, pty.Name, ds2480b.Options{Timeout: 5 * time.Second})
	})
	defer line.Close()
	err := line.Do(t.Context(), func(tx *hw.Tx) error {
		began := time.Now()
		found, err := tx.Search(hw.SearchROM)
		if err != nil {
			return err
		}
		var got []string
		for _, rom := range found {
			got = append(got, rom.String())
		}
		slices.Sort(got)
		if !slices.Equal(got, names) {
			t.Errorf("finds %v, want %v", got, names)
		}
		t.Logf("listing: %v", time.Since(began))
		began = time.Now()
		if err := tx.Command(hw.ROM{}); err != nil {
			return err
		}
		if err := tx.Power(0x44, 750*time.Millisecond); err != nil {
			return err
		}
		for _, rom := range found {
			p, err := tx.Exchange(rom, 9, 0xBE)
			if err != nil {
				return err
			}
			want := 20*16 + int(rom[1]-1)*4 // 1/16 °C
			if raw := int(p[0]) | int(p[1])<<8; hw.CRC8(p) != 0 || raw != want {
				t.Errorf("%v reads %d/16 °C, want %d", rom, raw, want)
			}
		}
		t.Logf("conversion and temperatures: %v; %+v", time.Since(began), pty.Cable.Counts())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := c.Odd(); n != 0 {
		t.Errorf("%d bytes had no meaning to the chip", n)
	}
}
