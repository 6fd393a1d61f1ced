// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"owfs/owproto"
)

// often is how often the counters are told to the log.
const often = time.Hour

// count shows under /statistics what a server counts, and tells it to the log
// once an hour and at the end.
func (s *service) count(ctx context.Context, server *owproto.Server) {
	s.house.Count(func() map[string]uint64 {
		c := server.Stats()
		return map[string]uint64{
			"errors/NET_accept_errors":     c.AcceptErrors,
			"errors/NET_connection_errors": c.Timeouts,
			"errors/NET_read_errors":       c.Malformed,
		}
	})
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.tell(server.Stats())
			return
		case <-tick.C:
			s.tell(server.Stats())
		}
	}
}

func (s *service) tell(c owproto.ServerStats) {
	if c.Accepted == 0 {
		return
	}
	s.log.Info("served", "connections", c.Accepted, "open", c.Open, "persistent", c.Persistent, "requests", c.Requests,
		"errors", c.Errors, "malformed", c.Malformed, "loops", c.Loops, "timeouts", c.Timeouts, "pings", c.Pings,
		"bytes_in", c.BytesIn, "bytes_out", c.BytesOut)
}
