// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// What unset fields of a Client mean.
const (
	DefaultSilence    = 2 * time.Second // as all shipped clients (protocol section 3.1)
	DefaultDeadline   = 120 * time.Second
	DefaultMaxConns   = 240
	DefaultMaxIdle    = 16 // below the 20 that owserver grants to all clients together
	DefaultMinBackoff = 50 * time.Millisecond
	DefaultMaxBackoff = 400 * time.Millisecond
)

// Client asks an owserver. The fields must not be changed after the first call.
// A Client is safe for concurrent use: each call has a connection to itself,
// and connections that the server lets us keep are used again.
//
// Failures are *OpError values. What the server itself reports is an Errno
// inside of them.
type Client struct {
	// Addr is the server, in the forms of SplitAddr. Unset: this machine.
	Addr string
	// Dial makes connections. Unset: net.Dialer, which for a name with IPv4
	// and IPv6 addresses tries both.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is for an Addr that begins with "tls:". Unset: the server must be
	// known to an authority that the system trusts, and we show no certificate.
	TLS *tls.Config

	// Silence is how long the peer may send nothing while we wait for it; it
	// bounds the dial as well. A ping ends a silence. Unset: DefaultSilence.
	Silence time.Duration
	// Deadline bounds each call as a whole; no ping extends it, and none
	// extends the context's. Unset: DefaultDeadline.
	Deadline time.Duration

	// MaxConns bounds the connections at any time; further calls wait.
	// Unset: DefaultMaxConns.
	MaxConns int
	// MaxIdle bounds the connections kept between calls. Unset:
	// DefaultMaxIdle; negative: none.
	MaxIdle int
	// NoPersist makes each request use a connection of its own.
	NoPersist bool

	// MaxReply is the longest reply accepted, for MsgDir all elements
	// together. Unset: DefaultMaxReply.
	MaxReply int
	// Backoff limits how often a peer that is away is dialled.
	Backoff Backoff

	once  sync.Once
	slots chan struct{} // one element for each call under way
	pool  pool
	gate  gate
	stats counters
	caps  capabilities
	// base ends when the Client is closed.
	base  context.Context
	close context.CancelFunc
}

// Backoff says for how long calls fail at once after a failed dial: for Min
// after the first, then for twice as long after each, up to Max. After that one
// call dials, and others wait for what comes of it.
type Backoff struct {
	Min time.Duration // unset: DefaultMinBackoff
	Max time.Duration // unset: DefaultMaxBackoff
}

func (c *Client) init() {
	c.once.Do(func() {
		c.slots = make(chan struct{}, max(1, or(c.MaxConns, DefaultMaxConns)))
		c.pool.max = or(c.MaxIdle, DefaultMaxIdle)
		c.gate.min = or(c.Backoff.Min, DefaultMinBackoff)
		c.gate.max = max(c.gate.min, or(c.Backoff.Max, DefaultMaxBackoff))
		c.base, c.close = context.WithCancel(context.Background())
	})
}

// Close ends all calls under way with ErrClosed and closes all connections. It
// is not an error to close a Client twice.
func (c *Client) Close() error {
	c.init()
	c.close()
	c.pool.closeAll()
	return nil
}

// acquire waits for leave to have a connection.
func (c *Client) acquire(ctx context.Context, end time.Time) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(time.Until(end))
	defer timer.Stop()
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return overdue(ctx, end)
	case <-c.base.Done():
		return ErrClosed
	}
}

func (c *Client) release() { <-c.slots }

// or returns v unless it is unset.
func or[T ~int | ~int64](v, unset T) T {
	if v == 0 {
		return unset
	}
	return v
}
