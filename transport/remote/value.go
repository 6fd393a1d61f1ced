// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/singleflight"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
)

// maxValues bounds how many values are remembered, maxValue how long one is.
const (
	maxValues = 65536
	maxValue  = 512
)

// anySize is asked for where no table knows how long a value is.
const anySize = 65536

// valueKey names a value in one of its forms.
type valueKey struct {
	wire  string
	form  owproto.Flags
	since uint64 // of the device: a write makes what was read before useless
}

type value struct {
	text  []byte
	until time.Time // zero: for ever
}

// values remembers values whose class allows it.
type values struct {
	mu     sync.RWMutex
	known  map[valueKey]value
	writes map[string]uint64 // by device's ROM code or wire path
	flight singleflight.Group
}

func (v *values) init() {
	v.known = map[valueKey]value{}
	v.writes = map[string]uint64{}
}

// form are the bits of the options that change how a value is spelled.
const form = owproto.FlagTrim | 0x00FF0000

func (v *values) key(s spot, class transport.Change) valueKey {
	k := valueKey{wire: s.wire, form: s.options & form}
	if class != transport.Static {
		v.mu.RLock()
		k.since = v.writes[s.owner()]
		v.mu.RUnlock()
	}
	return k
}

// owner names what a write to s may change: its device.
func (s spot) owner() string { return s.rom.String() }

func (v *values) get(k valueKey, now time.Time) ([]byte, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	got, ok := v.known[k]
	if !ok || !got.until.IsZero() && !now.Before(got.until) {
		return nil, false
	}
	return append([]byte(nil), got.text...), true
}

func (v *values) put(k valueKey, text []byte, until time.Time) {
	if len(text) > maxValue {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= maxValues {
		clear(v.known)
	}
	v.known[k] = value{append([]byte(nil), text...), until}
}

// wrote makes everything that was read from the device before useless.
func (v *values) wrote(owner string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes[owner]++
}

// keep tells whether and until when a value may be kept.
func (p *Peer) keep(s spot) (until time.Time, ok bool) {
	if s.kind != tableFile || !s.rom.Valid() || s.alarm || s.named || s.options&owproto.FlagUncached != 0 && s.entry.Change != transport.Static {
		return time.Time{}, false
	}
	life, now := p.Life(), p.Now()
	kind := s.file.Prop.Class.Lifetime()
	if s.file.Prop.Class == device.Link {
		// The peer computes it from what it caches as volatile or stable.
		kind = device.LifetimeVolatile
	}
	switch kind {
	case device.LifetimeVolatile:
		return now.Add(life.Volatile), life.Volatile > 0
	case device.LifetimeStable:
		return now.Add(life.Stable), life.Stable > 0
	}
	return time.Time{}, s.entry.Change == transport.Static
}

// read returns the value of a spot.
func (p *Peer) read(ctx context.Context, s spot) ([]byte, error) {
	switch {
	case s.entry.Dir:
		return nil, syscall.EISDIR
	case !s.entry.Readable():
		return nil, syscall.ENOTSUP
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	until, keep := p.keep(s)
	if !keep {
		return p.fetch(ctx, s)
	}
	key := p.values.key(s, s.entry.Change)
	text, ok := p.values.get(key, p.Now())
	p.Counters.CacheTry("external", ok)
	if ok {
		return text, nil
	}
	return p.fetchOnce(ctx, s, key, until)
}

// fetchOnce sends one message for all who want the same value at a time.
func (p *Peer) fetchOnce(ctx context.Context, s spot, key valueKey, until time.Time) ([]byte, error) {
	flight := fmt.Sprint(key)
	done := p.values.flight.DoChan(flight, func() (any, error) {
		text, err := p.fetch(context.WithoutCancel(ctx), s)
		if err == nil {
			p.values.put(key, text, until)
			p.Counters.CacheAdd("external")
		}
		return text, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		text, _ := r.Val.([]byte)
		return append([]byte(nil), text...), r.Err
	}
}

// fetch asks the peer for a value.
func (p *Peer) fetch(ctx context.Context, s spot) ([]byte, error) {
	size := anySize
	if s.kind == tableFile && s.entry.Size > anySize {
		size = owproto.MaxRequest
	}
	text, err := p.Client.Read(ctx, s.wire, s.options, size, 0)
	if err == nil {
		return text, nil
	}
	if err = p.fault(ctx, err); err == syscall.ENOENT {
		p.gone(s)
	}
	return nil, err
}

// gone forgets that a device was seen: the peer does not find it any more.
func (p *Peer) gone(s spot) {
	if s.rom.Valid() && s.device != "" {
		p.names.drop(s.device)
		p.Counters.CacheDelete("device")
	}
}

// write hands a value to the peer.
func (p *Peer) write(ctx context.Context, s spot, offset int64, data []byte) (int, error) {
	switch {
	case s.entry.Dir:
		return 0, syscall.EISDIR
	case !s.entry.Writable():
		return 0, syscall.ENOTSUP
	case offset < 0:
		return 0, syscall.EINVAL
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if room := s.room(); room >= 0 {
		if offset >= room {
			return 0, nil
		}
		data = data[:min(int64(len(data)), room-offset)]
	}
	defer p.forget(s)
	n, err := p.Client.Write(ctx, s.wire, data, s.options, int(offset))
	return n, p.fault(ctx, err)
}

// room is how many bytes a property of texts or bytes holds, -1 for others:
// they heed no offset, and surplus is for the peer to judge.
func (s spot) room() int64 {
	if s.file.Prop == nil || s.file.Prop.IsArray() && s.file.Element.Index < 0 {
		return -1
	}
	switch s.file.Prop.Format {
	case device.ASCII, device.VASCII, device.Binary, device.Alias:
		return s.entry.Size
	}
	return -1
}

// forget drops what a write may have changed.
func (p *Peer) forget(s spot) {
	p.values.wrote(s.owner())
	if s.file.Prop != nil && s.file.Prop.Format == device.Alias {
		p.listings.expire()
		p.names.dropAliases()
	}
}
