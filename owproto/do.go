// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"errors"
	"io"
	"syscall"
	"time"
)

// Do sends a request and returns the reply. As a status of HTTP, a failure that
// the server reports is no error here: see Response.Err. The client decides on
// FlagPersist itself.
//
// The elements that answer a MsgDir are joined to one reply in the form of
// MsgDirAll; with a failure, the payload has the elements that came before it.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, error) {
	rep, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	if req.Type == MsgDir {
		rep.join()
	}
	return rep.Response, nil
}

// do is Do without the join.
func (c *Client) do(ctx context.Context, req *Request) (*reply, error) {
	if err := req.Validate(); err != nil {
		return nil, opError(req.Type, req.Path, err)
	}
	c.init()
	rep, err := c.call(ctx, c.persistent(ctx, req))
	return rep, opError(req.Type, req.Path, err)
}

// persistent returns the request with the client's choice of FlagPersist, and
// the tokens of the servers that it comes from.
func (c *Client) persistent(ctx context.Context, req *Request) *Request {
	r := *req
	if len(r.Tokens) == 0 {
		r.Tokens = tokensOf(ctx)
	}
	r.Flags |= FlagPersist
	if c.NoPersist {
		r.Flags &^= FlagPersist
	}
	return &r
}

// call finds a connection and makes the exchange. One that was kept may have
// died unnoticed: then the request is repeated once, on a new one.
func (c *Client) call(ctx context.Context, req *Request) (*reply, error) {
	if c.base.Err() != nil {
		return nil, ErrClosed
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	end := c.end(ctx)
	if err := c.acquire(ctx, end); err != nil {
		return nil, err
	}
	defer c.release()
	if cn := c.pool.take(); cn != nil {
		rep, err := c.exchange(ctx, end, cn, req)
		if err == nil || !repeatable(cn, req, err) {
			return rep, err
		}
		c.stats.retries.Add(1)
		c.pool.closeIdle() // what killed one has likely killed its siblings
	}
	cn, err := c.dial(ctx, end)
	if err != nil {
		return nil, err
	}
	if !c.pool.add(cn) {
		cn.Close()
		return nil, ErrClosed
	}
	return c.exchange(ctx, end, cn, req)
}

// end is when the call must be over.
func (c *Client) end(ctx context.Context) time.Time {
	end := time.Now().Add(or(c.Deadline, DefaultDeadline))
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		return d
	}
	return end
}

// exchange makes one request on cn, and then keeps or closes it.
func (c *Client) exchange(ctx context.Context, end time.Time, cn *conn, req *Request) (*reply, error) {
	cn.begin(ctx, end)
	err := cn.send(req)
	var rep *reply
	if err == nil {
		rep, err = cn.receive(req)
	}
	undisturbed := cn.finish()
	if err != nil {
		c.pool.drop(cn)
		c.stats.countTimeout(err)
		return nil, writeError(cn, req, err)
	}
	if undisturbed && c.granted(req, rep) && cn.br.Buffered() == 0 {
		cn.reused, cn.ctx = true, nil
		c.pool.put(cn)
	} else {
		c.pool.drop(cn)
	}
	return rep, nil
}

// granted tells whether the server keeps the connection open.
func (c *Client) granted(req *Request, rep *reply) bool {
	switch {
	case req.Flags&FlagPersist == 0:
		return false
	case rep.Flags&FlagPersist == 0:
		c.stats.refused.Add(1)
		return false
	}
	c.stats.granted.Add(1)
	return true
}

// repeatable tells whether the request failed because the peer had closed an
// idle connection. A write is repeated only if it cannot have been carried out.
func repeatable(cn *conn, req *Request, err error) bool {
	if !cn.reused || cn.heard || req.Type == MsgWrite && cn.sent {
		return false
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// writeError adds ErrWriteUnknown to what ends a write once it was sent.
func writeError(cn *conn, req *Request, err error) error {
	if req.Type != MsgWrite || !cn.sent {
		return err
	}
	return &unknownWrite{err}
}

// unknownWrite is an ErrWriteUnknown that still is what caused it.
type unknownWrite struct{ err error }

func (e *unknownWrite) Error() string   { return ErrWriteUnknown.Error() + ": " + e.err.Error() }
func (e *unknownWrite) Unwrap() []error { return []error{ErrWriteUnknown, e.err} }
