// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"owfs/owproto"
)

// manyClients is as many as a server may have at a time in a large house.
const manyClients = 200

// A serverCase is one row of the table of the servers.
type serverCase struct {
	name    string
	request owproto.Request
	kept    bool // connections are kept, else each request has its own
	clients int
	want    float64 // how many times the rate of the C program
}

// serverCases are all rows. What is wanted is what the project expects.
func serverCases() []serverCase {
	id := owproto.Request{Type: owproto.MsgRead, Path: "/" + sensor + "/id", Size: 100}
	temperature := owproto.Request{Type: owproto.MsgRead, Path: "/" + sensor + "/temperature", Size: 100}
	all := owproto.Request{Type: owproto.MsgDirAll, Path: "/"}
	var cases []serverCase
	for _, r := range []struct {
		name string
		owproto.Request
	}{{"id", id}, {"temperature", temperature}, {"DIRALL", all}} {
		for _, kept := range []bool{false, true} {
			for _, clients := range []int{1, manyWorkers, manyClients} {
				c := serverCase{fmt.Sprintf("server %s once x%d", r.name, clients), r.Request, kept, clients, 1}
				if kept {
					c.name = fmt.Sprintf("server %s kept x%d", r.name, clients)
				}
				if clients == manyWorkers && r.Type == owproto.MsgRead {
					c.want = 2
				}
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// servers compares our owserver with that of the C suite, on the same simulated
// devices, with the same client.
func servers(ctx context.Context, f *fleet, s settings) error {
	cases := slices.DeleteFunc(serverCases(), func(c serverCase) bool { return !s.wants(c.name) })
	if len(cases) == 0 && !s.wants("server size") && !s.wants("server startup") {
		return nil
	}
	// A client that waits in a system call must not cost another one its turn.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(manyClients + 20))
	build := exec.CommandContext(ctx, "go", "build", "-o", f.file("owserver"), "owfs/cmd/owserver")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building owserver: %w\n%s", err, out)
	}
	var both [limit]*process
	var addrs [limit]string
	for i := range both {
		var err error
		if both[i], addrs[i], err = f.startServer(ctx, i); err != nil {
			return err
		}
	}
	fmt.Println("\nowserver: ratios of the rates and of the 99th percentile of the time for an answer; rates, times, processor time of the server")
	serverLine("", "ours/C", "wanted", "p99 ours/C", "ours", "C", "p50", "C", "p99", "C", "CPU: ours", "C")
	for _, c := range cases {
		if err := serverRow(ctx, both, addrs, c, s); err != nil {
			return err
		}
	}
	for _, p := range both {
		if err := f.kill(p); err != nil {
			return err
		}
	}
	if s.wants("server size") {
		if err := sizes(ctx, f); err != nil {
			return err
		}
	}
	if s.wants("server startup") {
		return serverStartups(ctx, f, s)
	}
	return nil
}

func serverLine(cells ...string) {
	widths := [...]int{26, 20, 10, 18, 9, 9, 9, 9, 9, 9, 9, 9}
	for i, c := range cells {
		fmt.Printf("%-*s ", widths[i], c)
	}
	fmt.Println()
}

// serverRow measures one row in turns, and prints it.
func serverRow(ctx context.Context, both [limit]*process, addrs [limit]string, c serverCase, s settings) error {
	var perSecond, middle, slow, busy [limit]series
	for run := range s.runs {
		for i := range both {
			i = (i + run) % len(both)
			if _, _, err := askFor(ctx, addrs[i], c, warm); err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, programNames[i], err)
			}
			before := both[i].busy()
			times, took, err := askFor(ctx, addrs[i], c, s.time)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, programNames[i], err)
			}
			slices.Sort(times)
			n := len(times)
			perSecond[i] = append(perSecond[i], float64(n)/took.Seconds())
			middle[i] = append(middle[i], times[n/2].Seconds()*1e6)
			slow[i] = append(slow[i], times[n*99/100].Seconds()*1e6)
			busy[i] = append(busy[i], float64((both[i].busy()-before).Nanoseconds())/float64(n)/1000)
		}
	}
	rates := perSecond[ours].over(perSecond[theirs])
	cells := []string{c.name, ratio(rates), wanted(rates, c.want), ratio(slow[ours].over(slow[theirs]))}
	for _, x := range perSecond {
		cells = append(cells, figure(x, "%.0f/s"))
	}
	for _, what := range [][limit]series{middle, slow, busy} {
		for _, x := range what {
			cells = append(cells, figure(x, "%.0fus"))
		}
	}
	serverLine(cells...)
	return nil
}

// askFor has clients ask for a time, and returns how long each answer took.
func askFor(ctx context.Context, addr string, c serverCase, d time.Duration) (times []time.Duration, took time.Duration, err error) {
	ask := once
	if c.kept {
		client := &owproto.Client{Addr: addr, MaxIdle: c.clients, MaxConns: c.clients + 1, Silence: 20 * time.Second}
		defer client.Close()
		ask = func(ctx context.Context, _ string, r *owproto.Request) error {
			resp, err := client.Do(ctx, r)
			if err == nil && len(resp.Payload) == 0 {
				err = fmt.Errorf("the answer to %v is %d", r.Type, resp.Ret)
			}
			return err
		}
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	all, errs := make([][]time.Duration, c.clients), make([]error, c.clients)
	begun := time.Now()
	for i := range c.clients {
		wg.Go(func() {
			request := c.request
			for errs[i] == nil && !stop.Load() {
				start := time.Now()
				errs[i] = ask(ctx, addr, &request)
				all[i] = append(all[i], time.Since(start))
			}
		})
	}
	done := time.AfterFunc(d, func() { stop.Store(true) })
	defer done.Stop()
	wg.Wait()
	took = time.Since(begun)
	return slices.Concat(all...), took, errors.Join(errs...)
}

// once asks on a connection of its own, as the shell tools do, and with as
// little work: bare system calls.
func once(_ context.Context, addr string, r *owproto.Request) error {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 20})
	connect := func() error {
		return syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	}
	if err := insist(connect); err != nil && err != syscall.EISCONN {
		return fmt.Errorf("connecting: %w", err)
	}
	var buf [4096]byte
	send := r.AppendTo(buf[:0])
	if err := insist(func() error { _, err := syscall.Write(fd, send); return err }); err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	for n, m := 0, 0; ; n += m {
		err := insist(func() (err error) { m, err = syscall.Read(fd, buf[n:]); return err })
		switch {
		case err != nil:
			return fmt.Errorf("reading the answer: %w", err)
		case m > 0:
			continue
		}
		h, err := owproto.ReadHeader(bytes.NewReader(buf[:n]))
		if err == nil && (h.Code < 0 || h.Payload <= 0) {
			err = fmt.Errorf("the answer to %v is %d", r.Type, h.Code)
		}
		return err
	}
}

// startServer starts one of the owservers, and returns when it answers.
func (f *fleet) startServer(ctx context.Context, program int) (p *process, addr string, err error) {
	path := f.file("owserver")
	if program == theirs {
		if path, err = exec.LookPath("owserver"); err != nil {
			return nil, "", fmt.Errorf("%w (install the Debian package owserver)", err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		return nil, "", err
	}
	defer socket.Close()
	script := `LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --foreground "$@"`
	if p, err = f.start("/bin/sh", []*os.File{socket}, nil, "-c", script, path, testDevices); err != nil {
		return nil, "", err
	}
	addr = l.Addr().String()
	c := &owproto.Client{Addr: addr, Silence: 10 * time.Second, NoPersist: true}
	defer c.Close()
	return p, addr, c.Nop(ctx)
}

// sizes compares what the servers hold while 1000 clients are connected.
func sizes(ctx context.Context, f *fleet) error {
	const clients = 1000
	fmt.Printf("\nowserver with %d connections, each of which has been answered\n", clients)
	for i := range limit {
		p, addr, err := f.startServer(ctx, i)
		if err != nil {
			return err
		}
		empty, _ := p.resident()
		request := (&owproto.Request{Type: owproto.MsgNop, Flags: owproto.FlagPersist}).AppendTo(nil)
		var conns []net.Conn
		answered := 0
		for range clients {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				return err
			}
			defer nc.Close()
			conns = append(conns, nc)
			if i == theirs && len(conns) > 20 { // it would close them
				continue
			}
			nc.Write(request)
			if _, err := io.ReadFull(nc, make([]byte, owproto.HeaderSize)); err == nil {
				answered++
			}
		}
		time.Sleep(200 * time.Millisecond)
		full, err := p.resident()
		if err != nil {
			return fmt.Errorf("%s with %d connections: %w", programNames[i], clients, err)
		}
		tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.Process.Pid))
		fmt.Printf("%-6s %.1f MB without, %.1f MB with them, %d threads, %d answered\n", programNames[i], empty/(1<<20), full/(1<<20), len(tasks), answered)
		for _, nc := range conns {
			nc.Close()
		}
		if err := f.kill(p); err != nil {
			return err
		}
	}
	return nil
}

// kill ends a server. The C one may not heed SIGTERM just after its start.
func (f *fleet) kill(p *process) error {
	p.Process.Kill()
	<-p.done
	return f.stop(p)
}

// serverStartups measures the time from the start to the first answer.
func serverStartups(ctx context.Context, f *fleet, s settings) error {
	var took [limit]series
	for run := range max(s.runs, 3) {
		for i := range limit {
			i = (i + run) % limit
			begun := time.Now()
			p, _, err := f.startServer(ctx, i)
			if err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(begun).Seconds()*1000)
			if err := f.kill(p); err != nil {
				return err
			}
		}
	}
	fmt.Printf("\nowserver, start until the first answer: ours/C %s, ours %s, C %s\n", ratio(took[ours].over(took[theirs])),
		figure(took[ours], "%.0fms"), figure(took[theirs], "%.0fms"))
	return nil
}
