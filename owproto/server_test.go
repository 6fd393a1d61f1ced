// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"owfs/owproto"
)

// little is a handler with a thermometer, as the transcripts of the protocol's
// description have it.
func little(_ context.Context, req *owproto.Request) (owproto.Reply, error) {
	root := &owproto.Listing{Flags: 0xC007, Entries: []owproto.ListEntry{{Path: "/10.67C6697351FF", Dir: true}, {Path: "/x"}}}
	switch path := "/" + strings.Trim(req.Path, "/"); {
	case path == "/" && (req.Type == owproto.MsgRead || req.Type == owproto.MsgWrite):
		return owproto.Reply{}, owproto.ErrIsDir
	case path == "/":
		return owproto.Reply{Listing: root}, nil
	case path == "/10.67C6697351FF" && req.Type == owproto.MsgPresence:
		return owproto.Reply{ROM: [8]byte{0x10, 0x67, 0xC6, 0x69, 0x73, 0x51, 0xFF, 0x8D}}, nil
	case path == "/10.000010EF0000/templow":
		return owproto.Reply{Written: len(req.Data)}, nil
	case path == "/10.000010EF0000/type":
		v := []byte("DS18S20")
		return owproto.Reply{Value: v[min(uint32(req.Offset), uint32(len(v))):]}, nil
	}
	return owproto.Reply{}, fmt.Errorf("no such thing: %w", owproto.ErrUnknownPath)
}

// serveOW serves a handler on a port of the kernel's, until the end of the test.
func serveOW(t *testing.T, s *owproto.Server) string {
	t.Helper()
	if s.Handler == nil {
		s.Handler = owproto.HandlerFunc(little)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; !errors.Is(err, owproto.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc.(*net.TCPConn)
}

// talk sends hex, and returns in hex all that comes until the server closes.
func talk(t *testing.T, addr, request string) string {
	t.Helper()
	nc := dial(t, addr)
	b, err := hex.DecodeString(strings.ReplaceAll(request, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(b); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(nc)
	if err != nil {
		t.Errorf("%s: %v", request, err)
	}
	return hex.EncodeToString(all)
}

func hexOf(text string) string { return hex.EncodeToString([]byte(text)) }

// The transcripts of protocol sections 1.3, 4 and 6.
func TestServerTranscripts(t *testing.T) {
	addr := serveOW(t, &owproto.Server{})
	w := func(words string) string { return strings.ReplaceAll(words, " ", "") }
	typePath := hexOf("/10.000010EF0000/type") + "00"
	for _, c := range []struct{ name, send, want string }{
		{"NOP", "00000000 00000000 00000001 00000000 00000000 00000000", w("00000000 00000000 00000000 00000000 00000000 00000000")},
		{"READ", "00000000 00000016 00000002 00000000 00002000 00000000" + typePath,
			w("00000000 00000007 00000007 00000000 00000007 00000000") + hexOf("DS18S20")},
		{"READ at 2", "00000000 00000016 00000002 00000000 00002000 00000002" + typePath,
			w("00000000 00000005 00000005 00000000 00000005 00000002") + hexOf("18S20")},
		{"READ past the end", "00000000 00000016 00000002 00000000 00002000 00000007" + typePath,
			w("00000000 00000000 00000000 00000000 00000000 00000000")},
		{"WRITE", "00000000 0000001b 00000003 00000000 00000002 00000000" + hexOf("/10.000010EF0000/templow") + "003130",
			w("00000000 00000000 00000000 00000000 00000002 00000000")},
		{"PRESENCE", "00000000 00000012 00000006 00000000 00000000 00000000" + hexOf("/10.67C6697351FF/") + "00",
			w("00000000 00000008 00000000 00000000 00000000 00000000") + "1067c6697351ff8d"},
		{"DIR", "00000000 00000002 00000004 00000102 00000000 00000000 2f00",
			w("00000000 00000011 00000000 00000102 00000010 00000000") + hexOf("/10.67C6697351FF") + "00" +
				w("00000000 00000003 00000000 00000102 00000002 00000000") + hexOf("/x") + "00" +
				w("00000000 00000000 00000000 00000102 00000000 0000c007")},
		{"DIRALL", "00000000 00000002 00000007 00000000 00000000 00000000 2f00",
			w("00000000 00000014 00000000 00000000 00000013 0000c007") + hexOf("/10.67C6697351FF,/x") + "00"},
		{"DIRALLSLASH", "00000000 00000002 00000009 00000000 00000000 00000000 2f00",
			w("00000000 00000015 00000000 00000000 00000014 0000c007") + hexOf("/10.67C6697351FF/,/x") + "00"},
		{"GET of a file", "00000000 00000016 00000008 00000000 00002000 00000000" + typePath,
			w("00000000 00000007 00000007 00000000 00000007 00000000") + hexOf("DS18S20")},
		{"GETSLASH of a directory", "00000000 00000002 0000000a 00000000 00000000 00000000 2f00",
			w("00000000 00000015 00000000 00000000 00000014 0000c007") + hexOf("/10.67C6697351FF/,/x") + "00"},
		{"unknown path", "00000000 00000003 00000002 00000000 00000064 00000000 2f7a00",
			w("00000000 00000000 ffffffff 00000000 00000000 00000000")},
		{"flags are echoed", "00000000 00000003 00000002 fffffffb 00000064 00000000 2f7a00",
			w("00000000 00000000 ffffffff fffffffb 00000000 00000000")},
		{"type 0", "00000000 00000000 00000000 00000000 00000000 00000000", w("00000000 00000000 ffffffd6 00000000 00000000 00000000")},
		{"type 999999", "00000000 00000000 000f423f 00000000 00000000 00000000", w("00000000 00000000 ffffffd6 00000000 00000000 00000000")},
		{"no path", "00000000 00000000 00000002 00000000 00000064 00000000", w("00000000 00000000 ffffffb6 00000000 00000000 00000000")},
		// The original dies of this one (section 12, number 1), and closes
		// without a word at the next two.
		{"negative WRITE", "00000000 00000002 00000003 00000000 80000005 00000000 2f78",
			w("00000000 00000000 ffffffea 00000000 00000000 00000000")},
		{"negative length", "00000000 ffffffff 00000002 00000000 00000064 00000000",
			w("00000000 00000000 ffffffa6 00000000 00000000 00000000")},
		{"length beyond the limit", "00000000 00100000 00000002 00000004 00000064 00000000",
			w("00000000 00000000 ffffffa6 00000000 00000000 00000000")},
		{"a request and more", "00000000 00000000 00000001 00000000 00000000 00000000 ffffffffffffffffff",
			w("00000000 00000000 00000000 00000000 00000000 00000000")},
	} {
		if got := talk(t, addr, c.send); got != c.want {
			t.Errorf("%s: %s answers\n%s, want\n%s", c.name, c.send, got, c.want)
		}
	}
}

// Requests on one connection are answered in order, whether they come in one
// piece or byte by byte.
func TestServerPipeline(t *testing.T) {
	addr := serveOW(t, &owproto.Server{})
	var send, want []byte
	for i := range 50 {
		req := owproto.Request{Type: owproto.MsgRead, Path: "/10.000010EF0000/type", Size: 100, Offset: int32(i % 7), Flags: owproto.FlagPersist}
		send = req.AppendTo(send)
		v := []byte("DS18S20")[i%7:]
		want = (&owproto.Response{Ret: int32(len(v)), Size: int32(len(v)), Offset: int32(i % 7), Flags: owproto.FlagPersist, Payload: v}).AppendTo(want)
	}
	for name, write := range map[string]func(io.Writer){
		"in one piece": func(w io.Writer) { w.Write(send) },
		"byte by byte": func(w io.Writer) {
			for i := range send {
				w.Write(send[i : i+1])
			}
		},
	} {
		nc := dial(t, addr)
		go func() {
			write(nc)
			nc.CloseWrite()
		}()
		got, err := io.ReadAll(nc)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
}

// While a handler works there is a ping each second (here: ten milliseconds);
// with PingCrazy there is one before every answer.
func TestServerPings(t *testing.T) {
	release := make(chan bool)
	slow := owproto.HandlerFunc(func(ctx context.Context, _ *owproto.Request) (owproto.Reply, error) {
		<-release
		return owproto.Reply{Value: []byte("late")}, nil
	})
	addr := serveOW(t, &owproto.Server{Handler: slow, PingEvery: 10 * time.Millisecond})
	nc := dial(t, addr)
	nc.Write((&owproto.Request{Type: owproto.MsgRead, Path: "/x", Size: 10}).AppendTo(nil))
	for i := range 3 {
		resp, err := owproto.ReadResponse(nc, 100)
		if err != nil || !resp.Ping {
			t.Fatalf("message %d: %v, %v, want a ping", i, resp, err)
		}
	}
	release <- true
	for {
		resp, err := owproto.ReadResponse(nc, 100)
		if err != nil {
			t.Fatal(err)
		}
		if !resp.Ping {
			if string(resp.Payload) != "late" {
				t.Errorf("%q", resp.Payload)
			}
			break
		}
	}
	crazy := serveOW(t, &owproto.Server{PingCrazy: true})
	ping := "00000000" + "ffffffff" + strings.Repeat("00000000", 4)
	if got := talk(t, crazy, "00000000 00000000 00000001 00000000 00000000 00000000"); got != ping+strings.Repeat("00000000", 6) {
		t.Errorf("NOP with PingCrazy answers %s", got)
	}
}

// A client that goes away while its request is worked on ends the context of
// the handler, once a ping can't be delivered.
func TestServerClientGone(t *testing.T) {
	gone := make(chan bool, 1)
	wait := owproto.HandlerFunc(func(ctx context.Context, _ *owproto.Request) (owproto.Reply, error) {
		select {
		case <-ctx.Done():
			gone <- true
		case <-time.After(10 * time.Second):
			gone <- false
		}
		return owproto.Reply{}, ctx.Err()
	})
	addr := serveOW(t, &owproto.Server{Handler: wait, PingEvery: 5 * time.Millisecond})
	nc := dial(t, addr)
	nc.Write((&owproto.Request{Type: owproto.MsgRead, Path: "/x", Size: 10}).AppendTo(nil))
	nc.SetLinger(0)
	time.AfterFunc(30*time.Millisecond, func() { nc.Close() })
	if !<-gone {
		t.Error("the handler was not told that the client has gone")
	}
}

// Persistence is granted to so many (protocol section 3.2), is not sticky, and
// ends after a while.
func TestServerPersistence(t *testing.T) {
	s := &owproto.Server{PersistHigh: 2, PersistLow: 2, IdleLow: 50 * time.Millisecond, IdleHigh: 400 * time.Millisecond}
	addr := serveOW(t, s)
	ask := func(nc net.Conn, flags owproto.Flags) bool {
		t.Helper()
		nc.Write((&owproto.Request{Type: owproto.MsgNop, Flags: flags}).AppendTo(nil))
		resp, err := owproto.ReadResponse(nc, 0)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Flags&owproto.FlagPersist != 0
	}
	a, b, c := dial(t, addr), dial(t, addr), dial(t, addr)
	if !ask(a, owproto.FlagPersist) || !ask(b, owproto.FlagPersist) {
		t.Fatal("persistence was not granted to the first two")
	}
	if ask(c, owproto.FlagPersist) {
		t.Error("persistence was granted to a third")
	}
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the third is not closed: %v", err)
	}
	// Of two that are idle, one is closed soon, and the other is then alone.
	begin := time.Now()
	ends := make(chan time.Duration, 2)
	for _, nc := range []net.Conn{a, b} {
		go func() {
			nc.Read(make([]byte, 1))
			ends <- time.Since(begin)
		}()
	}
	if d := <-ends; d > 300*time.Millisecond {
		t.Errorf("with many, one is closed after %v, want 50 ms", d)
	}
	if d := <-ends; d < 350*time.Millisecond {
		t.Errorf("with few, one is closed after %v, want 400 ms", d)
	}
	d := dial(t, addr)
	begin = time.Now()
	if ask(d, owproto.FlagPersist); time.Since(begin) > time.Second {
		t.Error("no answer")
	}
	if ask(d, 0) {
		t.Error("persistence is sticky")
	}
	if _, err := d.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
	none := serveOW(t, &owproto.Server{NoPersist: true})
	if ask(dial(t, none), owproto.FlagPersist) {
		t.Error("granted with NoPersist")
	}
}

// A request must arrive whole in time, not byte by byte for ever; and who does
// not read is let go. Nobody else waits for them.
func TestServerSlowClients(t *testing.T) {
	big := owproto.HandlerFunc(func(_ context.Context, req *owproto.Request) (owproto.Reply, error) {
		return owproto.Reply{Value: make([]byte, 90000)}, nil
	})
	s := &owproto.Server{Handler: big, RequestTimeout: 200 * time.Millisecond, WriteTimeout: 300 * time.Millisecond}
	addr := serveOW(t, s)
	req := (&owproto.Request{Type: owproto.MsgRead, Path: "/x", Size: 100000, Flags: owproto.FlagPersist}).AppendTo(nil)

	trickle := dial(t, addr)
	go func() {
		for i := range req {
			trickle.Write(req[i : i+1])
			time.Sleep(50 * time.Millisecond)
		}
	}()
	begin := time.Now()
	if _, err := io.ReadAll(trickle); time.Since(begin) > time.Second {
		t.Errorf("a client that sends a byte in 50 ms is kept for %v: %v", time.Since(begin), err)
	}
	deaf := dial(t, addr)
	deaf.SetReadBuffer(4096)
	go func() {
		for range 1000 {
			if _, err := deaf.Write(req); err != nil {
				return
			}
		}
	}()
	begin = time.Now()
	polite := &owproto.Client{Addr: addr}
	defer polite.Close()
	if b, err := polite.Read(t.Context(), "/x", 0, 100000, 0); err != nil || len(b) != 90000 || time.Since(begin) > time.Second {
		t.Errorf("somebody else: %d bytes, %v, after %v", len(b), err, time.Since(begin))
	}
	for s.Stats().Open > 1 && time.Since(begin) < 10*time.Second {
		time.Sleep(10 * time.Millisecond)
	}
	if n := s.Stats().Open; n > 1 {
		t.Errorf("%d connections are open", n)
	}
}

// Servers that ask each other in a circle find out when a request comes back
// for the first time, whatever its type.
func TestServerLoop(t *testing.T) {
	var calls atomic.Int64
	clients := [2]*owproto.Client{{}, {}}
	var addrs [2]string
	for i := range 2 {
		forward := owproto.HandlerFunc(func(ctx context.Context, req *owproto.Request) (owproto.Reply, error) {
			calls.Add(1)
			rom, _, err := clients[1-i].Presence(ctx, req.Path, 0)
			return owproto.Reply{ROM: rom}, err
		})
		addrs[i] = serveOW(t, &owproto.Server{Handler: forward})
	}
	for i := range 2 {
		clients[i].Addr = addrs[i]
		t.Cleanup(func() { clients[i].Close() })
	}
	_, _, err := clients[0].Presence(t.Context(), "/nosuch", 0)
	if !errors.Is(err, owproto.ErrLoop) || calls.Load() != 2 {
		t.Errorf("%v after %d calls, want ErrLoop after 2", err, calls.Load())
	}
}

// Shutdown lets requests end that have begun, and closes idle connections.
func TestServerShutdown(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	slow := owproto.HandlerFunc(func(context.Context, *owproto.Request) (owproto.Reply, error) {
		begun <- true
		<-release
		return owproto.Reply{Value: []byte("v")}, nil
	})
	s := &owproto.Server{Handler: slow}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- s.Serve(l) }()
	idle, late, silent := dial(t, l.Addr().String()), dial(t, l.Addr().String()), dial(t, l.Addr().String())
	idle.Write((&owproto.Request{Type: owproto.MsgNop, Flags: owproto.FlagPersist}).AppendTo(nil))
	if _, err := io.ReadFull(idle, make([]byte, owproto.HeaderSize)); err != nil {
		t.Fatal(err)
	}
	nc := dial(t, l.Addr().String())
	nc.Write((&owproto.Request{Type: owproto.MsgRead, Path: "/x", Size: 10}).AppendTo(nil))
	<-begun
	down := make(chan error)
	go func() { down <- s.Shutdown(t.Context()) }()
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection gets something")
	}
	late.Write((&owproto.Request{Type: owproto.MsgNop, Flags: owproto.FlagPersist}).AppendTo(nil))
	if got, err := io.ReadAll(late); len(got) != owproto.HeaderSize || err != nil {
		t.Errorf("a client that was let in gets %x, %v", got, err)
	}
	release <- true
	resp, err := owproto.ReadResponse(nc, 100)
	if err != nil || string(resp.Payload) != "v" {
		t.Errorf("the request that had begun: %v, %v", resp, err)
	}
	if got, err := io.ReadAll(silent); len(got) > 0 || err != nil {
		t.Errorf("a client that asks nothing gets %x, %v", got, err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, owproto.ErrServerClosed) {
		t.Error(err)
	}
}

// With a limit of connections, all listeners have their turn.
func TestServerMaxConns(t *testing.T) {
	s := &owproto.Server{MaxConns: 1, NoPersist: true}
	addrs := []string{serveOW(t, s), serveOW(t, s), serveOW(t, s)}
	for range 3 {
		for _, addr := range addrs {
			if got := talk(t, addr, nop); got != nop0 {
				t.Errorf("%s", got)
			}
		}
	}
}

const (
	nop  = "00000000 00000000 00000001 00000000 00000000 00000000"
	nop0 = "000000000000000000000000000000000000000000000000"
)

// Connections that were idle for equally long go one after the other, until few
// enough are left.
func TestServerIdleTogether(t *testing.T) {
	s := &owproto.Server{IdleLow: 50 * time.Millisecond, IdleHigh: time.Minute, PersistLow: 3}
	addr := serveOW(t, s)
	for range 20 {
		nc := dial(t, addr)
		nc.Write((&owproto.Request{Type: owproto.MsgNop, Flags: owproto.FlagPersist}).AppendTo(nil))
		if _, err := io.ReadFull(nc, make([]byte, owproto.HeaderSize)); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(10 * time.Second); s.Stats().Open > 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are left", s.Stats().Open)
		}
	}
	time.Sleep(100 * time.Millisecond)
	if n := s.Stats().Open; n != 2 {
		t.Errorf("%d connections are left, want 2", n)
	}
}

// A server's token is the first that it hands on, and survives what C servers
// do to the first one.
func TestServerShieldsTokens(t *testing.T) {
	got := make(chan []owproto.Token, 1)
	back := serveOW(t, &owproto.Server{Handler: owproto.HandlerFunc(func(_ context.Context, req *owproto.Request) (owproto.Reply, error) {
		got <- req.Tokens
		return owproto.Reply{}, nil
	})})
	own := owproto.NewToken()
	client := &owproto.Client{Addr: back}
	defer client.Close()
	front := serveOW(t, &owproto.Server{Token: own, Handler: owproto.HandlerFunc(func(ctx context.Context, req *owproto.Request) (owproto.Reply, error) {
		_, _, err := client.Presence(ctx, req.Path, 0)
		return owproto.Reply{}, err
	})})
	c := &owproto.Client{Addr: front}
	defer c.Close()
	other := owproto.Token{1, 2, 3}
	if _, err := c.Do(t.Context(), &owproto.Request{Type: owproto.MsgPresence, Path: "/x", Tokens: []owproto.Token{other}}); err != nil {
		t.Fatal(err)
	}
	if all := <-got; len(all) != 2 || all[0] != own || all[1] != other || own[0] != 0 {
		t.Errorf("handed on: %x, own %x", all, own)
	}
}

// A fault of the handler is an error for one client, and nothing to the others.
func TestServerPanic(t *testing.T) {
	s := &owproto.Server{Handler: owproto.HandlerFunc(func(ctx context.Context, req *owproto.Request) (owproto.Reply, error) {
		if req.Path == "/fault" {
			panic("fault")
		}
		return little(ctx, req)
	})}
	c := &owproto.Client{Addr: serveOW(t, s)}
	defer c.Close()
	if _, err := c.Read(t.Context(), "/fault", 0, 100, 0); !errors.Is(err, owproto.ErrIO) {
		t.Errorf("%v, want ErrIO", err)
	}
	if v, err := c.Read(t.Context(), "/10.000010EF0000/type", 0, 100, 0); string(v) != "DS18S20" || err != nil {
		t.Errorf("after the fault: %q, %v", v, err)
	}
	if n := s.Stats().Panics; n != 1 {
		t.Errorf("%d panics are counted", n)
	}
}
