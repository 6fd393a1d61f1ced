// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// names lists a directory of the mount.
func (m *mounted) names(t testing.TB, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(m.path(dir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

const thermometer = "28.000028D70100"

// busy is how much longer than promised things may take where tests run side by
// side on a machine that has other work, too.
const busy = 2 * time.Second

// eventually waits until a condition holds, and returns how long that took.
func eventually(t testing.TB, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !ok() {
		if time.Since(begin) > limit {
			t.Fatalf("%s: not within %v", what, limit)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begin)
}

func readable(name string) bool {
	_, err := os.ReadFile(name)
	return err == nil
}

// A peer that goes away: EIO and never ENOENT, known directories still list,
// and all is well again within a second of its return.
func TestPeerGoesAndComesBack(t *testing.T) {
	p := startProxy(t, startOwserver(t, testDevices))
	m := mountOwfs(t, "-s", p.addr)
	before := m.names(t, "/")
	m.read(t, thermometer+"/temperature")
	device := m.names(t, thermometer)

	for range 3 {
		p.down()
		for _, name := range []string{"/temperature", "/tempres", "/templow"} {
			begin := time.Now()
			_, err := os.ReadFile(m.path(thermometer, name))
			if errnoOf(err) != syscall.EIO {
				t.Errorf("%s of a peer that is away: %v, want EIO", name, err)
			}
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("that took %v", took)
			}
		}
		if got := m.names(t, "/"); strings.Join(got, " ") != strings.Join(before, " ") {
			t.Errorf("while the peer is away the root lists %v, before %v", got, before)
		}
		if got := m.names(t, thermometer); strings.Join(got, " ") != strings.Join(device, " ") {
			t.Errorf("while the peer is away the device lists %v, before %v", got, device)
		}
		if err := os.WriteFile(m.path(thermometer, "templow"), []byte("1"), 0o666); errnoOf(err) != syscall.EIO {
			t.Errorf("a write while the peer is away: %v, want EIO", err)
		}
		p.up()
		took := eventually(t, time.Second, "reading after the peer's return", func() bool {
			return readable(m.path(thermometer, "temperature"))
		})
		t.Logf("back after %v", took)
	}
}

// A peer that is silent (a stopped process, a cable that was pulled): the
// network timeout and a second, then EIO.
func TestPeerFallsSilent(t *testing.T) {
	t.Parallel()
	p := startProxy(t, startOwserver(t, testDevices))
	m := mountOwfs(t, "-s", p.addr)
	m.read(t, thermometer+"/temperature")
	p.silent.Store(true)
	begin := time.Now()
	_, err := os.ReadFile(m.path(thermometer, "temperature"))
	if took := time.Since(begin); errnoOf(err) != syscall.EIO || took > 3*time.Second+busy {
		t.Errorf("a silent peer: %v after %v, want EIO after 2 s", err, took)
	}
	p.silent.Store(false)
	eventually(t, time.Second+busy, "reading again", func() bool { return readable(m.path(thermometer, "temperature")) })
}

// SIGKILL of a reader always works, and a signal it does not ignore ends the
// wait, too.
func TestReaderCanBeKilled(t *testing.T) {
	t.Parallel()
	p := startProxy(t, startOwserver(t, testDevices))
	m := mountOwfs(t, "-s", p.addr, "--timeout_network=60")
	m.read(t, thermometer+"/temperature")
	p.silent.Store(true)
	p.messages()
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		cat := exec.Command("cat", m.path(thermometer, "temperature"))
		if err := cat.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cat.Wait() }()
		eventually(t, 10*time.Second, "the cat's request", func() bool {
			n, _ := p.messages()
			return n > 0
		})
		cat.Process.Signal(sig)
		select {
		case <-done:
		case <-time.After(20 * time.Second): // the silence would end after 60
			t.Fatalf("a cat that waits for a silent peer does not end on %v", sig)
		}
	}
	p.silent.Store(false)
}

// A peer that is absent at start does not stop the mount, and is used as soon
// as it is there.
func TestPeerAbsentAtStart(t *testing.T) {
	p := startProxy(t, startOwserver(t, testDevices))
	p.down()
	m := mountOwfs(t, "-s", p.addr)
	for _, name := range m.names(t, "/") {
		if strings.HasPrefix(name, "28.") {
			t.Errorf("%s is listed while the peer was never seen", name)
		}
	}
	if _, err := os.Stat(m.path("settings")); err != nil {
		t.Error(err)
	}
	eventually(t, 3*time.Second, "a message about the absent peer", func() bool {
		return strings.Contains(m.log.String(), p.addr)
	})
	p.up()
	eventually(t, time.Second, "reading after the peer has come", func() bool {
		return readable(m.path(thermometer, "temperature"))
	})
	eventually(t, time.Second, "the listing after the peer has come", func() bool {
		return strings.Contains(strings.Join(m.names(t, "/"), " "), thermometer)
	})
}

// Several peers: a union of their devices, and bus.N for each.
func TestSeveralPeers(t *testing.T) {
	a := startProxy(t, startOwserver(t, "--tester=28.010203040506"))
	b := startOwserver(t, "--tester=10.060504030201,29.010203040506")
	m := mountOwfs(t, "-s", a.addr, "-s", b)
	all := strings.Join(m.names(t, "/"), " ")
	for _, want := range []string{"28.010203040506", "10.060504030201", "29.010203040506", "bus.0", "bus.1"} {
		if !strings.Contains(all, want) {
			t.Errorf("the root lists %s, without %s", all, want)
		}
	}
	if got := strings.Join(m.names(t, "bus.0"), " "); strings.Contains(got, "10.060504030201") || !strings.Contains(got, "28.010203040506") {
		t.Errorf("bus.0 lists %s", got)
	}
	if got := m.read(t, "bus.1/10.060504030201/type"); got != "DS18S20" {
		t.Errorf("bus.1/…/type reads %q", got)
	}
	if _, err := os.Stat(m.path("bus.0/10.060504030201")); !os.IsNotExist(err) {
		t.Errorf("a device of bus.1 below bus.0: %v", err)
	}
	if _, err := os.Stat(m.path("bus.2")); !os.IsNotExist(err) {
		t.Errorf("bus.2: %v", err)
	}
	if _, err := os.Stat(m.path("22.010203040506")); !os.IsNotExist(err) {
		t.Errorf("a device of neither peer: %v", err)
	}
	m.write(t, "simultaneous/temperature", "1")
	a.down()
	if got := m.read(t, "10.060504030201/temperature"); got == "" {
		t.Error("a peer that is away silences the other")
	}
	if _, err := os.ReadFile(m.path("28.010203040506/temperature")); errnoOf(err) != syscall.EIO {
		t.Errorf("a device of the peer that is away: %v, want EIO", err)
	}
	a.up()
}

// 200 readers of a slow peer all end within the time that the peer takes.
func TestManyReadersOfASlowPeer(t *testing.T) {
	t.Parallel()
	const readers, slow = 200, 3 * time.Second
	p := startProxy(t, startOwserver(t, testDevices))
	m := mountOwfs(t, "-s", p.addr, "--timeout_network=10")
	m.read(t, thermometer+"/temperature")
	p.delay.Store(int64(slow))
	begin := time.Now()
	var failed atomic.Int64
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			// A process of its own thread, as cat is: Go would retry EINTR.
			if _, err := os.ReadFile(m.path(thermometer, "temperature")); err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	t.Logf("%d readers of a peer that takes %v each: %v", readers, slow, took)
	if failed.Load() > 0 || took > 2*slow+busy {
		t.Errorf("%d of %d failed, all took %v", failed.Load(), readers, took)
	}
	p.delay.Store(0)
}
