// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// readBuffer is enough for any ordinary request; longer ones pass by it.
const readBuffer = 512

// maxKept is the longest answer buffer that a connection keeps for the next.
const maxKept = 4096

// firstGrace is how long a client that was let in may take to ask for the first
// time when the server shuts down.
const firstGrace = time.Second

// A serverConn is one client.
type serverConn struct {
	s      *Server
	nc     net.Conn
	br     *bufio.Reader
	ctx    context.Context
	cancel context.CancelFunc
	kept   bool // it counts as persistent

	stop    sync.Once
	stopped chan struct{} // closed when no more requests are wanted
	asked   atomic.Bool   // the first request was read

	mu    sync.Mutex // held while a message is written
	out   []byte
	timer *time.Timer // sends the next ping
	busy  bool        // a handler works
}

func newServerConn(s *Server, nc net.Conn) *serverConn {
	c := &serverConn{s: s, nc: nc, stopped: make(chan struct{})}
	c.br = bufio.NewReaderSize(counted{nc, &s.stats.bytesIn}, readBuffer)
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	return c
}

// serve answers requests until the client or the server has had enough.
func (c *serverConn) serve() {
	defer func() {
		c.cancel()
		if c.timer != nil {
			c.timer.Stop()
		}
		c.nc.Close()
		c.release()
		c.s.remove(c)
	}()
	for first := true; ; first = false {
		req, err := c.next(first)
		c.asked.Store(true)
		var bad *RequestError
		switch {
		case errors.As(err, &bad):
			c.s.stats.malformed.Add(1)
			c.s.Log.Debug("malformed request", "client", c.nc.RemoteAddr(), "err", err)
			if !c.refuse(bad) {
				return
			}
		case err != nil:
			c.s.stats.countEnd(err)
			if !errors.Is(err, io.EOF) {
				c.s.Log.Debug("connection ended", "client", c.nc.RemoteAddr(), "err", err)
			}
			return
		case !c.answer(req):
			return
		}
	}
}

// next reads a request. The whole of it must arrive in time, however its bytes
// come; how long the first byte of a later one may take is another matter.
func (c *serverConn) next(first bool) (*Request, error) {
	if !first && c.br.Buffered() == 0 {
		if err := c.idle(); err != nil {
			return nil, err
		}
	}
	c.deadline(or(c.s.RequestTimeout, DefaultRequestTimeout))
	return ReadRequest(c.br)
}

// deadline sets the time by which something must be read, unless no more
// requests are wanted.
func (c *serverConn) deadline(d time.Duration) {
	c.nc.SetReadDeadline(time.Now().Add(d))
	select {
	case <-c.stopped:
		c.lastDeadline()
	default:
	}
}

// stopReading makes the connection end instead of waiting for a request other
// than its first.
func (c *serverConn) stopReading() {
	c.stop.Do(func() { close(c.stopped) })
	c.lastDeadline()
}

func (c *serverConn) lastDeadline() {
	end := time.Unix(1, 0)
	if !c.asked.Load() {
		end = time.Now().Add(min(firstGrace, or(c.s.RequestTimeout, DefaultRequestTimeout)))
	}
	c.nc.SetReadDeadline(end)
}

// idle waits for the next request of a connection that is kept: for the short
// time if there are many such, else for the long one (protocol section 3.2).
func (c *serverConn) idle() error {
	low, high := or(c.s.IdleLow, DefaultIdleLow), or(c.s.IdleHigh, DefaultIdleHigh)
	c.deadline(min(low, high))
	_, err := c.br.Peek(1)
	if isTimeout(err) && high > low && !c.oneTooMany() {
		c.deadline(high - low)
		_, err = c.br.Peek(1)
	}
	return err
}

// oneTooMany gives the connection's place among the persistent ones to others
// if there are many. Of several that were idle for equally long, one goes after
// the other.
func (c *serverConn) oneTooMany() bool {
	if c.kept && !c.s.stats.drop(or(c.s.PersistLow, DefaultPersistLow)) {
		return false
	}
	c.kept = false
	return true
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// answer answers a request and tells whether another may follow.
func (c *serverConn) answer(req *Request) bool {
	c.s.stats.countType(req.Type)
	flags := c.grant(req.Flags)
	switch {
	case req.Type == MsgNop:
		return c.send(flags, func(b []byte) []byte { return (&Response{Flags: flags}).AppendTo(b) })
	case !c.s.takes(req.Type):
		return c.fail(flags, ErrUnknownMessage)
	case slices.Contains(req.Tokens, c.s.Token):
		c.s.stats.loops.Add(1)
		c.s.Log.Warn("a request has come back: owservers ask each other in a circle", "client", c.nc.RemoteAddr(), "path", req.Path)
		return c.fail(flags, ErrLoop)
	}
	reply, err := c.handle(req)
	if err != nil {
		return c.fail(flags, number(err))
	}
	return c.send(flags, func(b []byte) []byte { return reply.frames(b, req, flags) })
}

// takes tells whether requests of a type are for the handler.
func (s *Server) takes(t MessageType) bool {
	switch t {
	case MsgDirAll, MsgDirAllSlash:
		return !s.NoDirAll
	case MsgGet, MsgGetSlash:
		return !s.NoGet
	}
	return t.hasPath()
}

// refuse answers a request that makes no sense.
func (c *serverConn) refuse(bad *RequestError) bool {
	flags := bad.Header.Flags &^ FlagPersist
	if !bad.Fatal {
		flags = c.grant(bad.Header.Flags)
	}
	return c.fail(flags, bad.Ret)
}

func (c *serverConn) fail(flags Flags, e Errno) bool {
	c.s.stats.errors.Add(1)
	return c.send(flags, func(b []byte) []byte { return (&Response{Flags: flags, Ret: e.Ret()}).AppendTo(b) })
}

// grant returns the flags of the answer. Whether the connection stays open is
// decided with each request.
func (c *serverConn) grant(flags Flags) Flags {
	if flags&FlagPersist == 0 {
		c.release()
		return flags
	}
	if c.kept || !c.s.NoPersist && c.s.stats.keep(or(c.s.PersistHigh, DefaultPersistHigh)) {
		c.kept = true
		return flags
	}
	c.s.stats.refused.Add(1)
	return flags &^ FlagPersist
}

// release makes room for another persistent connection.
func (c *serverConn) release() {
	if c.kept {
		c.kept = false
		c.s.stats.persistent.Add(-1)
	}
}

// handle runs the handler, with pings while it works.
func (c *serverConn) handle(req *Request) (Reply, error) {
	ctx := c.ctx
	if len(req.Tokens) > 0 {
		ctx = WithTokens(ctx, append([]Token{c.s.Token}, req.Tokens...))
	}
	every := or(c.s.PingEvery, DefaultPingEvery)
	c.mu.Lock()
	c.busy = true
	if c.timer == nil {
		c.timer = time.AfterFunc(every, c.ping)
	} else {
		c.timer.Reset(every)
	}
	c.mu.Unlock()
	reply, err := c.call(ctx, req)
	c.mu.Lock()
	c.busy = false
	c.mu.Unlock()
	c.timer.Stop()
	return reply, err
}

// call calls the handler. A fault of it is one request's, and not the end of
// all other clients.
func (c *serverConn) call(ctx context.Context, req *Request) (reply Reply, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			c.s.stats.panics.Add(1)
			c.s.Log.Error("fault while answering", "client", c.nc.RemoteAddr(), "type", req.Type, "path", req.Path, "fault", fault, "stack", string(debug.Stack()))
			err = ErrIO
		}
	}()
	return c.s.Handler.HandleOW(ctx, req)
}

// ping tells the client that its request is being worked on. If that can't be
// said, nobody waits for the answer.
func (c *serverConn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.busy {
		return
	}
	c.s.stats.pings.Add(1)
	if err := c.write((&Response{Ping: true}).AppendTo(nil)); err != nil {
		c.cancel()
		return
	}
	c.timer.Reset(or(c.s.PingEvery, DefaultPingEvery))
}

// send writes an answer, and tells whether another request may follow.
func (c *serverConn) send(flags Flags, frames func([]byte) []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.out[:0]
	if c.s.PingCrazy {
		b = (&Response{Ping: true}).AppendTo(b)
	}
	b = frames(b)
	if c.out = b; cap(b) > maxKept {
		c.out = nil
	}
	if err := c.write(b); err != nil {
		c.s.stats.countEnd(err)
		return false
	}
	if flags&FlagPersist != 0 {
		return true
	}
	c.linger()
	return false
}

func (c *serverConn) write(b []byte) error {
	c.nc.SetWriteDeadline(time.Now().Add(or(c.s.WriteTimeout, DefaultWriteTimeout)))
	n, err := c.nc.Write(b)
	c.s.stats.bytesOut.Add(uint64(n))
	return err
}

// lingering bounds what is read, and for how long, of a client that has sent
// more than is answered.
const (
	lingering    = 100 * time.Millisecond
	lingerLength = 256 << 10
)

// linger reads what the client has sent beyond the last request that is
// answered. To close with that unread would tear down the answer on its way.
func (c *serverConn) linger() {
	if c.br.Buffered() == 0 && !c.more() {
		return
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	c.nc.SetReadDeadline(time.Now().Add(lingering))
	io.CopyN(io.Discard, c.br, lingerLength)
}

// more tells whether something has arrived that was not read.
func (c *serverConn) more() bool {
	sc, ok := c.nc.(syscall.Conn)
	if !ok {
		return false
	}
	rc, err := sc.SyscallConn()
	return err == nil && !nothingToRead(rc)
}
