// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"owfs/owproto"
)

// A proxy stands between a client and an owserver: it counts the messages, and
// can delay, hold, cut and refuse.
type proxy struct {
	t      testing.TB
	target string
	addr   string

	delay  atomic.Int64 // nanoseconds that each request waits
	silent atomic.Bool  // requests go nowhere and are not answered

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	counts   map[owproto.MessageType]int
	paths    []string
}

// startProxy returns a running proxy in front of an owserver.
func startProxy(t testing.TB, target string) *proxy {
	t.Helper()
	p := &proxy{t: t, target: target, conns: map[net.Conn]bool{}, counts: map[owproto.MessageType]int{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	p.serve(l)
	t.Cleanup(p.down)
	return p
}

func (p *proxy) serve(l net.Listener) {
	p.mu.Lock()
	p.listener = l
	p.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns[c] = true
			p.mu.Unlock()
			go p.relay(c)
		}
	}()
}

// down makes the peer vanish: nobody listens, and what was open is closed.
func (p *proxy) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}

// up makes it come back at the same address.
func (p *proxy) up() {
	p.t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		l, err := net.Listen("tcp", p.addr)
		if err == nil {
			p.serve(l)
			return
		}
		if time.Now().After(end) {
			p.t.Fatal(err)
		}
	}
}

func (p *proxy) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	for {
		req, err := owproto.ReadRequest(client)
		if err != nil {
			return
		}
		p.note(req)
		if p.silent.Load() {
			io.Copy(io.Discard, client)
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		if _, err := server.Write(req.AppendTo(nil)); err != nil {
			return
		}
	}
}

func (p *proxy) note(req *owproto.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[req.Type]++
	p.paths = append(p.paths, req.Type.String()+" "+req.Path)
}

// messages returns how many requests have come since the last call, and what
// they were.
func (p *proxy) messages() (int, []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	paths := p.paths
	p.paths, p.counts = nil, map[owproto.MessageType]int{}
	return len(paths), paths
}
