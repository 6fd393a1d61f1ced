// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"owfs/owproto"
)

func TestRead(t *testing.T) {
	c := newClient(t, serve(t, echo))
	got, err := c.Read(t.Context(), "/abc", owproto.FlagTrim, 10, 0)
	if err != nil || string(got) != "/abc" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPingsThenAnswer(t *testing.T) {
	c := newClient(t, serve(t, once(ping, ping, ping, granted(data("x")))))
	got, err := c.Read(t.Context(), "/a", 0, 10, 0)
	if s := c.Stats(); err != nil || string(got) != "x" || s.Pings != 3 || s.Granted != 1 {
		t.Errorf("%q, %v, %+v", got, err, s)
	}
}

func TestErrnoReachesTheCaller(t *testing.T) {
	c := newClient(t, serve(t, once(failure(owproto.ErrUnknownPath))))
	_, err := c.Read(t.Context(), "/a", 0, 10, 0)
	var oe *owproto.OpError
	if !errors.Is(err, owproto.ErrUnknownPath) || !errors.As(err, &oe) || oe.Path != "/a" || oe.Op != owproto.MsgRead {
		t.Error(err)
	}
	if want := "owproto: read /a: owserver error -1: no such path"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestOneBytePerSegment(t *testing.T) {
	want := strings.Repeat("y", 300)
	c := newClient(t, serve(t, func(p *peer) {
		p.request()
		resp := data(want)
		for _, b := range append(ping.AppendTo(nil), resp.AppendTo(nil)...) {
			p.Write([]byte{b})
		}
	}))
	got, err := c.Read(t.Context(), "/a", 0, 300, 0)
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

// TestCutReplies closes the connection at each byte of the reply.
func TestCutReplies(t *testing.T) {
	resp := granted(data("12345"))
	whole := resp.AppendTo(nil)
	var cut atomic.Int32
	c := newClient(t, serve(t, func(p *peer) {
		p.request()
		p.Write(whole[:cut.Load()])
	}))
	for n := range len(whole) {
		cut.Store(int32(n))
		if got, err := c.Read(t.Context(), "/a", 0, 10, 0); err == nil {
			t.Errorf("%d of %d bytes: %q", n, len(whole), got)
		}
	}
	if s := c.Stats(); s.Idle != 0 || s.Active != 0 || s.Retries != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLies has replies that contradict themselves or the request. None may be
// taken for an answer, and the connection must not live on.
func TestLies(t *testing.T) {
	raw := func(ret, payload, size int32, text string) []byte {
		return frame(owproto.Header{Payload: payload, Code: ret, Size: size, Flags: owproto.FlagPersist}, text)
	}
	for _, tt := range []struct {
		name  string
		typ   owproto.MessageType
		reply []byte
	}{
		{"ret beyond payload", owproto.MsgRead, raw(60000, 4, 4, "1234")},
		{"size beyond payload", owproto.MsgRead, raw(4, 4, 60000, "1234")},
		{"size negative", owproto.MsgRead, raw(4, 4, -4, "1234")},
		{"size negative without payload", owproto.MsgRead, raw(0, 0, -1, "")},
		{"size short of payload", owproto.MsgRead, raw(4, 4, 2, "1234")},
		{"NUL that is none", owproto.MsgRead, raw(3, 4, 3, "1234")},
		{"longer than asked", owproto.MsgRead, raw(11, 11, 11, "12345678901")},
		{"longest payload", owproto.MsgRead, raw(4, math.MaxInt32, 4, "1234")},
		{"payload beyond the limit", owproto.MsgRead, raw(4, owproto.DefaultMaxReply+1, 4, "1234")},
		{"other version", owproto.MsgRead, frame(owproto.Header{Version: 1}, "")},
		{"HTTP", owproto.MsgRead, []byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n")},
		{"nop with payload", owproto.MsgNop, raw(0, 4, 4, "1234")},
		{"write of more than all", owproto.MsgWrite, raw(0, 0, 4, "")},
		{"write with payload", owproto.MsgWrite, raw(0, 1, 1, "x")},
		{"write of less than nothing", owproto.MsgWrite, raw(0, 0, -1, "")},
		{"half a ROM code", owproto.MsgPresence, raw(0, 4, 0, "1234")},
		{"presence size", owproto.MsgPresence, raw(0, 8, 9, "12345678")},
		{"list size", owproto.MsgDirAll, raw(0, 5, 3, "/abc\x00")},
		{"list size negative", owproto.MsgDirAllSlash, raw(0, 5, -5, "/abc\x00")},
		{"get longer than asked", owproto.MsgGet, raw(11, 11, 11, "12345678901")},
		{"get of a wrong list", owproto.MsgGetSlash, raw(0, 5, 60000, "/abc\x00")},
		{"nameless element", owproto.MsgDir, raw(0, 1, 0, "\x00")},
		{"element size", owproto.MsgDir, raw(0, 5, 60000, "/abc\x00")},
	} {
		c := newClient(t, serve(t, func(p *peer) {
			p.request()
			p.Write(tt.reply)
			p.hold()
		}))
		resp, err := c.Do(t.Context(), &owproto.Request{Type: tt.typ, Path: "/a", Data: []byte("abc"), Size: 10})
		var pe *owproto.ProtocolError
		if !errors.As(err, &pe) || c.Stats().Idle != 0 {
			t.Errorf("%s: %+v, %v", tt.name, resp, err)
		}
	}
}

func TestPresence(t *testing.T) {
	for _, tt := range []struct {
		payload string
		size    int32
		known   bool
	}{
		{"\x10\x67\xc6\x69\x73\x51\xff\x8d", 0, true},
		{"\x10\x67\xc6\x69\x73\x51\xff\x8d", 8, true},
		{"\x00\x00\x00\x00\x00\x00\x00\x00", 0, false},
		{"", 0, false},
	} {
		c := newClient(t, serve(t, once(owproto.Response{Payload: []byte(tt.payload), Size: tt.size})))
		rom, known, err := c.Presence(t.Context(), "/a", 0)
		if err != nil || known != tt.known || known && string(rom[:]) != tt.payload {
			t.Errorf("%x: %x, %v, %v", tt.payload, rom, known, err)
		}
	}
}

func TestNothingIsSentForABadRequest(t *testing.T) {
	c := newClient(t, "127.0.0.1:1")
	_, err := c.Read(t.Context(), "/a\x00b", 0, 10, 0)
	if err == nil || c.Stats().Dials != 0 {
		t.Errorf("%v, %+v", err, c.Stats())
	}
}

// TestManyCalls has more calls at once than connections.
func TestManyCalls(t *testing.T) {
	var now, most atomic.Int32
	c := newClient(t, serve(t, func(p *peer) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		echo(p)
	}))
	c.MaxConns, c.MaxIdle = 16, 8
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			path := fmt.Sprintf("/%d", i)
			got, err := c.Read(t.Context(), path, 0, 10, 0)
			if err != nil || string(got) != path {
				t.Errorf("%s: %q, %v", path, got, err)
			}
		})
	}
	wg.Wait()
	s := c.Stats()
	if s.Idle > 8 || s.Active != 0 || s.Requests-s.Retries != 200 {
		t.Errorf("%+v", s)
	}
	// The server may see a connection end after the next has begun.
	if n := most.Load(); n > 2*16 {
		t.Errorf("%d connections at once", n)
	}
}

func TestUnixSocket(t *testing.T) {
	dir := t.TempDir()
	l := listenUnix(t, dir+"/socket")
	serveOn(t, l, echo)
	c := newClient(t, "unix:"+dir+"/socket")
	for range 2 {
		got, err := c.Read(t.Context(), "/a", 0, 10, 0)
		if err != nil || string(got) != "/a" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if s := c.Stats(); s.Dials != 1 {
		t.Errorf("%+v", s)
	}
}

func TestClose(t *testing.T) {
	waiting := make(chan struct{})
	c := newClient(t, serve(t, func(p *peer) {
		p.request()
		close(waiting)
		p.hold()
	}))
	done := make(chan error)
	go func() { done <- c.Nop(context.Background()) }()
	<-waiting
	c.Close()
	if err := <-done; !errors.Is(err, owproto.ErrClosed) {
		t.Errorf("call under way: %v", err)
	}
	if err := c.Nop(t.Context()); !errors.Is(err, owproto.ErrClosed) {
		t.Errorf("call after it: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("second time: %v", err)
	}
}

func BenchmarkRead(b *testing.B) {
	c := newClient(b, serve(b, echo))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(b.Context(), "/10.67C6697351FF/temperature", 0, 64, 0); err != nil {
			b.Fatal(err)
		}
	}
}
