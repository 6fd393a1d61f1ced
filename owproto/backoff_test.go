// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"owfs/owproto"
)

// absent is a peer that refuses connections until it is back.
type absent struct {
	dials atomic.Int32
	back  atomic.Bool
	takes time.Duration // how long a dial takes
	serve func(context.Context, string, string) (net.Conn, error)
}

func (a *absent) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	a.dials.Add(1)
	time.Sleep(a.takes)
	if a.back.Load() {
		return a.serve(ctx, network, addr)
	}
	return nil, syscall.ECONNREFUSED
}

// TestBackoffDoesNotHammer has impatient callers ask an absent peer for 10 s.
func TestBackoffDoesNotHammer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &absent{takes: time.Millisecond}
		c := &owproto.Client{Dial: peer.dial}
		defer c.Close()
		end := time.Now().Add(10 * time.Second)
		c.Nop(t.Context())
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for time.Now().Before(end) {
					err := c.Nop(t.Context())
					var de *owproto.DialError
					if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &de) {
						t.Error(err)
						return
					}
					time.Sleep(5 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		// 50, 100, 200 ms, then each 400 ms.
		if n := peer.dials.Load(); n < 20 || n > 30 {
			t.Errorf("%d dials", n)
		}
	})
}

// TestBackoffFailsAtOnce: no call waits for the back-off time to pass.
func TestBackoffFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &absent{}
		c := &owproto.Client{Dial: peer.dial, Addr: "host", Backoff: owproto.Backoff{Min: time.Second, Max: time.Second}}
		defer c.Close()
		start := time.Now()
		for range 10 {
			err := c.Nop(t.Context())
			var de *owproto.DialError
			if !errors.As(err, &de) || de.Addr != "host:4304" {
				t.Error(err)
			}
		}
		if d, n := time.Since(start), peer.dials.Load(); d != 0 || n != 1 {
			t.Errorf("%d dials in %v", n, d)
		}
		time.Sleep(time.Second)
		c.Nop(t.Context())
		if n := peer.dials.Load(); n != 2 {
			t.Errorf("%d dials after the back-off time", n)
		}
	})
}

// TestProbe: when the peer is back one call finds out, and all others succeed
// with it.
func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &absent{takes: 10 * time.Millisecond, serve: pipes(echo)}
		c := &owproto.Client{Dial: peer.dial}
		defer c.Close()
		c.Nop(t.Context())
		peer.back.Store(true)
		time.Sleep(50 * time.Millisecond)

		before := peer.dials.Load()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := c.Read(t.Context(), "/a", 0, 10, 0); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(5 * time.Millisecond)
		if n := peer.dials.Load() - before; n != 1 {
			t.Errorf("%d dials at once", n)
		}
		wg.Wait()
	})
}

// TestProbeGivenUp: a caller that goes away leaves the probe to the next.
func TestProbeGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		c := &owproto.Client{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			switch dials.Add(1) {
			case 1:
				return nil, syscall.ECONNREFUSED
			case 2:
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return pipes(echo)(ctx, network, addr)
		}}
		defer c.Close()
		c.Nop(t.Context())
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := c.Nop(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		synctest.Wait()
		if _, err := c.Read(t.Context(), "/a", 0, 10, 0); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
}

// TestRestart has a real peer crash and come back on its port.
func TestRestart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	crash := serveOn(t, l, echo)
	c := newClient(t, addr)
	readAll(t, c, 3)
	crash()
	for range 20 {
		if err := c.Nop(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("peer away: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if l, err = net.Listen("tcp", addr); err != nil {
		t.Skipf("port taken meanwhile: %v", err)
	}
	serveOn(t, l, echo)
	start := time.Now()
	for {
		_, err := c.Read(t.Context(), "/a", 0, 10, 0)
		if err == nil {
			break
		}
		if time.Since(start) > time.Second {
			t.Fatalf("still after 1 s: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	readAll(t, c, 3)
	c.Close() // before the second server ends
}
