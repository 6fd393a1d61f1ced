// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/owproto"
)

// clientOf is a client for a test.
func clientOf(t testing.TB, addr string) *owproto.Client {
	t.Helper()
	c := &owproto.Client{Addr: addr}
	t.Cleanup(func() { c.Close() })
	return c
}

// canRead tells whether a type can be read.
func canRead(c *owproto.Client, path string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	v, err := c.Read(ctx, path, 0, 100, 0)
	return err == nil && len(v) > 0
}

// A server behind that is down at the start delays nothing, and is used as soon
// as it is there; again and again.
func TestServerBehindIsDown(t *testing.T) {
	t.Parallel()
	p := startProxy(t, startOwserver(t, testDevices))
	p.down()
	begun := time.Now()
	c := clientOf(t, startOurs(t, "-s", p.addr, "--tester=10.0102030405FF"))
	if took := time.Since(begun); took > 3*time.Second+busy {
		t.Errorf("it took %v to serve", took)
	}
	for range 2 {
		if !canRead(c, "/10.0102030405FF/type") {
			t.Error("the server's own device can't be read")
		}
		if canRead(c, "/"+thermometer+"/temperature") {
			t.Error("a device of a server that is down can be read")
		}
		time.Sleep(1500 * time.Millisecond)
		p.up()
		eventually(t, time.Second+busy, "reading after the server has come", func() bool { return canRead(c, "/"+thermometer+"/type") })
		p.down()
	}
}

// While a server behind hangs, the one in front answers what it can, and tells
// each second that it lives to those who ask for what it can't.
func TestServerBehindHangs(t *testing.T) {
	t.Parallel()
	p := startProxy(t, startOwserver(t, testDevices))
	front := startOurs(t, "-s", p.addr, "--tester=10.0102030405FF", "--timeout_network=5")
	c := clientOf(t, front)
	if !canRead(c, "/"+thermometer+"/type") || !canRead(c, "/10.0102030405FF/type") {
		t.Fatal("nothing can be read")
	}
	p.silent.Store(true)
	nc := dialWire(t, front)
	defer nc.Close()
	nc.Write((&owproto.Request{Type: owproto.MsgRead, Path: "/" + thermometer + "/temperature", Size: 100}).AppendTo(nil))
	begun := time.Now()
	for range 2 {
		r, err := owproto.ReadResponse(nc, 100)
		if err != nil || !r.Ping {
			t.Fatalf("instead of a ping: %v, %v", r, err)
		}
	}
	if d := time.Since(begun); d < 1900*time.Millisecond || d > 3*time.Second+busy {
		t.Errorf("two pings after %v", d)
	}
	for range 100 {
		begun := time.Now()
		if !canRead(c, "/10.0102030405FF/temperature") || !canRead(c, "/settings/timeout/volatile") || c.Nop(t.Context()) != nil {
			t.Error("the server's own device can't be read")
		}
		if d := time.Since(begun); d > busy {
			t.Errorf("three answers took %v", d)
		}
	}
	for {
		r, err := owproto.ReadResponse(nc, 100)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Ping {
			if r.Ret != owproto.ErrIO.Ret() {
				t.Errorf("the answer is %d", r.Ret)
			}
			break
		}
	}
}

// A port in use is an error.
func TestServerPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, stderr := runCmd(t, exec.Command(serverProgram(t, 'o'), "--foreground", testDevices, "-p", l.Addr().String()))
	want := "owserver: error: listening on " + l.Addr().String() + ": listen tcp " + l.Addr().String() +
		": bind: address already in use\nowserver: hint: another program listens there: end it, or give another address with -p\n"
	if code != 1 || stderr != want {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// A socket file: made, taken over from a program that has died, gone at the end.
func TestServerUnixSocket(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		cmd := exec.Command(serverProgram(t, 'o'), "--foreground", testDevices, "-p", "unix:"+name)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		log := &syncBuffer{}
		cmd.Stderr = log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		c := clientOf(t, "unix:"+name)
		eventually(t, 10*time.Second, "an answer", func() bool { return canRead(c, "/"+thermometer+"/type") })
		cmd.Process.Signal(sig)
		if err := cmd.Wait(); (err == nil) != (sig == syscall.SIGTERM) {
			t.Errorf("%v: %v: %s", sig, err, log)
		}
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
}

// Several addresses at once.
func TestServerSeveralAddresses(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	cmd := exec.Command(serverProgram(t, 'o'), "--foreground", "--error_level=1", testDevices, "-p", "127.0.0.1:0", "-p", "[::1]:0", "-p", "unix:"+name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log := &syncBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, 10*time.Second, "three addresses in the log", func() bool { return strings.Count(log.String(), "msg=serving") == 3 })
	var found []string
	for _, line := range strings.Split(log.String(), "\n") {
		if _, addr, ok := strings.Cut(line, "msg=serving address="); ok {
			addr, _, _ = strings.Cut(addr, " ")
			addr = strings.Trim(addr, `"`)
			if !canRead(clientOf(t, addr), "/"+thermometer+"/type") {
				t.Errorf("no answer from %s", addr)
			}
			found = append(found, addr)
		}
	}
	if len(found) != 3 {
		t.Errorf("addresses %q", found)
	}
}

// --max_clients: whoever comes too many waits for one to go.
func TestServerMaxClients(t *testing.T) {
	addr := startOurs(t, testDevices, "--max_clients=3")
	nop := (&owproto.Request{Type: owproto.MsgNop, Flags: owproto.FlagPersist}).AppendTo(nil)
	answered := make([]chan bool, 5)
	conns := make([]*net.TCPConn, 5)
	for i := range conns {
		conns[i], answered[i] = dialWire(t, addr), make(chan bool)
		defer conns[i].Close()
		conns[i].Write(nop)
		go func() {
			_, err := io.ReadFull(conns[i], make([]byte, owproto.HeaderSize))
			answered[i] <- err == nil
		}()
		if i < 3 && !<-answered[i] {
			t.Fatalf("connection %d of 3 is not answered", i)
		}
	}
	select {
	case <-answered[3]:
		t.Error("connection 4 of 3 is answered")
	case <-answered[4]:
		t.Error("connection 5 of 3 is answered")
	case <-time.After(300 * time.Millisecond):
	}
	for i := range 2 {
		conns[i].Close()
		if !<-answered[3+i] {
			t.Errorf("connection %d is not answered when there is room", 3+i)
		}
	}
}

// systemd hands over the sockets, and is told when the server serves and ends.
func TestServerUnderSystemd(t *testing.T) {
	notify := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notify, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	one, first := listenFile(t)
	two, second := listenFile(t)
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_FDS=2 LISTEN_PID=$$ exec "$0" "$@"`, serverProgram(t, 'o'), testDevices)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+notify)
	cmd.ExtraFiles = []*os.File{one, two}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	one.Close()
	two.Close()
	defer cmd.Wait()
	if got := notified(t, l); got != "READY=1" {
		t.Errorf("systemd is told %q", got)
	}
	for _, addr := range []string{first, second} {
		if !canRead(clientOf(t, addr), "/"+thermometer+"/type") {
			t.Errorf("no answer from %s", addr)
		}
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if got := notified(t, l); got != "STOPPING=1" {
		t.Errorf("systemd is told %q", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// In the background: the shell goes on when the server serves.
func TestServerInTheBackground(t *testing.T) {
	dir := t.TempDir()
	pidFile, socket := filepath.Join(dir, "pid"), filepath.Join(dir, "socket")
	code, stderr := runCmd(t, exec.Command(serverProgram(t, 'o'), testDevices, "-p", "unix:"+socket, "--pid_file", pidFile))
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	c := clientOf(t, "unix:"+socket)
	if !canRead(c, "/"+thermometer+"/type") {
		t.Error("it has returned, and nobody answers")
	}
	text, _ := os.ReadFile(pidFile)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatalf("the pid file says %q", text)
	}
	v, err := c.Read(t.Context(), "/system/process/pid", owproto.FlagTrim, 100, 0)
	if string(v) != fmt.Sprint(pid) || err != nil {
		t.Errorf("process %q, the pid file says %d: %v", v, pid, err)
	}
	syscall.Kill(pid, syscall.SIGTERM)
	if !within(10*time.Second, func() bool { return !alive(pid) }) {
		t.Error("it does not end")
		syscall.Kill(pid, syscall.SIGKILL)
	}
	if _, err := os.Stat(pidFile); !os.IsNotExist(err) {
		t.Errorf("the pid file is left: %v", err)
	}
}

// When a config file changes, the server that starts anew has the sockets that
// systemd has opened, and nobody is turned away meanwhile.
func TestServerReloadUnderSystemd(t *testing.T) {
	t.Parallel()
	conf := filepath.Join(t.TempDir(), "owfs.conf")
	write := func(text string) {
		if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("server: tester = 10.010203040506\n")
	s := runServer(t, serverProgram(t, 'o'), "-c", conf, "--timeout_server=30")
	c := &owproto.Client{Addr: s.addr, NoPersist: true, Silence: 10 * time.Second}
	defer c.Close()
	if !canRead(c, "/10.010203040506/type") {
		t.Fatal("the device can't be read")
	}
	for _, id := range []string{"28.010203040506", "26.010203040506"} {
		write("server: tester = " + id + "\n")
		eventually(t, 20*time.Second, "the new device", func() bool {
			_, _, err := c.Presence(t.Context(), "/"+id, 0)
			var number owproto.Errno
			if err != nil && !errors.As(err, &number) {
				t.Fatalf("a client is turned away: %v", err)
			}
			time.Sleep(10 * time.Millisecond)
			return err == nil
		})
	}
	if !s.alive() {
		t.Error("the process is another one")
	}
}
