// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"owfs/owproto"
)

// peer is one connection as the server sees it. A fake server is a function
// that is called with each.
type peer struct {
	net.Conn
	br *bufio.Reader
	n  int32 // number of the connection, from 1
}

// request returns the next request, or nil when there are no more.
func (p *peer) request() *owproto.Request {
	req, err := owproto.ReadRequest(p.br)
	if err != nil {
		return nil
	}
	return req
}

// send sends messages, all in one write.
func (p *peer) send(rs ...owproto.Response) {
	var b []byte
	for i := range rs {
		b = rs[i].AppendTo(b)
	}
	p.Write(b)
}

// hold waits for the client to close the connection.
func (p *peer) hold() { io.Copy(io.Discard, p.br) }

var ping = owproto.Response{Ping: true}

// data is the reply to a MsgRead.
func data(s string) owproto.Response {
	return owproto.Response{Ret: int32(len(s)), Size: int32(len(s)), Payload: []byte(s)}
}

// list is the reply to a MsgDirAll, or an element of a MsgDir.
func list(s string) owproto.Response {
	return owproto.Response{Size: int32(len(s)), Payload: append([]byte(s), 0)}
}

func failure(e owproto.Errno) owproto.Response { return owproto.Response{Ret: e.Ret()} }

// granted marks messages of a connection that stays open.
func granted(r owproto.Response) owproto.Response {
	r.Flags |= owproto.FlagPersist
	return r
}

// echo answers each read with its path and keeps the connection.
func echo(p *peer) {
	for req := p.request(); req != nil; req = p.request() {
		p.send(granted(data(req.Path)))
	}
}

// once makes a server that answers one request in the way given.
func once(rs ...owproto.Response) func(*peer) {
	return func(p *peer) {
		if p.request() != nil {
			p.send(rs...)
		}
	}
}

// serve makes f a server on a port that the kernel chooses. The test fails if
// the client leaves connections open.
func serve(t testing.TB, f func(*peer)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, f)
	return l.Addr().String()
}

// serveOn is serve on a listener. It returns a function that ends the server
// as a crash would.
func serveOn(t testing.TB, l net.Listener, f func(*peer)) (crash func()) {
	var wg sync.WaitGroup
	var n atomic.Int32
	var conns sync.Map
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(nc, nil)
			wg.Go(func() {
				defer nc.Close()
				f(&peer{Conn: nc, br: bufio.NewReader(nc), n: n.Add(1)})
			})
		}
	})
	crash = func() {
		l.Close()
		conns.Range(func(nc, _ any) bool { return nc.(net.Conn).Close() != io.EOF })
		wg.Wait()
	}
	t.Cleanup(func() {
		l.Close()
		late := time.AfterFunc(5*time.Second, func() {
			t.Error("the client left a connection open")
			crash()
		})
		wg.Wait()
		late.Stop()
	})
	return crash
}

// pipes makes f a server without a network, for use where time is virtual.
func pipes(f func(*peer)) func(context.Context, string, string) (net.Conn, error) {
	var n atomic.Int32
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		p := &peer{Conn: server, br: bufio.NewReader(server), n: n.Add(1)}
		go func() {
			defer server.Close()
			f(p)
		}()
		return client, nil
	}
}

// newClient returns a client of addr that is closed before the server ends.
func newClient(t testing.TB, addr string) *owproto.Client {
	c := &owproto.Client{Addr: addr}
	t.Cleanup(func() { c.Close() })
	return c
}

func listenUnix(t testing.TB, path string) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
