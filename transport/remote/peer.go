// SPDX-License-Identifier: Apache-2.0

// Package remote is a Transport over a peer owserver.
//
// Names, sizes and modes come from the tables of package device, so they cost
// no message; what those tables lack is asked from the peer's /structure. The
// peer caches for all its clients, and others may write there, so only static
// values are kept here unless the user gives the mount a timeout of its own.
//
// A peer that goes away gives EIO for values; names and listings that were
// seen before stay. It is tried again with the next request.
//
// To see what goes over the wire, log at slog.LevelDebug.
package remote

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// A Client is the part of owproto.Client that a Peer uses.
type Client interface {
	Read(ctx context.Context, path string, flags owproto.Flags, size, offset int) ([]byte, error)
	Write(ctx context.Context, path string, data []byte, flags owproto.Flags, offset int) (int, error)
	Dir(ctx context.Context, path string, flags owproto.Flags) (owproto.Listing, error)
	Presence(ctx context.Context, path string, flags owproto.Flags) (rom [8]byte, known bool, err error)
}

// Config says how a Peer works. Client and Table must be set.
type Config struct {
	Client Client
	// Addr names the peer in messages.
	Addr  string
	Table *device.Table
	// Life tells how long things are kept, asked anew each time as a user may
	// change it; unset: DefaultLife.
	Life func() Life
	// Counters, when set, are told what the caches do.
	Counters Counters
	// Log, when set, gets every message at level debug, and when the peer goes
	// or comes back at level warn; unset: nothing.
	Log *slog.Logger
	// Now is the clock; unset: time.Now.
	Now func() time.Time
}

// Life are the lifetimes of what a Peer keeps. Zero means not at all.
type Life struct {
	Directory time.Duration // listings
	Presence  time.Duration // which device is there
	Volatile  time.Duration // values
	Stable    time.Duration
}

// DefaultLife is what a mount over a peer uses unless told otherwise.
func DefaultLife() Life {
	return Life{Directory: 60 * time.Second, Presence: 120 * time.Second}
}

// A Peer is a Transport. Make one with New.
type Peer struct {
	Config
	start    time.Time
	listed   atomic.Int64 // UnixNano of the latest listing that differed from the one before
	names    names
	listings listings
	values   values
	families families
}

// New returns a Peer. It sends nothing before it is asked something.
func New(c Config) *Peer {
	if c.Life == nil {
		c.Life = DefaultLife
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Counters == nil {
		c.Counters = noCounters{}
	}
	c.Client = &watched{Client: c.Client, addr: c.Addr, log: c.Log}
	p := &Peer{Config: c, start: c.Now()}
	p.listed.Store(p.start.UnixNano())
	p.names.init()
	p.listings.init()
	p.values.init()
	p.families.init()
	return p
}

func (p *Peer) times() entries.Times {
	return entries.Times{Start: p.start, Listed: time.Unix(0, p.listed.Load())}
}

func (p *Peer) structure() entries.Structure {
	return entries.Structure{Table: p.Table, Times: p.times()}
}

// Dir implements transport.Transport.
func (p *Peer) Dir(ctx context.Context, req transport.Request) ([]transport.Entry, error) {
	s, err := p.locate(ctx, req)
	if err == nil {
		var list []transport.Entry
		if list, err = p.dir(ctx, s); err == nil {
			return list, nil
		}
	}
	return nil, transport.Wrap("dir", req.Path, err)
}

// Stat implements transport.Transport.
func (p *Peer) Stat(ctx context.Context, req transport.Request) (transport.Entry, error) {
	s, err := p.locate(ctx, req)
	if err != nil {
		return transport.Entry{}, transport.Wrap("stat", req.Path, err)
	}
	return s.entry, nil
}

// Read implements transport.Transport.
func (p *Peer) Read(ctx context.Context, req transport.Request) ([]byte, error) {
	s, err := p.locate(ctx, req)
	if err == nil {
		var value []byte
		if value, err = p.read(ctx, s); err == nil {
			return value, nil
		}
	}
	return nil, transport.Wrap("read", req.Path, err)
}

// Write implements transport.Transport.
func (p *Peer) Write(ctx context.Context, req transport.Request, data []byte) (int, error) {
	s, err := p.locate(ctx, req)
	n := 0
	if err == nil {
		n, err = p.write(ctx, s, req.Offset, data)
	}
	return n, transport.Wrap("write", req.Path, err)
}

// Describe implements transport.Describer.
func (p *Peer) Describe(ctx context.Context, req transport.Request) (map[string]string, error) {
	s, err := p.locate(ctx, req)
	if err != nil {
		return nil, transport.Wrap("describe", req.Path, err)
	}
	about := map[string]string{"change": s.entry.Change.String()}
	if s.rom.Valid() {
		about["rom"] = s.rom.String()
	}
	if s.file.Prop != nil {
		entries.Describe(about, s.file.Prop, s.options)
	}
	return about, nil
}
