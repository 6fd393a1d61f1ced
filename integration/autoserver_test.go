// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"math/bits"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	owserverType = "_owserver._tcp.local."
	soon         = 10 * time.Second
)

// Servers that are announced by multicast become buses, while the mount is
// there or before it. All of it happens in a network namespace that has nothing
// but its own loopback, so that nobody else hears of it.
func TestAutoserver(t *testing.T) {
	t.Parallel()
	ownNetwork(t) // which subtests would not be in
	const kitchen, attic, cellar = "28.000000000001", "28.000000000002", "28.000000000003"
	const name = "OWFS (1-wire) Server 4304" // as the C program says
	a := announce(t)

	m := mountOwfs(t, "--autoserver")
	expectBuses(t, m, 0)
	if names := listNames(t, m.dir); strings.Contains(names, "bus.") {
		t.Errorf("without a server the mount lists %s", names)
	}
	stop := owserverAt(t, 4304, kitchen)
	a.hello(name, 4304, "127.0.0.1")
	expectReads(t, m, kitchen)
	expectAddress(t, m, "bus.0", "127.0.0.1:4304")

	// A later one, with the bytes of the port swapped.
	owserverAt(t, 4305, attic)
	a.hello("attic", bits.ReverseBytes16(4305), "127.0.0.1")
	expectReads(t, m, attic)
	expectAddress(t, m, "bus.1", "127.0.0.1:4305")
	expectBuses(t, m, 2)

	// The same servers by other names, and at another address of the machine.
	a.hello("another name", 4304, "127.0.0.1")
	a.hello("attic again", 4305, "127.0.0.2")
	expectStill(t, m, 2)

	// A mount that comes after them, where all are told in one message and one
	// is named by the user as well.
	late := mountOwfs(t, "--browse", "-s", "localhost:4304")
	expectReads(t, late, kitchen, attic)
	expectStill(t, late, 2)
	expectAddress(t, late, "bus.0", "localhost:4304")
	expectAddress(t, late, "bus.1", "127.0.0.1:4305")

	// One leaves, and comes back at another port.
	a.goodbye("another name")
	a.goodbye(name)
	stop()
	if _, err := os.ReadFile(m.path("bus.0", kitchen, "temperature")); errnoOf(err) != syscall.EIO {
		t.Errorf("after the goodbye: %v, want EIO", err)
	}
	if names := listNames(t, m.dir); !strings.Contains(names, "bus.0 bus.1 ") {
		t.Errorf("after the goodbye the mount lists %s", names)
	}
	expectReads(t, m, attic)
	owserverAt(t, 4306, kitchen)
	a.hello(name, 4306, "127.0.0.1")
	expectReads(t, m, kitchen)
	expectAddress(t, m, "bus.0", "127.0.0.1:4306")
	expectBuses(t, m, 2)

	// One is announced before it listens.
	a.hello("cellar", 4307, "127.0.0.1")
	expectStill(t, m, 2)
	owserverAt(t, 4307, cellar)
	expectReads(t, m, cellar)
	expectBuses(t, m, 3)
}

// Our own server announces itself and is found, with its own port; when it ends
// it takes leave.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	ownNetwork(t)
	const kitchen, attic = "28.000000000001", "28.000000000002"
	serverAt := func(port int, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(built, "owserver"), append([]string{"--foreground", "-p", fmt.Sprintf("127.0.0.1:%d", port)}, args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
		return cmd
	}
	serverAt(4304, "--tester="+kitchen)
	m := mountOwfs(t, "--autoserver")
	expectReads(t, m, kitchen) // it was there before, and answers the question
	serverAt(4305, "--tester="+attic, "--announce=Attic")
	expectReads(t, m, attic) // it says so by itself
	expectBuses(t, m, 2)
	expectAddress(t, m, "bus.0", "127.0.0.1:4304")
	expectAddress(t, m, "bus.1", "127.0.0.1:4305")
	serverAt(4306, "--tester=28.000000000003", "--nozero")
	expectStill(t, m, 2)
}

// ownNetwork moves the goroutine of the test to a network of its own: what it
// starts and the sockets that it opens live there. At the end its thread goes
// back: would it end instead, the programs that other tests have started from
// it would end with it.
func ownNetwork(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("a network namespace needs root")
	}
	runtime.LockOSThread()
	before, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer before.Close()
		if err := unix.Setns(int(before.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Errorf("going back to the network: %v", err)
			return
		}
		runtime.UnlockOSThread()
	})
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up", "multicast", "on").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s (install the Debian package iproute2)", err, out)
	}
	if all, err := net.Interfaces(); err != nil || len(all) != 1 || all[0].Flags&net.FlagMulticast == 0 {
		t.Fatalf("the network has %v, %v", all, err)
	}
}

// owserverAt runs the real owserver with a device, at a port that is free for
// certain, until stop is called or the test ends.
func owserverAt(t *testing.T, port int, device string) (stop func()) {
	t.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	cmd := exec.Command("owserver", "--foreground", "--nozero", "-p", addr, "--tester="+device)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (install the Debian package owserver)", err)
	}
	stop = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(stop)
	eventually(t, soon, "owserver listens", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return stop
}

// An announcer announces owservers and answers those who ask for them.
type announcer struct {
	t    *testing.T
	conn *ipv4.PacketConn
	lo   *net.Interface

	mu       sync.Mutex
	services map[string][]dns.RR
}

var mdnsGroup = &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}

func announce(t *testing.T) *announcer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(224, 0, 0, 0), Port: mdnsGroup.Port})
	if err != nil {
		t.Fatal(err)
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	a := &announcer{t: t, conn: ipv4.NewPacketConn(conn), lo: lo, services: map[string][]dns.RR{}}
	if err := a.conn.JoinGroup(lo, mdnsGroup); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.answer(conn)
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return a
}

// answer tells all services in one message to whoever asks for the kind.
func (a *announcer) answer(conn *net.UDPConn) {
	buf := make([]byte, 1<<16)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		var m dns.Msg
		if m.Unpack(buf[:n]) != nil || m.Response || len(m.Question) == 0 || m.Question[0].Name != owserverType {
			continue
		}
		var pointers, rest []dns.RR
		a.mu.Lock()
		for _, records := range a.services {
			pointers = append(pointers, records[0])
			rest = append(rest, records[1:]...)
		}
		a.mu.Unlock()
		a.send(pointers, rest)
	}
}

// hello announces a server.
func (a *announcer) hello(name string, port uint16, host string) {
	instance := strings.NewReplacer(" ", `\ `, "(", `\(`, ")", `\)`).Replace(name) + "." + owserverType
	machine := "machine-" + strings.ReplaceAll(host, ".", "-") + ".local."
	header := func(name string, kind, class uint16) dns.RR_Header {
		return dns.RR_Header{Name: name, Rrtype: kind, Class: class, Ttl: 120}
	}
	const unique = dns.ClassINET | 1<<15
	records := []dns.RR{
		&dns.PTR{Hdr: header(owserverType, dns.TypePTR, dns.ClassINET), Ptr: instance},
		&dns.SRV{Hdr: header(instance, dns.TypeSRV, unique), Port: port, Target: machine},
		&dns.TXT{Hdr: header(instance, dns.TypeTXT, unique), Txt: []string{""}},
		&dns.A{Hdr: header(machine, dns.TypeA, unique), A: net.ParseIP(host)},
	}
	a.mu.Lock()
	a.services[name] = records
	a.mu.Unlock()
	a.send(records, nil)
}

// goodbye takes an announcement back.
func (a *announcer) goodbye(name string) {
	a.mu.Lock()
	pointer := dns.Copy(a.services[name][0])
	delete(a.services, name)
	a.mu.Unlock()
	pointer.Header().Ttl = 0
	a.send([]dns.RR{pointer}, nil)
}

func (a *announcer) send(answers, extra []dns.RR) {
	m := dns.Msg{MsgHdr: dns.MsgHdr{Response: true, Authoritative: true}, Compress: true, Answer: answers, Extra: extra}
	b, err := m.Pack()
	if err == nil {
		_, err = a.conn.WriteTo(b, &ipv4.ControlMessage{IfIndex: a.lo.Index}, mdnsGroup)
	}
	if err != nil {
		a.t.Error(err)
	}
}

// expectReads waits until the temperatures of devices can be read.
func expectReads(t *testing.T, m *mounted, devices ...string) {
	t.Helper()
	for _, device := range devices {
		took := eventually(t, soon, device+" can be read", func() bool {
			b, err := os.ReadFile(m.path(device, "temperature"))
			return err == nil && len(b) > 0
		})
		t.Logf("%s can be read after %v", device, took.Round(time.Millisecond))
	}
}

func expectBuses(t *testing.T, m *mounted, want int) {
	t.Helper()
	if got := m.read(t, "system/connections/count_current_buses"); got != fmt.Sprint(want) {
		t.Errorf("there are %s buses, want %d", got, want)
	}
}

// expectStill gives owfs the time to make buses that it should not.
func expectStill(t *testing.T, m *mounted, want int) {
	t.Helper()
	time.Sleep(1500 * time.Millisecond)
	expectBuses(t, m, want)
}

func expectAddress(t *testing.T, m *mounted, bus, want string) {
	t.Helper()
	if got := m.read(t, filepath.Join(bus, "interface/settings/address")); got != want {
		t.Errorf("%s is at %s, want %s", bus, got, want)
	}
}

// listNames are the names in a directory, each with a blank behind it.
func listNames(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for _, e := range entries {
		names.WriteString(e.Name() + " ")
	}
	return names.String()
}
