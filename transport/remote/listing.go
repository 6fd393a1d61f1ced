// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"owfs/owproto"
)

// maxListings bounds how many directories are remembered.
const maxListings = 4096

// A listed is one name that the peer told.
type listed struct {
	name string
	dir  bool
}

// listing is what the peer said of one directory.
type listing struct {
	names []listed
	until time.Time
}

func (l *listing) has(name string) bool {
	for _, n := range l.names {
		if n.name == name {
			return true
		}
	}
	return false
}

// listings remembers what the peer said. A listing that has expired still
// serves while the peer can't be reached.
type listings struct {
	mu     sync.Mutex
	known  map[listingKey]*listing
	flight singleflight.Group
}

// listingKey names a listing. The peer shows less to those who ask for
// uncached values.
type listingKey struct {
	wire     string
	names    owproto.DeviceFormat
	uncached bool
}

func (l *listings) init() { l.known = map[listingKey]*listing{} }

func (l *listings) get(k listingKey) *listing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known[k]
}

func (l *listings) put(k listingKey, list *listing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxListings {
		clear(l.known)
	}
	l.known[k] = list
}

// expire makes every listing be asked again, and keeps them for the time that
// the peer is away.
func (l *listings) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, list := range l.known {
		stale := *list
		stale.until = time.Time{}
		l.known[k] = &stale
	}
}

// Expire makes listings and absent names be asked again.
func (p *Peer) Expire() { p.listings.expire() }

// listing returns what the peer says of a directory, from memory if that is
// fresh enough. Who asks for uncached values gets an uncached listing.
func (p *Peer) listing(ctx context.Context, wire string, options owproto.Flags) (*listing, error) {
	uncached := options&owproto.FlagUncached != 0
	key := listingKey{wire, options.Format(), uncached}
	known := p.listings.get(key)
	fresh := known != nil && p.Now().Before(known.until) && !uncached
	p.Counters.CacheTry("directory", fresh)
	if fresh {
		return known, nil
	}
	list, err := p.askOnce(ctx, key, options)
	if err == nil {
		return list, nil
	}
	if known != nil && !said(err) && ctx.Err() == nil {
		p.Log.Debug("peer does not answer, listing what was known", "peer", p.Addr, "path", wire, "err", err)
		return known, nil
	}
	return nil, p.fault(ctx, err)
}

// askOnce sends one message for all who ask for the same listing at a time. The
// message goes on when the one who caused it gives up: the others may wait.
func (p *Peer) askOnce(ctx context.Context, key listingKey, options owproto.Flags) (*listing, error) {
	if key.uncached {
		// A listing that began before this request is not the fresh one it asks for.
		return p.fetchListing(ctx, key, options)
	}
	done := p.listings.flight.DoChan(fmt.Sprint(key), func() (any, error) {
		return p.fetchListing(context.WithoutCancel(ctx), key, options)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		list, _ := r.Val.(*listing)
		return list, r.Err
	}
}

func (p *Peer) fetchListing(ctx context.Context, key listingKey, options owproto.Flags) (*listing, error) {
	got, err := p.Client.Dir(ctx, key.wire, options|owproto.FlagBusList)
	if err != nil {
		return nil, err
	}
	now := p.Now()
	list := &listing{until: now.Add(p.Life().Directory)}
	at := strings.TrimSuffix(key.wire, "/")
	var dirs []string
	for _, e := range got.Entries {
		name := path.Base(e.Path)
		if name == "" || name == "." || name == ".." || name == "/" {
			continue
		}
		dir := e.Dir || !got.Marked && p.looksLikeDir(at, name)
		list.names = append(list.names, listed{name, dir})
		if dir {
			dirs = append(dirs, name)
		}
	}
	if !strings.HasSuffix(at, "/alarm") {
		p.seen(at, dirs)
		// Times that moved with each listing would tell tar that directories
		// changed while it read them.
		if known := p.listings.get(key); known != nil && !slices.Equal(known.names, list.names) {
			p.listed.Store(now.UnixNano())
		}
	}
	p.listings.put(key, list)
	p.Counters.CacheAdd("directory")
	return list, nil
}

// looksLikeDir guesses for a server that does not mark directories.
func (p *Peer) looksLikeDir(at, name string) bool {
	if below, ok := p.names.get(at); ok && below.device() {
		fam, _ := p.Table.Family(below.rom.Family())
		f, ok := fam.Lookup(name)
		return ok && f.Dir
	}
	// What a bus lists are directories, all of them.
	return !strings.Contains(at, "/structure/") && !strings.Contains(at, "/settings/")
}
