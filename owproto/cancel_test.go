// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"owfs/owproto"
)

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := false
		c := &owproto.Client{Dial: pipes(func(p *peer) {
			p.request()
			p.hold()
			closed = true
		})}
		defer c.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("user went away")
		go func() {
			time.Sleep(time.Second)
			cancel(why)
		}()
		start := time.Now()
		err := c.Nop(ctx)
		if d := time.Since(start); !errors.Is(err, why) || d != time.Second {
			t.Errorf("%v after %v", err, d)
		}
		synctest.Wait()
		if s := c.Stats(); !closed || s.Idle != 0 || s.Timeouts != 0 {
			t.Errorf("closed %v, %+v", closed, s)
		}
	})
}

func TestCancelledBefore(t *testing.T) {
	c := newClient(t, "127.0.0.1:1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Nop(ctx); !errors.Is(err, context.Canceled) || c.Stats().Dials != 0 {
		t.Errorf("%v, %+v", err, c.Stats())
	}
}

// TestCancelAtAnyTime looks for replies that end up with the wrong call.
func TestCancelAtAnyTime(t *testing.T) {
	c := newClient(t, serve(t, echo))
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(200))*time.Microsecond)
				path := fmt.Sprintf("/%d/%d", worker, i)
				got, err := c.Read(ctx, path, 0, 20, 0)
				cancel()
				if err == nil && string(got) != path {
					t.Errorf("%s: %q", path, got)
				}
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v", path, err)
				}
			}
		})
	}
	wg.Wait()
	if s := c.Stats(); s.Active != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := c.Read(t.Context(), "/x", 0, 10, 0); err != nil {
		t.Error(err)
	}
}
