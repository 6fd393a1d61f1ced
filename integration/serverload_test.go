// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"owfs/owproto"
)

// manyFiles allows this process and its children as many descriptors as the
// tests of load need.
func manyFiles(t testing.TB, need uint64) {
	t.Helper()
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	l.Cur, l.Max = max(l.Cur, need), max(l.Max, need)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		t.Fatalf("%d descriptors are needed: %v", need, err)
	}
}

// wireRead is a request, and what answers it.
func wireRead(t testing.TB, addr string, flags owproto.Flags) (request, answer []byte) {
	t.Helper()
	request = (&owproto.Request{Type: owproto.MsgRead, Path: wireThermo + "/type", Size: 100, Flags: flags}).AppendTo(nil)
	answer = askWire(t, addr, request)
	if !bytes.HasSuffix(answer, []byte("DS18S20")) {
		t.Fatalf("type reads %s", show(answer))
	}
	return request, answer
}

// 5000 idle connections, then a request on each: all are answered, and then
// nothing is left.
func TestServerIdleConnections(t *testing.T) {
	const many = 5000
	manyFiles(t, many+1000)
	s := runServer(t, serverProgram(t, 'o'), wireDevices, "--timeout_server=60")
	request, answer := wireRead(t, s.addr, 0)
	empty := s.held(t)
	conns := make([]*net.TCPConn, many)
	inParallel(many, func(i int) {
		var err error
		if conns[i], err = dialFrom(i, s.addr); err != nil {
			t.Error(err)
		}
	})
	if t.Failed() {
		return
	}
	eventually(t, 20*time.Second, "all connections are accepted", func() bool { return s.held(t).files >= many })
	t.Logf("empty: %v; with %d connections: %v", empty, many, s.held(t))
	inParallel(many, func(i int) {
		defer conns[i].Close()
		conns[i].Write(request)
		if got, err := io.ReadAll(conns[i]); !bytes.Equal(got, answer) || err != nil {
			t.Errorf("connection %d: %q, %v", i, got, err)
		}
	})
	eventually(t, 10*time.Second, "all descriptors are closed", func() bool { return s.held(t).files <= empty.files+1 })
	if n := s.held(t).threads; n > 100 {
		t.Errorf("%d threads", n)
	}
}

// A burst of 10 000 clients that connect and read, all at once.
func TestServerBurst(t *testing.T) {
	const many = 10_000
	manyFiles(t, many+1000)
	s := runServer(t, serverProgram(t, 'o'), wireDevices)
	request, answer := wireRead(t, s.addr, 0)
	begun := time.Now()
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			if got, err := askFrom(i, s.addr, request); err != nil || !bytes.Equal(got, answer) {
				t.Errorf("client %d: %q, %v", i, got, err)
			}
		})
	}
	wg.Wait()
	t.Logf("%d answers in %v, %v", many, time.Since(begun), s.held(t))
}

// slowest asks for a while, and returns the longest that an answer took.
func slowest(t testing.TB, addr string, d time.Duration) (worst time.Duration, n int) {
	t.Helper()
	c := &owproto.Client{Addr: addr}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), d+20*time.Second)
	defer cancel()
	for end := time.Now().Add(d); time.Now().Before(end); n++ {
		begun := time.Now()
		var err error
		switch n % 3 {
		case 0:
			_, err = c.Read(ctx, wireThermo+"/type", 0, 100, 0)
		case 1:
			_, err = c.Dir(ctx, "/structure/29", 0)
		case 2:
			_, err = c.Do(ctx, &owproto.Request{Type: owproto.MsgDir, Path: "/structure/29"})
		}
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, time.Since(begun))
	}
	return worst, n
}

// A client that asks and does not read delays nobody.
func TestServerClientThatNeverReads(t *testing.T) {
	s := runServer(t, serverProgram(t, 'o'), wireDevices)
	dir := (&owproto.Request{Type: owproto.MsgDir, Path: "/structure/29", Flags: owproto.FlagPersist}).AppendTo(nil)
	for i := range 20 {
		nc, err := dialFrom(i, s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		nc.Write(bytes.Repeat(dir, 100_000)) // until all buffers are full
	}
	worst, n := slowest(t, s.addr, 2*time.Second)
	t.Logf("%d answers, the slowest after %v", n, worst)
	if worst > busy {
		t.Errorf("an answer took %v", worst)
	}
}

// 100 clients that send a byte a second delay nobody, and are shut out after
// the time that a request may take.
func TestServerSlowSenders(t *testing.T) {
	t.Parallel()
	s := runServer(t, serverProgram(t, 'o'), wireDevices, "--timeout_server=3")
	request, _ := wireRead(t, s.addr, 0)
	empty := s.held(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	for i := range 100 {
		nc, err := dialFrom(i, s.addr)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer nc.Close()
			for piece := range slices.Chunk(request, 1) {
				if _, err := nc.Write(piece); err != nil {
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
				}
			}
		})
	}
	worst, n := slowest(t, s.addr, 2*time.Second)
	t.Logf("%d answers, the slowest after %v", n, worst)
	if worst > busy {
		t.Errorf("an answer took %v", worst)
	}
	eventually(t, 10*time.Second, "the slow are shut out", func() bool { return s.held(t).files <= empty.files+1 })
}

// A million requests leave the memory as it was.
func TestServerMillion(t *testing.T) {
	const conns, million = 8, 1_000_000
	s := runServer(t, serverProgram(t, 'o'), wireDevices)
	paths := []string{wireThermo + "/type", wireThermo + "/temperature", wireSwitch + "/PIO.ALL", "/nosuch", "/structure/10/temperature"}
	var batch []byte
	for _, p := range paths {
		batch = (&owproto.Request{Type: owproto.MsgRead, Path: p, Size: 1000, Flags: owproto.FlagPersist}).AppendTo(batch)
	}
	run := func(requests int) {
		inParallel(conns, func(i int) {
			nc, err := dialFrom(i, s.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			rounds := requests / conns / len(paths)
			go func() {
				pack := bytes.Repeat(batch, 20)
				for range rounds / 20 {
					nc.SetWriteDeadline(time.Now().Add(20 * time.Second))
					if _, err := nc.Write(pack); err != nil {
						return
					}
				}
			}()
			br := bufio.NewReaderSize(nc, 1<<16)
			for n := range rounds / 20 * 20 * len(paths) {
				if n%1000 == 0 {
					nc.SetReadDeadline(time.Now().Add(20 * time.Second))
				}
				r, err := owproto.ReadResponse(br, 1<<16)
				for err == nil && r.Ping { // the machine is busy
					r, err = owproto.ReadResponse(br, 1<<16)
				}
				if err != nil || r.Flags != owproto.FlagPersist {
					t.Errorf("answer %d: %v, %v", n, r, err)
					return
				}
			}
		})
	}
	run(million / 10)
	before := s.held(t)
	begun := time.Now()
	run(million)
	took, after := time.Since(begun), s.held(t)
	t.Logf("%.0f requests each second; before %v, after %v", million/took.Seconds(), before, after)
	if after.memory > before.memory+before.memory/4+4<<20 {
		t.Errorf("memory has grown from %.1f to %.1f MB", float64(before.memory)/(1<<20), float64(after.memory)/(1<<20))
	}
}
