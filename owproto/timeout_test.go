// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"owfs/owproto"
)

// pinging sends a ping each second, for ever.
func pinging(p *peer) {
	p.request()
	gone := make(chan struct{})
	go func() {
		p.hold()
		close(gone)
	}()
	for {
		select {
		case <-time.After(time.Second):
			p.send(ping)
		case <-gone:
			return
		}
	}
}

// TestTimeouts runs in virtual time, so the durations are exact.
func TestTimeouts(t *testing.T) {
	stalled := func(p *peer) { p.request(); p.hold() }
	for _, tt := range []struct {
		name   string
		server func(*peer)
		client *owproto.Client
		ctx    time.Duration // 0: none
		want   error
		after  time.Duration
	}{
		{"stalled", stalled, &owproto.Client{}, 0, owproto.ErrSilence, 2 * time.Second},
		{"stalled, Silence set", stalled, &owproto.Client{Silence: 5 * time.Second}, 0, owproto.ErrSilence, 5 * time.Second},
		{"stalled, context earlier", stalled, &owproto.Client{}, time.Second, context.DeadlineExceeded, time.Second},
		{"request not read", func(p *peer) { time.Sleep(10 * time.Second) }, &owproto.Client{}, 0, owproto.ErrSilence, 2 * time.Second},
		{"pings for ever", pinging, &owproto.Client{}, 0, owproto.ErrDeadline, 120 * time.Second},
		{"pings for ever, Deadline set", pinging, &owproto.Client{Deadline: 9 * time.Second}, 0, owproto.ErrDeadline, 9 * time.Second},
		{"pings for ever, context earlier", pinging, &owproto.Client{}, 7 * time.Second, context.DeadlineExceeded, 7 * time.Second},
		{"a ping, then nothing", func(p *peer) {
			p.request()
			time.Sleep(1500 * time.Millisecond)
			p.send(ping)
			p.hold()
		}, &owproto.Client{}, 0, owproto.ErrSilence, 3500 * time.Millisecond},
		{"half a reply", func(p *peer) {
			p.request()
			p.Write(make([]byte, 12))
			p.hold()
		}, &owproto.Client{}, 0, owproto.ErrSilence, 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := tt.client
				c.Dial = pipes(tt.server)
				defer c.Close()
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if tt.ctx > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.ctx)
				}
				defer cancel()
				start := time.Now()
				_, err := c.Read(ctx, "/a", 0, 10, 0)
				if d := time.Since(start); !errors.Is(err, tt.want) || d != tt.after {
					t.Errorf("%v after %v, want %v after %v", err, d, tt.want, tt.after)
				}
				if s := c.Stats(); s.Timeouts != 1 || s.Retries != 0 || s.Active != 0 || s.Idle != 0 {
					t.Errorf("%+v", s)
				}
				time.Sleep(time.Minute) // the servers end
			})
		})
	}
}

// TestSlowIsNotSilent: a peer that sends a byte now and then is alive.
func TestSlowIsNotSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &owproto.Client{Dial: pipes(func(p *peer) {
			p.request()
			resp := data("1234")
			for _, b := range resp.AppendTo(nil) {
				time.Sleep(1900 * time.Millisecond)
				p.Write([]byte{b})
			}
		})}
		defer c.Close()
		got, err := c.Read(t.Context(), "/a", 0, 10, 0)
		if err != nil || string(got) != "1234" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestTimeoutsLookLikeTimeouts(t *testing.T) {
	for _, err := range []error{owproto.ErrSilence, owproto.ErrDeadline} {
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	}
}

// TestHangingDial: a peer that does not even refuse.
func TestHangingDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &owproto.Client{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		defer c.Close()
		start := time.Now()
		err := c.Nop(t.Context())
		var de *owproto.DialError
		if d := time.Since(start); !errors.Is(err, owproto.ErrSilence) || !errors.As(err, &de) || d != 2*time.Second {
			t.Errorf("%v after %v", err, d)
		}
	})
}

func TestWaitForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &owproto.Client{Dial: pipes(pinging), MaxConns: 1, Deadline: time.Minute}
		first := make(chan error)
		go func() { first <- c.Nop(context.Background()) }()
		synctest.Wait()
		start := time.Now()

		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := c.Nop(ctx)
		if d := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || d != 3*time.Second {
			t.Errorf("%v after %v", err, d)
		}
		go func() {
			time.Sleep(time.Second)
			c.Close()
		}()
		if err := c.Nop(t.Context()); !errors.Is(err, owproto.ErrClosed) {
			t.Errorf("closed while waiting: %v", err)
		}
		if err := <-first; !errors.Is(err, owproto.ErrClosed) {
			t.Errorf("closed under way: %v", err)
		}
	})
}

// TestDeadlineWhileWaiting: the wait counts, too.
func TestDeadlineWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &owproto.Client{Dial: pipes(pinging), MaxConns: 1, Deadline: 10500 * time.Millisecond}
		defer c.Close()
		first := make(chan error)
		go func() { first <- c.Nop(context.Background()) }()
		time.Sleep(time.Second)
		go func() { first <- c.Nop(context.Background()) }()
		start := time.Now()
		for range 2 {
			if err := <-first; !errors.Is(err, owproto.ErrDeadline) {
				t.Error(err)
			}
		}
		if d := time.Since(start); d != 10500*time.Millisecond {
			t.Errorf("both over after %v", d)
		}
	})
}
