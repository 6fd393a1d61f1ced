// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// conn is a connection of a Client. It serves one call at a time.
type conn struct {
	net.Conn
	client *Client
	raw    syscall.RawConn // nil if it is no socket
	br     *bufio.Reader
	buf    []byte // the encoded request, kept for the next
	reused bool   // has served a call before

	// Of the call under way:
	ctx   context.Context
	end   time.Time   // its deadline
	sent  bool        // all of the request was handed to the system
	heard bool        // the peer sent something
	watch func() bool // ends the watching of ctx; nil while nobody watches
}

func newConn(nc net.Conn, c *Client) *conn {
	cn := &conn{Conn: nc, client: c}
	cn.br = bufio.NewReader(cn)
	if tc, ok := nc.(*tls.Conn); ok {
		nc = tc.NetConn()
	}
	if sc, ok := nc.(syscall.Conn); ok {
		cn.raw, _ = sc.SyscallConn()
	}
	return cn
}

// quick is how long a reply may take before somebody is set to watch the
// context: to watch costs more than most replies do.
const quick = 3 * time.Millisecond

// begin makes the end of ctx end all reading.
func (cn *conn) begin(ctx context.Context, end time.Time) {
	cn.ctx, cn.end = ctx, end
	cn.sent, cn.heard, cn.watch = false, false, nil
	if ctx.Done() == nil {
		cn.watch = func() bool { return true }
	}
}

// finish ends what begin began. It tells whether the connection is as it was:
// the context has not ended it.
func (cn *conn) finish() bool { return cn.watch == nil || cn.watch() }

// quiet tells whether an idle connection looks as it should: open, and with
// nothing to read. An owserver that closed it, or spoke without being asked, is
// found out here. A connection that is no socket is believed.
func (cn *conn) quiet() bool {
	return cn.br.Buffered() == 0 && (cn.raw == nil || nothingToRead(cn.raw))
}

// send writes the request in one piece. The peer can act on nothing less than
// all of it.
func (cn *conn) send(req *Request) error {
	cn.buf = req.AppendTo(cn.buf[:0])
	if err := cn.arm(cn.Conn.SetWriteDeadline, time.Now()); err != nil {
		return cn.explain(err)
	}
	cn.client.stats.countType(req.Type)
	n, err := cn.Conn.Write(cn.buf)
	cn.client.stats.bytesOut.Add(uint64(n))
	cn.sent = n == len(cn.buf)
	if cap(cn.buf) > 4*firstChunk {
		cn.buf = nil
	}
	return cn.explain(err)
}

// Read is for the bufio.Reader. Each byte that comes ends a silence.
func (cn *conn) Read(p []byte) (int, error) {
	n, err := cn.wait(p)
	cn.client.stats.bytesIn.Add(uint64(n))
	cn.heard = cn.heard || n > 0
	if errors.Is(err, io.EOF) {
		return n, err // has a meaning for the reader of frames
	}
	return n, cn.explain(err)
}

// wait reads what comes within a moment, or else has the context watched and
// waits for as long as a silence may last.
func (cn *conn) wait(p []byte) (int, error) {
	begun := time.Now()
	if cn.watch == nil {
		if err := cn.Conn.SetReadDeadline(begun.Add(quick)); err != nil {
			return 0, err
		}
		n, err := cn.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		cn.watch = context.AfterFunc(cn.ctx, func() { cn.SetDeadline(longAgo) })
	}
	if err := cn.arm(cn.Conn.SetReadDeadline, begun); err != nil {
		return 0, err
	}
	return cn.Conn.Read(p)
}

// arm sets the deadline for what began then. The context is looked at
// afterwards: had it ended before, its own deadline could be overwritten.
func (cn *conn) arm(set func(time.Time) error, begun time.Time) error {
	next := begun.Add(or(cn.client.Silence, DefaultSilence))
	if cn.end.Before(next) {
		next = cn.end
	}
	if err := set(next); err != nil {
		return err
	}
	return context.Cause(cn.ctx)
}

// explain turns a timeout into the reason why there is one, and an error of
// a connection that Close took away into ErrClosed.
func (cn *conn) explain(err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(cn.ctx); cause != nil {
		return cause
	}
	if cn.client.base.Err() != nil {
		return ErrClosed
	}
	var ne net.Error
	if !errors.As(err, &ne) || !ne.Timeout() {
		return err
	}
	return cn.timeout()
}

func (cn *conn) timeout() error {
	if time.Now().Before(cn.end) {
		return ErrSilence
	}
	return overdue(cn.ctx, cn.end)
}
