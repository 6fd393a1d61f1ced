// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"owfs/hw"
)

const w1Devices = "/sys/bus/w1/devices"

// found is how long the kernel may take to find what is on a line: seconds, but
// many if the machine at hand is busy, and 10 s more for each search that fails.
const found = 90 * time.Second

// w1Name is how the kernel writes a ROM code: the serial number as one number.
func w1Name(id hw.ROM) string {
	return fmt.Sprintf("%02x-%02x%02x%02x%02x%02x%02x", id[0], id[6], id[5], id[4], id[3], id[2], id[1])
}

func readTrimmed(name string) (string, error) {
	p, err := os.ReadFile(name)
	return strings.TrimSpace(string(p)), err
}

// w1Masters are the folders of the kernel's bus masters.
func w1Masters(t testing.TB) []string {
	t.Helper()
	all, err := filepath.Glob(w1Devices + "/w1_bus_master*")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// w1Gone tells whether there is no bus master left.
func w1Gone(t testing.TB) error {
	if n := len(w1Masters(t)); n > 0 {
		return fmt.Errorf("%d are still there", n)
	}
	return nil
}

// w1Finds waits until the kernel's only bus master has found all devices of a
// stick.
func w1Finds(t testing.TB, s *stick) {
	t.Helper()
	took := eventually(t, found, "the kernel's search", func() error {
		masters := w1Masters(t)
		if len(masters) != 1 {
			return fmt.Errorf("%d bus masters", len(masters))
		}
		text, err := readTrimmed(filepath.Join(masters[0], "w1_master_slaves"))
		if err != nil {
			return err
		}
		found := map[string]bool{}
		for _, name := range strings.Fields(text) {
			found[name] = true
		}
		missing := 0
		for id := range s.celsius {
			if !found[w1Name(id)] || w1Served(id) != nil {
				missing++
			}
		}
		if !found[w1Name(s.id)] {
			missing++
		}
		if want := len(s.celsius) + 1; missing > 0 || len(found) != want {
			return fmt.Errorf("%d of %d devices are missing, %d found", missing, want, len(found))
		}
		return nil
	})
	t.Logf("the kernel has found %d devices after %v", len(s.celsius)+1, took.Round(time.Millisecond))
}

// w1Served tells whether w1_therm is done with its questions to a new device.
func w1Served(id hw.ROM) error {
	_, err := os.Stat(filepath.Join(w1Devices, w1Name(id), "temperature"))
	return err
}

// w1Temperature compares what w1_therm reads, in 1/1000 °C without rounding. If
// the machine at hand is so busy that the kernel's driver has lost its patience
// with a transfer, w1_therm goes on with what it has got, be it nothing, and may
// tell 0 or 85 °C ever after: then the stick is plugged in anew.
func w1Temperature(t testing.TB, s *stick, id hw.ROM) {
	t.Helper()
	for try := 1; ; try++ {
		eventually(t, found, "the kernel's search", func() error { return w1Served(id) })
		text, err := readTrimmed(filepath.Join(w1Devices, w1Name(id), "temperature"))
		want := strconv.Itoa(int(s.celsius[id] * 1000))
		if err == nil && text == want {
			return
		}
		if try == 3 || kernelTroubles() == s.troubles {
			t.Errorf("%v: the kernel reads %q, %v, want %s", id, text, err, want)
			return
		}
		t.Logf("%v: the kernel reads %q, %v, and tells of troubles", id, text, err)
		s.replug()
	}
}

// odd fails if the stick was asked for what the data sheet does not know, unless
// the kernel's driver has lost its patience with it.
func (s *stick) odd() {
	s.Helper()
	if all := s.chip.Oddities(); len(all) > 0 && kernelTroubles() == s.troubles {
		s.Errorf("requests that the data sheet does not know: %q", all)
	}
}

// The kernel's own drivers ds2490, wire and w1_therm find and read everything.
func TestKernelReadsDS2490(t *testing.T) {
	s := newStick(t, 1, 20)
	t.Logf("plugged in as %s", s.plug())
	w1Finds(t, s)
	began := time.Now()
	for id := range s.celsius {
		w1Temperature(t, s, id)
	}
	t.Logf("20 temperatures in %v", time.Since(began).Round(time.Millisecond))
	s.odd()
}

// The bus master goes with the stick and comes back with it.
func TestKernelReplugsDS2490(t *testing.T) {
	s := newStick(t, 1, 3)
	s.plug()
	w1Finds(t, s)
	for range 3 {
		s.unplug()
		took := eventually(t, hung, "the bus master's end", func() error { return w1Gone(t) })
		t.Logf("gone after %v", took.Round(time.Millisecond))
		s.plug()
		w1Finds(t, s)
	}
	_, before, err := s.port.Address()
	if err != nil {
		t.Fatal(err)
	}
	s.replug()
	if _, after, err := s.port.Address(); err != nil || after == before {
		t.Errorf("the address is %d again, %v", after, err)
	}
	w1Finds(t, s)
	for id := range s.celsius {
		w1Temperature(t, s, id)
	}
}

// A stick that is pulled out in the middle of a conversion leaves no reader
// waiting, and gives no value. (The kernel tells an error or nothing at all.)
func TestKernelUnpluggedInConversion(t *testing.T) {
	s := newStick(t, 1, 1)
	var name string
	for id := range s.celsius {
		name = filepath.Join(w1Devices, w1Name(id), "temperature")
	}
	for range 3 {
		s.plug()
		w1Finds(t, s)
		before := s.conversions.Load()
		ended := make(chan string)
		go func() {
			text, err := os.ReadFile(name)
			if err == nil && len(text) > 0 {
				t.Errorf("the reader was told %q", text)
			}
			ended <- fmt.Sprintf("%q, %v", text, err)
		}()
		eventually(t, hung, "the conversion", func() error {
			if s.conversions.Load() == before {
				return errors.New("it has not begun")
			}
			return nil
		})
		s.unplug()
		select {
		case told := <-ended:
			t.Logf("the reader was told %s", told)
		case <-time.After(hung):
			t.Fatal("the reader still waits")
		}
		eventually(t, hung, "the bus master's end", func() error { return w1Gone(t) })
	}
}

// Two sticks are two bus masters, each with its own devices.
func TestKernelTwoDS2490(t *testing.T) {
	one, two := newStick(t, 1, 2), newStick(t, 2, 3)
	if a, b := one.plug(), two.plug(); a == b {
		t.Errorf("both sticks are %s", a)
	}
	for _, s := range []*stick{one, two} {
		for id := range s.celsius {
			w1Temperature(t, s, id)
		}
	}
	if n := len(w1Masters(t)); n != 2 {
		t.Errorf("%d bus masters, want 2", n)
	}
}
