// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"owfs/owproto"
)

func readAll(t *testing.T, c *owproto.Client, times int) {
	t.Helper()
	for range times {
		got, err := c.Read(t.Context(), "/a", 0, 10, 0)
		if err != nil || string(got) != "/a" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestConnectionIsKept(t *testing.T) {
	c := newClient(t, serve(t, echo))
	readAll(t, c, 10)
	if s := c.Stats(); s.Dials != 1 || s.Granted != 10 || s.Idle != 1 || s.Active != 0 {
		t.Errorf("%+v", s)
	}
}

func TestPersistenceRefused(t *testing.T) {
	c := newClient(t, serve(t, func(p *peer) {
		req := p.request()
		if req.Flags&owproto.FlagPersist == 0 {
			t.Error("not asked for")
		}
		p.send(granted(ping), data(req.Path)) // a ping's flags mean nothing
	}))
	readAll(t, c, 10)
	if s := c.Stats(); s.Dials != 10 || s.Refused != 10 || s.Granted != 0 || s.Idle != 0 || s.Retries != 0 {
		t.Errorf("%+v", s)
	}
}

func TestNoPersist(t *testing.T) {
	c := newClient(t, serve(t, func(p *peer) {
		req := p.request()
		if req.Flags&owproto.FlagPersist != 0 {
			t.Error("asked for")
		}
		p.send(granted(data(req.Path))) // a server that grants all the same
	}))
	c.NoPersist = true
	if _, err := c.Read(t.Context(), "/a", owproto.FlagPersist, 10, 0); err != nil {
		t.Error(err)
	}
	if s := c.Stats(); s.Granted+s.Refused != 0 || s.Idle != 0 {
		t.Errorf("%+v", s)
	}
}

// TestTwentyFirst has a server that keeps 20 connections, as owserver does.
func TestTwentyFirst(t *testing.T) {
	var kept atomic.Int32
	var together sync.WaitGroup
	together.Add(30)
	c := newClient(t, serve(t, func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			if req.Path == "/first" {
				together.Done()
				together.Wait()
			}
			if p.n > 20 {
				p.send(data(req.Path))
				return
			}
			kept.Add(1)
			p.send(granted(data(req.Path)))
		}
	}))
	c.MaxIdle = 100
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if got, err := c.Read(t.Context(), "/first", 0, 10, 0); err != nil || string(got) != "/first" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	readAll(t, c, 10)
	if s := c.Stats(); s.Dials != 30 || s.Refused != 10 || s.Granted != 30 || s.Idle != 20 {
		t.Errorf("%+v", s)
	}
}

// TestIdleConnectionClosed: the server closes after each reply though it grants
// persistence. The client notices before it sends anything.
func TestIdleConnectionClosed(t *testing.T) {
	ended := make(chan struct{}, 10)
	c := newClient(t, serve(t, func(p *peer) {
		p.send(granted(data(p.request().Path)))
		p.Close()
		ended <- struct{}{}
	}))
	for range 10 {
		readAll(t, c, 1)
		<-ended
	}
	if s := c.Stats(); s.Dials != 10 || s.Retries != 0 {
		t.Errorf("%+v", s)
	}
}

// TestHalfOpen: the server is done with the connection, but still listens to it.
func TestHalfOpen(t *testing.T) {
	ended := make(chan struct{}, 10)
	c := newClient(t, serve(t, func(p *peer) {
		p.send(granted(data(p.request().Path)))
		p.Conn.(*net.TCPConn).CloseWrite()
		ended <- struct{}{}
		if p.request() != nil {
			t.Error("request on a connection that gives no replies")
		}
	}))
	for range 3 {
		readAll(t, c, 1)
		<-ended
	}
}

// TestUnexpectedBytes: what nobody asked for must not become a reply.
func TestUnexpectedBytes(t *testing.T) {
	sent := make(chan struct{}, 10)
	c := newClient(t, serve(t, func(p *peer) {
		p.send(granted(data(p.request().Path)))
		time.Sleep(time.Millisecond)
		p.send(granted(data("wrong")))
		sent <- struct{}{}
		p.hold()
	}))
	for range 3 {
		readAll(t, c, 1)
		<-sent
	}
	if s := c.Stats(); s.Dials != 3 || s.Retries != 0 {
		t.Errorf("%+v", s)
	}
}

func TestBytesBehindTheReply(t *testing.T) {
	c := newClient(t, serve(t, func(p *peer) {
		p.send(granted(data(p.request().Path)), granted(data("wrong")))
		p.hold()
	}))
	readAll(t, c, 3)
}

// TestRetry: the server closes a kept connection just when it is used again.
func TestRetry(t *testing.T) {
	c := newClient(t, serve(t, func(p *peer) {
		p.send(granted(data(p.request().Path)))
		p.request() // and closes
	}))
	readAll(t, c, 5)
	if s := c.Stats(); s.Retries != 4 || s.Dials != 5 { // each but the first
		t.Errorf("%+v", s)
	}
}

// TestRetryOnlyOnce: a server that closes without an answer is not asked for ever.
func TestRetryOnlyOnce(t *testing.T) {
	var requests atomic.Int32
	c := newClient(t, serve(t, func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			if requests.Add(1) > 1 {
				return
			}
			p.send(granted(data(req.Path)))
		}
	}))
	readAll(t, c, 1)
	_, err := c.Read(t.Context(), "/a", 0, 10, 0)
	if !errors.Is(err, io.ErrUnexpectedEOF) || requests.Load() != 3 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
}

// TestNoRetryAfterAReply: half a reply was one.
func TestNoRetryAfterAReply(t *testing.T) {
	var requests atomic.Int32
	c := newClient(t, serve(t, func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			if requests.Add(1) > 1 {
				p.send(ping)
				return
			}
			p.send(granted(data(req.Path)))
		}
	}))
	readAll(t, c, 1)
	if _, err := c.Read(t.Context(), "/a", 0, 10, 0); err == nil || requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
}

func TestNoRetryAfterATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		c := &owproto.Client{Dial: pipes(func(p *peer) {
			for req := p.request(); req != nil; req = p.request() {
				if requests.Add(1) > 1 {
					p.hold()
					return
				}
				p.send(granted(data(req.Path)))
			}
		})}
		defer c.Close()
		readAll(t, c, 1)
		if _, err := c.Read(t.Context(), "/a", 0, 10, 0); !errors.Is(err, owproto.ErrSilence) || requests.Load() != 2 {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
	})
}

// TestWriteIsNotRepeated: the server got the write, then the connection broke.
func TestWriteIsNotRepeated(t *testing.T) {
	var writes atomic.Int32
	c := newClient(t, serve(t, func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			if req.Type == owproto.MsgWrite {
				writes.Add(1)
				return
			}
			p.send(granted(data(req.Path)))
		}
	}))
	for range 2 {
		readAll(t, c, 1) // a kept connection
		_, err := c.Write(t.Context(), "/a", []byte("1"), 0, 0)
		if !errors.Is(err, owproto.ErrWriteUnknown) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	}
	if n := writes.Load(); n != 2 {
		t.Errorf("2 writes arrived %d times", n)
	}
}

// TestUnsentWriteIsRepeated: what did not leave cannot have been carried out.
func TestUnsentWriteIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes := 0
		c := &owproto.Client{Dial: pipes(func(p *peer) {
			req := p.request()
			if req.Type == owproto.MsgWrite {
				writes++
			}
			p.send(granted(owproto.Response{Size: int32(len(req.Data))}))
		})}
		defer c.Close()
		for range 2 {
			n, err := c.Write(t.Context(), "/a", []byte("12"), 0, 0)
			if n != 2 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			synctest.Wait() // the server has closed
		}
		if s := c.Stats(); writes != 2 || s.Retries != 1 {
			t.Errorf("%d writes, %+v", writes, s)
		}
	})
}

func TestWriteRefusedByServer(t *testing.T) {
	c := newClient(t, serve(t, once(granted(failure(owproto.ErrReadOnly)))))
	_, err := c.Write(t.Context(), "/a", []byte("1"), 0, 0)
	if !errors.Is(err, owproto.ErrReadOnly) || errors.Is(err, owproto.ErrWriteUnknown) {
		t.Error(err)
	}
}
