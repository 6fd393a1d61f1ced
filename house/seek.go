// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"time"

	"owfs/device"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

const (
	firstLook = 3 * time.Second // that the first look for bus masters may take
	nextLook  = time.Second     // between later ones
)

// A seeker finds the bus masters that an option means, of which there may be
// several, now or later.
type seeker struct {
	what string // the option, for the log
	more bool   // others may come when one was found
	find func(ctx context.Context) ([]master, error)
}

// A search is what a seeker has found so far.
type search struct {
	seeker
	table *device.Table
	stats *virtual.Statistics
	known map[string]bool // by address
	told  bool            // that there is none
}

// seek looks for bus masters and returns those that are there; find goes on with
// it while the tree is in use.
func (h *House) seek(s seeker, table *device.Table, stats *virtual.Statistics) []root.Bus {
	all := &search{seeker: s, table: table, stats: stats, known: map[string]bool{}}
	h.searches = append(h.searches, all)
	ctx, cancel := context.WithTimeout(context.Background(), firstLook)
	defer cancel()
	return h.look(ctx, all)
}

// look returns the bus masters that were not known before.
func (h *House) look(ctx context.Context, s *search) []root.Bus {
	masters, err := s.find(ctx)
	if len(masters) == 0 && len(s.known) == 0 && !s.told && ctx.Err() == nil {
		s.told = true
		about := []any{"option", s.what}
		if err != nil {
			about = append(why(err), about...)
		}
		h.log.Warn("there is no bus master yet; it is used as soon as there is", about...)
	}
	var news []root.Bus
	for _, m := range masters {
		if s.known[m.about.Address] {
			continue
		}
		s.known[m.about.Address] = true
		news = append(news, h.wire(m, s.table, s.stats))
	}
	return news
}

// seekOn looks for bus masters until there is nothing left to look for.
func (h *House) seekOn(ctx context.Context, s *search) {
	tick := time.NewTicker(nextLook)
	defer tick.Stop()
	for s.more || len(s.known) == 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, b := range h.look(ctx, s) {
			h.log.Warn("bus master found", "bus", h.root.Add(b), "address", b.Interface.Address)
		}
	}
}
