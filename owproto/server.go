// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// What a Server does if its fields do not say otherwise.
const (
	DefaultRequestTimeout = 10 * time.Second // --timeout_server of the C suite
	DefaultWriteTimeout   = 30 * time.Second
	DefaultPingEvery      = time.Second // clients give up after two (protocol section 3.1)
	DefaultIdleLow        = 600 * time.Second
	DefaultIdleHigh       = 3600 * time.Second
	DefaultPersistLow     = 1000
	DefaultPersistHigh    = 10000
)

// ErrServerClosed is what Serve returns after Close or Shutdown.
var ErrServerClosed = fmt.Errorf("server closed: %w", net.ErrClosed)

// A Server answers owserver clients. Handler must be set; the zero values of
// the other fields are good. They must not be changed once Serve was called.
//
// Each connection is one goroutine and one request at a time, so that nobody
// has to wait for a client that is slow to send or to read. What a client sends
// is not believed before it is there: a request takes at most 100050 bytes, and
// RequestTimeout from its first byte to the last.
type Server struct {
	Handler Handler
	Log     *slog.Logger // unset: nothing is logged

	// Token marks the requests that have passed this server; unset: a
	// NewToken. Servers of one process should have the same.
	Token Token

	RequestTimeout time.Duration // for one request to arrive, and for the first to begin
	WriteTimeout   time.Duration // for a client to take an answer
	PingEvery      time.Duration // while a handler works
	PingCrazy      bool          // a ping before every answer, to test clients

	// At most PersistHigh connections are kept open between requests. An idle
	// one is closed after IdleLow if there are PersistLow or more, else after
	// IdleHigh.
	PersistLow, PersistHigh int
	IdleLow, IdleHigh       time.Duration
	NoPersist               bool // none is kept

	NoDirAll bool // MsgDirAll and MsgDirAllSlash are refused: clients take MsgDir
	NoGet    bool // MsgGet and MsgGetSlash are refused

	// MaxConns bounds the connections that are served; those beyond it wait.
	// 0 means no limit.
	MaxConns int

	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	quit   chan struct{} // closed when no more connections are wanted
	slots  chan struct{}
	stats  serverCounters

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*serverConn]struct{}
	closed    bool
	working   sync.WaitGroup
}

func (s *Server) init() {
	s.once.Do(func() {
		if s.Token == (Token{}) {
			s.Token = NewToken()
		}
		s.ctx, s.cancel = context.WithCancel(WithTokens(context.Background(), []Token{s.Token}))
		s.quit = make(chan struct{})
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		if s.MaxConns > 0 {
			s.slots = make(chan struct{}, s.MaxConns)
		}
		s.mu.Lock() // Stats may look before anything is served
		defer s.mu.Unlock()
		s.listeners = map[net.Listener]struct{}{}
		s.conns = map[*serverConn]struct{}{}
	})
}

// Serve accepts connections until the server is closed, and returns
// ErrServerClosed then. It closes l.
func (s *Server) Serve(l net.Listener) error {
	s.init()
	defer l.Close()
	if !s.listen(l) {
		return ErrServerClosed
	}
	defer s.working.Done()
	for pause := time.Duration(0); ; {
		nc, err := l.Accept()
		if err == nil {
			pause = 0
			if !s.room() { // wait here, so that no listener holds the room of another
				nc.Close()
				return ErrServerClosed
			}
			s.start(nc)
			continue
		}
		if s.closing() {
			return ErrServerClosed
		}
		var ne net.Error
		if !errors.As(err, &ne) || errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accepting connections on %v: %w", l.Addr(), err)
		}
		// No file descriptors left, most likely: some will be closed soon.
		s.stats.acceptErrors.Add(1)
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		s.Log.Error("accepting a connection", "listener", l.Addr(), "err", err)
		select {
		case <-s.quit:
		case <-time.After(pause):
		}
	}
}

// listen notes a listener, so that Close closes it. The caller counts as working,
// as it may have taken a connection at the last moment.
func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.listeners[l] = struct{}{}
	s.working.Add(1)
	return true
}

// room waits until one more connection is allowed.
func (s *Server) room() bool {
	if s.slots == nil {
		return true
	}
	select {
	case s.slots <- struct{}{}:
		return true
	default:
	}
	select {
	case s.slots <- struct{}{}:
		return true
	case <-s.quit:
		return false
	}
}

func (s *Server) closing() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// leave makes room for another connection.
func (s *Server) leave() {
	if s.slots != nil {
		<-s.slots
	}
}

// ServeConn serves one connection and closes it.
func (s *Server) ServeConn(nc net.Conn) {
	s.init()
	if s.closing() || !s.room() {
		nc.Close()
		return
	}
	if c := s.add(nc, false); c != nil {
		c.serve()
	}
}

func (s *Server) start(nc net.Conn) {
	if c := s.add(nc, true); c != nil {
		go c.serve()
	}
}

// add notes a connection; nil if the server is closed. One that was accepted is
// served once all the same while Shutdown waits: its client has been let in.
func (s *Server) add(nc net.Conn, accepted bool) *serverConn {
	c := newServerConn(s, nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && (!accepted || s.ctx.Err() != nil) {
		nc.Close()
		s.leave()
		return nil
	}
	if s.closed {
		c.stopReading()
	}
	s.conns[c] = struct{}{}
	s.working.Add(1)
	s.stats.accepted.Add(1)
	return c
}

func (s *Server) remove(c *serverConn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.leave()
	s.working.Done()
}

// Close closes all listeners and connections, and waits for what handlers are
// doing. Their contexts have ended.
func (s *Server) Close() error { return s.Shutdown(ended()) }

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// Shutdown accepts no more connections, closes those that are idle, and waits for
// the others until the context ends; then they are closed as well. A connection
// that has asked nothing yet has a second to do so.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.mu.Lock()
	if !s.closed {
		close(s.quit)
	}
	s.closed = true
	var err error
	for l := range s.listeners {
		err = errors.Join(err, l.Close())
	}
	clear(s.listeners)
	for c := range s.conns {
		c.stopReading()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.working.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.cancel()
		s.mu.Lock()
		for c := range s.conns {
			c.nc.Close()
		}
		s.mu.Unlock()
		<-done
	}
	s.cancel()
	return err
}
