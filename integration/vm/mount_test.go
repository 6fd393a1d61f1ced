// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// The stick is there before the mount, and the kernel's driver has it.
func TestMountColdPlug(t *testing.T) {
	s := newStick(t, 1, 20)
	s.plug()
	w1Finds(t, s)
	m := mount(t, "-u")
	t.Logf("listed %v later", m.comes("", s).Round(time.Millisecond))
	if n := len(w1Masters(t)); n != 0 {
		t.Errorf("the kernel still has %d bus masters", n)
	}
	m.reads("", s)
	for _, id := range s.ids()[:3] {
		m.readsOne("uncached", s, id)
	}
	s.odd()
	m.stop()
	w1Finds(t, s) // it has the stick again
}

// The mount is there before the stick, and says so. Then it takes it.
func TestMountHotPlug(t *testing.T) {
	s := newStick(t, 1, 20)
	m := mount(t, "-u")
	if err := m.lists(""); err != nil {
		t.Error(err)
	}
	if names, err := m.entries(""); err != nil || !slices.Contains(names, "bus.0") {
		t.Errorf("without a stick there are %q, %v", names, err)
	}
	eventually(t, hung, "the log", func() error { return m.says("no such DS2490 stick", "is the DS9490R plugged in? lsusb") })
	s.plug()
	t.Logf("listed after %v", m.comes("", s).Round(time.Millisecond))
	m.reads("", s)
	if err := m.says("the bus master is back"); err != nil {
		t.Error(err)
	}
}

// says tells whether the log has all of these.
func (m *mounted) says(all ...string) error {
	for _, s := range all {
		if !strings.Contains(m.log.String(), s) {
			return fmt.Errorf("the log does not tell %q:\n%s", s, m.log)
		}
	}
	return nil
}

// The stick is pulled out again and again, each fifth time in the middle of a
// conversion: the reader is told at once, listings come, and all is well when it
// is back. With -short, it is less often.
func TestMountReplug(t *testing.T) {
	s := newStick(t, 1, 3)
	m := mount(t, "-u")
	s.plug()
	m.comes("", s)
	m.reads("", s)
	times := 50
	if testing.Short() {
		times = 5
	}
	var told, listed, healed []time.Duration
	for i := range times {
		id := s.ids()[i%len(s.celsius)]
		if i%5 == 0 {
			s.hunger()
			told = append(told, unplugWhileReading(m, s, id))
		} else {
			s.unplug()
		}
		began := time.Now()
		for _, folder := range []string{"", "uncached", "bus.0", id.String(), "bus.0/interface/statistics"} {
			// What was listed before may be kept; a device that is gone may be none.
			if _, err := m.entries(folder); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.EIO) {
				t.Errorf("unplugged, %q: %v", folder, err)
			}
		}
		listed = append(listed, time.Since(began).Round(time.Millisecond))
		if text, err := m.read(uncached(id)); err == nil {
			t.Errorf("unplugged, %v reads %q", id, text)
		}

		s.plug()
		healed = append(healed, m.comes("uncached", s).Round(time.Millisecond))
		if i%5 == 0 {
			m.readsOne("uncached", s, id)
		}
	}
	m.reads("uncached", s)
	for _, all := range [][]time.Duration{told, listed, healed} {
		slices.Sort(all)
	}
	limit := s.healing()
	t.Logf("unplugged %d times: told after %v, five listings within %v, healed within %v, mostly %v, limit %v",
		times, told, listed[times-1], healed[times-1], healed[times/2], limit)
	// The kernel's driver has the stick first; to get it takes this machine long.
	if slowest := told[len(told)-1]; slowest > limit || healed[times/2] > limit {
		t.Errorf("told after %v, healed after %v, starved by %.1f", told, healed, s.starved)
	}
	for name, least := range map[string]int{"reconnects": times, "errors": len(told)} {
		n, err := strconv.Atoi(m.must("bus.0/interface/statistics/" + name))
		if err != nil || n < least {
			t.Errorf("%d %s are counted, %v, want %d or more", n, name, err, least)
		}
	}
}

// Readers are at it all the time while the stick goes and comes. They get right
// values or errors, and none waits forever.
func TestMountReplugUnderLoad(t *testing.T) {
	s := newStick(t, 1, 3)
	s.plug()
	m := mount(t, "-u")
	m.comes("", s)
	var good, failed, listed atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	defer readers.Wait()
	defer stop()
	forever := func(what string, f func() error) {
		readers.Go(func() {
			for ctx.Err() == nil && !errors.Is(m.begin(what, f)(), errHung) {
				time.Sleep(20 * time.Millisecond) // this machine has one processor
			}
		})
	}
	for id, want := range s.celsius {
		forever("reading", func() error {
			text, err := readTrimmed(filepath.Join(m.dir, uncached(id)))
			got, bad := strconv.ParseFloat(text, 64)
			switch {
			case err == nil && (bad != nil || got != want):
				t.Errorf("%v reads %q, want %v", id, text, want)
			case err == nil:
				good.Add(1)
			case errors.Is(err, syscall.EIO), errors.Is(err, os.ErrNotExist):
				failed.Add(1)
			default:
				t.Error(err)
			}
			return err
		})
	}
	for _, folder := range []string{"", "uncached"} {
		forever("listing", func() error {
			_, err := os.ReadDir(filepath.Join(m.dir, folder))
			if err != nil && !errors.Is(err, syscall.EIO) {
				t.Error(err)
			}
			listed.Add(1)
			return err
		})
	}
	// more waits until there are three more of them.
	more := func(what string, n *atomic.Int64) {
		before := n.Load()
		eventually(t, hung, what, func() error {
			if now := n.Load(); now < before+3 {
				return fmt.Errorf("%d, before %d", now, before)
			}
			return nil
		})
	}
	more("good readings", &good)
	for range 3 {
		s.unplug()
		more("errors", &failed)
		more("listings", &listed)
		s.plug()
		more("good readings", &good)
	}
	t.Logf("%d good readings, %d errors, %d listings", good.Load(), failed.Load(), listed.Load())
}

func uncached(id hw.ROM) string { return filepath.Join("uncached", id.String(), "temperature") }

// unplugWhileReading pulls the stick out in the middle of a conversion, and
// returns how long it takes until the reader is told.
func unplugWhileReading(m *mounted, s *stick, id hw.ROM) time.Duration {
	m.Helper()
	before := s.conversions.Load()
	told := m.begin("reading while it is unplugged", func() error {
		text, err := os.ReadFile(filepath.Join(m.dir, uncached(id)))
		if err == nil {
			err = fmt.Errorf("it read %q", text)
		}
		return err
	})
	eventually(m, hung, "the conversion", func() error {
		if s.conversions.Load() == before {
			return errors.New("it has not begun")
		}
		return nil
	})
	s.unplug()
	began := time.Now()
	if err := told(); !errors.Is(err, syscall.EIO) {
		m.Errorf("unplugged while reading: %v, want EIO", err)
	}
	return time.Since(began).Round(time.Millisecond)
}

// All sticks: each a bus of its own, and still that when it comes back.
func TestMountTwoSticks(t *testing.T) {
	one, two := newStick(t, 1, 2), newStick(t, 2, 3)
	one.plug()
	two.plug()
	m := mount(t, "-uall")
	m.comes("bus.0", one)
	m.comes("bus.1", two)
	m.comes("", one, two)
	if names, err := m.entries(""); err != nil || slices.Contains(names, "bus.2") {
		t.Errorf("there are %q, %v", names, err)
	}
	m.reads("", one)
	m.reads("bus.1", two)
	one.unplug()
	m.reads("bus.1/uncached", two)
	m.comes("uncached", two)
	one.plug()
	m.comes("uncached/bus.0", one)
	m.reads("bus.0/uncached", one)
	m.reads("bus.1/uncached", two)
	if names, err := m.entries(""); err != nil || slices.Contains(names, "bus.2") {
		t.Errorf("there are %q, %v", names, err)
	}
}

// The stick stays with the kernel's driver.
func TestMountW1(t *testing.T) {
	s := newStick(t, 1, 20)
	s.plug()
	w1Finds(t, s)
	m := mount(t, "--w1")
	t.Logf("listed after %v", m.comes("", s).Round(time.Millisecond))
	for _, id := range s.ids()[:3] {
		m.readsOne("", s, id)
		m.readsOne("uncached", s, id)
	}
	if n := len(w1Masters(t)); n != 1 {
		t.Errorf("the kernel has %d bus masters", n)
	}
	t.Logf("unplugged, the reader was told after %v", unplugWhileReading(m, s, s.ids()[0]))
	if text, err := m.read(uncached(s.ids()[0])); err == nil {
		t.Errorf("unplugged, it reads %q", text)
	}
	s.plug()
	t.Logf("back %v after it was plugged in", m.comes("uncached", s).Round(time.Millisecond))
	m.readsOne("uncached", s, s.ids()[0])
}

// Those that look for any number of bus masters say that there is none, and take
// the first one that comes.
func TestMountFindsLater(t *testing.T) {
	for _, option := range []string{"-uall", "--w1"} {
		t.Run(option, func(t *testing.T) {
			s := newStick(t, 1, 3)
			m := mount(t, option)
			if err := m.lists(""); err != nil {
				t.Error(err)
			}
			eventually(t, hung, "the log", func() error { return m.says("there is no bus master yet") })
			s.plug()
			t.Logf("listed after %v", m.comes("bus.0", s).Round(time.Millisecond))
			m.comes("", s)
			m.reads("", s)
		})
	}
}

// Who may not use the stick is told which udev rule mends it.
func TestMountWithoutPermission(t *testing.T) {
	if err := os.Chmod("/dev/fuse", 0o666); err != nil { // as udev does
		t.Fatal(err)
	}
	if err := os.WriteFile("/etc/fuse.conf", []byte("user_allow_other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := newStick(t, 1, 1)
	s.plug()
	m := mountAs(t, &syscall.Credential{Uid: 65534, Gid: 65534}, "-u", "--allow_other")
	eventually(t, hung, "the log", func() error { return m.says("permission denied", "60-owfs.rules") })
	if err := m.lists(""); err != nil {
		t.Error(err)
	}
}

// A short on the line is an error of each reader, and over when it is gone.
func TestMountShort(t *testing.T) {
	s := newStick(t, 1, 3)
	s.plug()
	m := mount(t, "-u")
	m.comes("", s)
	id := s.ids()[0]
	s.line.SetFaults(sim.Faults{Short: true})
	for range 3 {
		if text, err := m.read(uncached(id)); !errors.Is(err, syscall.EIO) {
			t.Errorf("with a short, it reads %q, %v, want EIO", text, err)
		}
		if _, err := m.entries(""); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(m.log.String(), "is shorted:"); n != 1 {
		t.Errorf("the log tells it %d times, want once:\n%s", n, m.log)
	}
	if got := m.must("bus.0/interface/statistics/shorts"); got == "0" {
		t.Error("no shorts counted")
	}
	s.line.SetFaults(sim.Faults{})
	t.Logf("healed after %v", m.comes("uncached", s).Round(time.Millisecond))
	m.reads("uncached", s)
	if err := m.says("not shorted any more"); err != nil {
		t.Error(err)
	}
}
