// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// dial makes a connection, if the gate lets us.
func (c *Client) dial(ctx context.Context, end time.Time) (*conn, error) {
	report, err := c.gate.enter(ctx, c.base)
	if err != nil {
		return nil, c.dialError(err)
	}
	c.stats.dials.Add(1)
	nc, err := c.dialOnce(ctx, end)
	if err != nil {
		c.stats.dialErrors.Add(1)
		c.stats.countTimeout(err)
		if gaveUp := ctx.Err() != nil || err == context.DeadlineExceeded || err == ErrClosed; gaveUp {
			report(errGaveUp) // says nothing about the peer
		} else {
			report(err)
		}
		return nil, c.dialError(err)
	}
	if report(nil) {
		c.caps.forget() // the peer was away and may be another one now
	}
	return newConn(nc, c), nil
}

func (c *Client) dialError(err error) error {
	if err == ErrClosed {
		return err
	}
	de, ok := err.(*DialError)
	if !ok {
		de = &DialError{Err: err}
	}
	_, de.Addr = SplitAddr(c.Addr)
	return de
}

// dialOnce is bounded by the silence allowed and by end, and is ended by Close.
func (c *Client) dialOnce(ctx context.Context, end time.Time) (net.Conn, error) {
	silence := time.Now().Add(or(c.Silence, DefaultSilence))
	if end.Before(silence) {
		silence = end
	}
	bounded, cancel := context.WithDeadlineCause(ctx, silence, ErrSilence)
	defer cancel()
	stop := context.AfterFunc(c.base, cancel)
	defer stop()

	dial := c.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	network, address := SplitAddr(c.Addr)
	nc, err := dial(bounded, network, address)
	if _, secure := cutTLS(c.Addr); secure && err == nil {
		nc, err = c.secure(bounded, nc, address)
	}
	switch {
	case err == nil:
		return nc, nil
	case c.base.Err() != nil:
		return nil, ErrClosed
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case !time.Now().Before(end):
		return nil, overdue(ctx, end)
	case bounded.Err() != nil:
		return nil, context.Cause(bounded)
	}
	return nil, err
}

// secure makes the TLS handshake; the server is to have a certificate for the
// name that it was dialled by.
func (c *Client) secure(ctx context.Context, nc net.Conn, address string) (net.Conn, error) {
	cfg := &tls.Config{}
	if c.TLS != nil {
		cfg = c.TLS.Clone()
	}
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(address)
	}
	tc := tls.Client(nc, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return tc, nil
}

// overdue tells whose deadline a call has missed at end. The system's clock may
// notice a moment before the context does.
func overdue(ctx context.Context, end time.Time) error {
	if d, ok := ctx.Deadline(); ok && !end.Before(d) {
		return context.DeadlineExceeded
	}
	return ErrDeadline
}
