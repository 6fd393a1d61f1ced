// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"errors"
	"io"
	"sync/atomic"
)

// ServerStats counts what a Server did.
type ServerStats struct {
	Accepted     uint64 // connections
	AcceptErrors uint64
	Open         int // connections now
	Persistent   int // of these, kept open between requests
	Refused      uint64
	Requests     uint64
	ByType       map[MessageType]uint64
	Errors       uint64 // answers that report a failure
	Malformed    uint64
	Loops        uint64 // requests that had passed here before
	Pings        uint64
	Panics       uint64 // of the handler
	Timeouts     uint64 // clients too slow to send a request, or to take an answer
	BytesIn      uint64
	BytesOut     uint64
}

type serverCounters struct {
	accepted, acceptErrors   atomic.Uint64
	persistent               atomic.Int64
	refused                  atomic.Uint64
	byType                   [len(messageNames)]atomic.Uint64
	otherTypes               atomic.Uint64
	errors, malformed, loops atomic.Uint64
	pings, timeouts, panics  atomic.Uint64
	bytesIn, bytesOut        atomic.Uint64
}

// Stats returns the present counts. They are taken one by one, not at one instant.
func (s *Server) Stats() ServerStats {
	c := &s.stats
	st := ServerStats{
		Accepted:     c.accepted.Load(),
		AcceptErrors: c.acceptErrors.Load(),
		Persistent:   int(c.persistent.Load()),
		Refused:      c.refused.Load(),
		Requests:     c.otherTypes.Load(),
		ByType:       make(map[MessageType]uint64),
		Errors:       c.errors.Load(),
		Malformed:    c.malformed.Load(),
		Loops:        c.loops.Load(),
		Pings:        c.pings.Load(),
		Panics:       c.panics.Load(),
		Timeouts:     c.timeouts.Load(),
		BytesIn:      c.bytesIn.Load(),
		BytesOut:     c.bytesOut.Load(),
	}
	for t := range c.byType {
		if n := c.byType[t].Load(); n > 0 {
			st.ByType[MessageType(t)] = n
			st.Requests += n
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Open = len(s.conns)
	return st
}

func (c *serverCounters) countType(t MessageType) {
	if t.known() {
		c.byType[t].Add(1)
	} else {
		c.otherTypes.Add(1)
	}
}

// countEnd counts why a connection has ended, if it is worth it.
func (c *serverCounters) countEnd(err error) {
	if isTimeout(err) && !errors.Is(err, io.EOF) {
		c.timeouts.Add(1)
	}
}

// keep counts one more persistent connection, unless there are so many.
func (c *serverCounters) keep(limit int) bool {
	for {
		n := c.persistent.Load()
		if n >= int64(limit) {
			return false
		}
		if c.persistent.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// drop counts one persistent connection less, unless there are fewer than that
// anyway.
func (c *serverCounters) drop(from int) bool {
	for {
		n := c.persistent.Load()
		if n < int64(from) {
			return false
		}
		if c.persistent.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// A counted reader counts what it reads.
type counted struct {
	r io.Reader
	n *atomic.Uint64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(uint64(n))
	return n, err
}
