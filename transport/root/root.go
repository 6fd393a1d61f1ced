// SPDX-License-Identifier: Apache-2.0

// Package root makes one tree of several buses: their devices side by side,
// each bus again as bus.N, and the directories of the program itself. It is
// what a mount or a server shows.
package root

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
	"owfs/transport/virtual"
)

// A Bus is one line of our own or one peer.
type Bus struct {
	Transport transport.Transport
	Interface virtual.Interface
	Peer      bool // it is a peer
}

// Config says what a Root shows. Table and Settings must be set.
type Config struct {
	Buses      []Bus // that are there from the beginning
	Table      *device.Table
	Settings   *virtual.Settings
	Statistics *virtual.Statistics // unset: counters that nobody else sees
	Aliases    *virtual.Aliases    // unset: none
	PIDFile    string
	ReadOnly   bool // every Write fails with EROFS, and no file shows write bits
}

// A Root is a Transport. Make one with New.
type Root struct {
	Config
	start      time.Time
	settings   *virtual.Tree
	system     *virtual.Tree
	statistics *virtual.Tree
	members    atomic.Pointer[[]member] // never changed, only replaced by a longer one
	home       homes
}

// A member is a bus with what the tree tells of it.
type member struct {
	Bus
	about *virtual.Tree
}

// New returns a Root.
func New(c Config) *Root {
	if c.Statistics == nil {
		c.Statistics = virtual.NewStatistics(c.Table)
	}
	if c.Aliases == nil {
		c.Aliases = &virtual.Aliases{}
	}
	start := time.Now()
	r := &Root{
		Config:     c,
		start:      start,
		settings:   c.Settings.Tree(c.Table, c.Aliases, start),
		statistics: c.Statistics.Tree(start),
	}
	r.system = virtual.Process{
		PIDFile: c.PIDFile, Settings: c.Settings,
		Buses: func() int { return len(r.now()) }, Outbound: r.peers,
	}.Tree(c.Table, start)
	r.members.Store(new([]member))
	r.Buses = nil // those of now are in members
	for _, b := range c.Buses {
		r.Add(b)
	}
	return r
}

// Add takes one more bus and returns its number, also while the tree is in use:
// requests under way go on with the buses that there were.
func (r *Root) Add(b Bus) int {
	m := member{Bus: b, about: b.Interface.Tree(r.Table, time.Now())}
	for {
		was := r.members.Load()
		all := append(slices.Clip(*was), m)
		if r.members.CompareAndSwap(was, &all) {
			return len(*was)
		}
	}
}

// now are the buses that there are, in the order of their numbers.
func (r *Root) now() []member { return *r.members.Load() }

// peers counts the buses that are peers.
func (r *Root) peers() int {
	n := 0
	for _, m := range r.now() {
		if m.Peer {
			n++
		}
	}
	return n
}

// A target is who answers for a place: a tree of our own, or a bus.
type target struct {
	buses []member // as they were when the request came
	place transport.Place
	own   *virtual.Tree      // settings, system, statistics, interface
	shape *entries.Structure // structure
	bus   *Bus               // the bus that the path or the device's home names
	all   bool               // every bus: listings, and what is said to all of them
	req   transport.Request  // as the bus is asked
	rom   hw.ROM             // of the device whose alias is meant
	named bool               // the path goes by an alias of our own
	alias bool               // the property alias of a device
}

// resolve finds who answers for a path.
func (r *Root) resolve(req transport.Request) (target, error) {
	place, err := transport.Parse(req.Path)
	if err != nil {
		return target{}, err
	}
	t := target{buses: r.now(), place: place, req: req}
	if place.Uncached {
		t.req.Options |= owproto.FlagUncached
	}
	if len(place.Buses) == 0 {
		if r.ownTree(&t); t.own != nil || t.shape != nil {
			return t, nil
		}
		t.all = len(t.buses) != 1
	} else {
		n := place.Buses[0]
		if n >= len(t.buses) {
			return t, transport.Cause(syscall.ENOENT, "there is no bus.%d", n)
		}
		t.bus = &t.buses[n].Bus
		place.Buses = place.Buses[1:]
		if place.Word == transport.Interface && len(place.Buses) == 0 {
			t.own = t.buses[n].about
			return t, nil
		}
	}
	if !t.all && t.bus == nil {
		t.bus = &t.buses[0].Bus
	}
	r.unalias(&t, &place)
	place.Uncached = false // the options say it
	place.Unaliased = place.Unaliased || r.Settings.Unaliased()
	t.req.Path = place.String()
	return t, nil
}

func (r *Root) ownTree(t *target) {
	switch t.place.Word {
	case transport.Settings:
		t.own = r.settings
	case transport.System:
		t.own = r.system
	case transport.Statistics:
		t.own = r.statistics
	case transport.Structure:
		t.shape = &entries.Structure{Table: r.Table, Times: entries.Times{Start: r.start, Listed: r.start}}
	}
}

// unalias puts ROM codes in the place of our own aliases, which the buses do
// not know, and notes whether the property alias itself is meant.
func (r *Root) unalias(t *target, place *transport.Place) {
	segs := place.Segments
	if place.Word != transport.NoWord || len(segs) == 0 {
		return
	}
	segs = append([]string(nil), segs...)
	last := 0
	for i, name := range segs {
		if i > 0 && segs[i-1] != "main" && segs[i-1] != "aux" {
			continue
		}
		last = i
		if rom, ok := r.Aliases.ROM(name); ok {
			segs[i], t.named = rom.String(), true
		}
	}
	place.Segments = segs
	if t.alias = len(segs) == last+2 && segs[last+1] == "alias"; t.alias {
		t.rom, _ = hw.ParseROM(segs[last])
	}
}

// rewrap names the path that the caller asked for in an error from below.
func rewrap(op, path string, err error) error {
	var e *transport.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return transport.Wrap(op, path, err)
}

// homes remembers on which bus a device was found.
type homes struct {
	mu    sync.Mutex
	known map[string]int
}

// maxHomes bounds how many names homes remembers.
const maxHomes = 16384

func (h *homes) get(name string) (int, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n, ok := h.known[name]
	return n, ok
}

func (h *homes) put(name string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxHomes {
		h.known = map[string]int{}
	}
	h.known[name] = n
}

// on calls f with the bus that answers for the target. Without bus.N in the
// path that is the one where the device was found before, or else the first
// that has it; all are asked at a time.
func (r *Root) on(ctx context.Context, t target, f func(b *Bus) error) error {
	if t.bus != nil {
		return f(t.bus)
	}
	if len(t.place.Segments) == 0 || len(t.buses) == 0 {
		return syscall.ENOENT
	}
	name := t.place.Segments[0]
	if n, ok := r.home.get(name); ok && n < len(t.buses) {
		if err := f(&t.buses[n].Bus); !errors.Is(err, syscall.ENOENT) {
			return err
		}
	}
	n, err := r.find(ctx, t, name)
	if err != nil {
		return err
	}
	return f(&t.buses[n].Bus)
}

// find asks all buses for a device. That one of them can't be asked makes the
// answer "not there" unsure, so then it is that bus's error.
func (r *Root) find(ctx context.Context, t target, name string) (int, error) {
	place, _ := transport.Parse(t.req.Path)
	place.Segments = place.Segments[:1]
	req := t.req.Under(place.String())
	errs := t.each(func(_ int, b *Bus) error {
		_, err := b.Transport.Stat(ctx, req)
		return err
	})
	var sick error = syscall.ENOENT
	for n, err := range errs {
		if err == nil {
			r.home.put(name, n)
			return n, nil
		}
		if !errors.Is(err, syscall.ENOENT) {
			sick = err
		}
	}
	return 0, sick
}

// each calls f for every bus at a time.
func (t target) each(f func(i int, b *Bus) error) []error {
	errs := make([]error, len(t.buses))
	var wg sync.WaitGroup
	for i := range t.buses {
		wg.Go(func() { errs[i] = f(i, &t.buses[i].Bus) })
	}
	wg.Wait()
	return errs
}

// base is the name of the place that the caller asked for.
func base(name string) string { return path.Base(strings.TrimSuffix(name, "/")) }
