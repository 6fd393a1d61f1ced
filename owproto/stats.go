// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"errors"
	"net"
	"sync/atomic"
)

// Stats counts what a Client did.
type Stats struct {
	Requests uint64                 // requests sent, repeated ones included
	ByType   map[MessageType]uint64 // the same, by type

	Dials      uint64 // connections tried
	DialErrors uint64 // of these, failed
	Granted    uint64 // replies that let us keep the connection
	Refused    uint64 // replies that did not, though we asked
	Retries    uint64 // requests repeated as a kept connection turned out dead
	Pings      uint64
	Timeouts   uint64 // dials and exchanges ended by Silence or a deadline
	BytesIn    uint64
	BytesOut   uint64

	Active int // connections in use
	Idle   int // connections kept for later
}

type counters struct {
	byType                    [len(messageNames)]atomic.Uint64
	otherTypes                atomic.Uint64
	dials, dialErrors         atomic.Uint64
	granted, refused, retries atomic.Uint64
	pings, timeouts           atomic.Uint64
	bytesIn, bytesOut         atomic.Uint64
}

// Stats returns the present counts. They are taken one by one, not at one instant.
func (c *Client) Stats() Stats {
	s := Stats{
		Requests:   c.stats.otherTypes.Load(),
		ByType:     make(map[MessageType]uint64),
		Dials:      c.stats.dials.Load(),
		DialErrors: c.stats.dialErrors.Load(),
		Granted:    c.stats.granted.Load(),
		Refused:    c.stats.refused.Load(),
		Retries:    c.stats.retries.Load(),
		Pings:      c.stats.pings.Load(),
		Timeouts:   c.stats.timeouts.Load(),
		BytesIn:    c.stats.bytesIn.Load(),
		BytesOut:   c.stats.bytesOut.Load(),
	}
	for t := range c.stats.byType {
		if n := c.stats.byType[t].Load(); n > 0 {
			s.ByType[MessageType(t)] = n
			s.Requests += n
		}
	}
	s.Idle, s.Active = c.pool.counts()
	return s
}

func (s *counters) countType(t MessageType) {
	if t.known() {
		s.byType[t].Add(1)
	} else {
		s.otherTypes.Add(1)
	}
}

func (s *counters) countTimeout(err error) {
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		s.timeouts.Add(1)
	}
}
