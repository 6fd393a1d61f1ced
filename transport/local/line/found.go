// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"owfs/hw"
	"owfs/transport/local"
)

// negativeLife is how long an absent device is remembered as such.
const negativeLife = time.Second

// maxPlaces bounds how many devices and branches are remembered.
const maxPlaces = 16384

// found remembers which devices there are, and where.
type found struct {
	mu    sync.Mutex
	lists map[string]listing  // by branch
	seen  map[string]presence // by branch and ROM code
}

type listing struct {
	devices []hw.ROM
	until   time.Time
}

type presence struct {
	branch string
	rom    hw.ROM
	there  bool
	until  time.Time
}

// branch names the branch that hops lead to, "" for the bus itself.
func branch(via []hw.Hop) string {
	if len(via) == 0 {
		return ""
	}
	return fmt.Sprint(via)
}

func placeKey(at local.Address) string { return branch(at.Via) + at.ROM.String() }

func (f *found) list(key string) (listing, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, ok := f.lists[key]
	l.devices = slices.Clone(l.devices)
	return l, ok
}

func (f *found) keep(key string, l listing, presenceUntil time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lists == nil || len(f.lists) >= maxPlaces || len(f.seen) >= maxPlaces {
		f.lists, f.seen = map[string]listing{}, map[string]presence{}
	}
	f.lists[key] = l
	for _, rom := range l.devices {
		f.seen[key+rom.String()] = presence{key, rom, true, presenceUntil}
	}
}

func (f *found) present(key string) (presence, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.seen[key]
	return p, ok
}

func (f *found) note(at local.Address, there bool, until time.Time) {
	key, p := placeKey(at), presence{branch(at.Via), at.ROM, there, until}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil || len(f.seen) >= maxPlaces {
		f.seen = map[string]presence{}
	}
	f.seen[key] = p
}

// doubt makes the next question about a device go to the line: it did not
// answer. A listing that shows it is doubted as well.
func (f *found) doubt(at local.Address) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.seen, placeKey(at))
	key := branch(at.Via)
	if l, ok := f.lists[key]; ok {
		l.until = time.Time{}
		f.lists[key] = l
	}
}

// met makes a listing be made anew that does not show a device which is there.
func (f *found) met(at local.Address) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := branch(at.Via)
	if l, ok := f.lists[key]; ok && !slices.Contains(l.devices, at.ROM) {
		l.until = time.Time{}
		f.lists[key] = l
	}
}

// remove takes a device out of what was found.
func (f *found) remove(at local.Address) {
	f.doubt(at)
	f.mu.Lock()
	defer f.mu.Unlock()
	key := branch(at.Via)
	if l, ok := f.lists[key]; ok {
		l.devices = slices.DeleteFunc(slices.Clone(l.devices), func(rom hw.ROM) bool { return rom == at.ROM })
		f.lists[key] = l
	}
}

// expire makes everything be asked anew.
func (f *found) expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, l := range f.lists {
		l.until = time.Time{}
		f.lists[key] = l
	}
	clear(f.seen)
}

// here are the devices of a branch that were there when they were last asked
// for, one by one or by a listing.
func (f *found) here(key string) map[hw.ROM]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[hw.ROM]bool, len(f.seen))
	for _, rom := range f.lists[key].devices {
		all[rom] = true
	}
	for _, p := range f.seen {
		if p.there && p.branch == key {
			all[p.rom] = true
		}
	}
	return all
}

// family tells whether a device of a family was seen anywhere.
func (f *found) family(code byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.seen {
		if p.there && p.rom.Family() == code {
			return true
		}
	}
	return false
}

// Devices implements local.Backend.
func (b *Backend) Devices(ctx context.Context, via []hw.Hop, alarm, fresh bool) ([]hw.ROM, error) {
	if alarm {
		return b.search(ctx, via, hw.AlarmSearch)
	}
	key := branch(via)
	known, ok := b.found.list(key)
	ok = ok && b.Clock.Now().Before(known.until) && !fresh
	b.Counters.CacheTry("directory", ok)
	if ok {
		return known.devices, nil
	}
	devices, err := b.search(ctx, via, hw.SearchROM)
	if err == nil {
		devices, err = b.hush(ctx, via, devices)
	}
	if known.devices != nil && hw.IsLine(err) {
		// The line is sick. What was there keeps its name, so that nobody
		// takes a bad contact for a cleared house; its values are errors.
		b.Log.Info("the bus can't be searched; what was found before is listed", "err", err)
		return known.devices, nil
	}
	if err != nil {
		return nil, err
	}
	if devices, err = b.missed(ctx, via, known.devices, devices); err != nil {
		return nil, err
	}
	now, life := b.Clock.Now(), b.Life()
	b.found.keep(key, listing{devices, now.Add(life.Directory)}, now.Add(life.Presence))
	b.Counters.CacheAdd("directory")
	return slices.Clone(devices), nil
}

// search finds devices. A line that nobody answers on has none.
func (b *Backend) search(ctx context.Context, via []hw.Hop, command byte) ([]hw.ROM, error) {
	var devices []hw.ROM
	pass := 0
	err := b.retry(ctx, "search", func() error {
		err := b.Line.Do(ctx, func(tx *hw.Tx) (err error) {
			tx.Via(via)
			devices, err = tx.Search(command)
			return err
		})
		if err != nil {
			b.searchErrors[pass].Add(1)
		}
		pass++
		return err
	})
	return devices, err
}

// hush switches off the branches of couplers that were met for the first time:
// an earlier program may have left one on, and what is behind it would be
// taken for a part of this branch.
func (b *Backend) hush(ctx context.Context, via []hw.Hop, devices []hw.ROM) ([]hw.ROM, error) {
	const coupler, fact = 0x1F, "hushed"
	again := false
	for _, rom := range devices {
		if rom.Family() != coupler || b.facts.get(rom, fact) != nil {
			continue
		}
		err := b.retry(ctx, "coupler off", func() error {
			return b.Line.Do(ctx, func(tx *hw.Tx) error {
				if len(via) > 0 {
					tx.Via(via)
					return tx.Command(rom, 0x66)
				}
				return tx.Off(rom)
			})
		})
		if err != nil {
			return nil, err
		}
		b.facts.set(rom, fact, true)
		again = true
	}
	if !again {
		return devices, nil
	}
	return b.search(ctx, via, hw.SearchROM)
}

// missed asks after devices that a search did not find although an earlier one
// did: a search that was disturbed can pass over a device without an error.
func (b *Backend) missed(ctx context.Context, via []hw.Hop, before, now []hw.ROM) ([]hw.ROM, error) {
	for _, rom := range before {
		if slices.Contains(now, rom) {
			continue
		}
		there, err := b.verify(ctx, local.Address{Via: via, ROM: rom})
		switch {
		case err != nil && !hw.IsLine(err):
			return nil, err
		case err != nil, there: // what nobody can tell stays
			now = append(now, rom)
		default:
			b.left(local.Address{Via: via, ROM: rom})
		}
	}
	return now, nil
}

// left forgets all about a device that is not there any more.
func (b *Backend) left(at local.Address) {
	b.values.drop(at.ROM)
	b.facts.forget(at.ROM)
	b.found.remove(at)
	b.Counters.CacheDelete("device")
	b.Log.Info("a device has left the bus", "device", at.ROM)
}

// Present implements local.Backend.
func (b *Backend) Present(ctx context.Context, at local.Address) (bool, error) {
	key := placeKey(at)
	known, ok := b.found.present(key)
	ok = ok && b.Clock.Now().Before(known.until)
	b.Counters.CacheTry("device", ok)
	if ok {
		return known.there, nil
	}
	there, err := b.verify(ctx, at)
	if err != nil {
		return false, err
	}
	life := negativeLife
	if there {
		life = b.Life().Presence
		b.found.met(at)
	} else if known.there {
		b.left(at)
	}
	b.found.note(at, there, b.Clock.Now().Add(life))
	b.Counters.CacheAdd("device")
	return there, nil
}

// asks is how often a device is asked for until it is taken to be absent.
const asks = 8

// misses is how often the search must have missed a device at the same bit: one
// wrong bit makes a device look absent, but hardly ever three times the same one.
const misses = 3

// verify asks the line for one device.
func (b *Backend) verify(ctx context.Context, at local.Address) (bool, error) {
	var missed [65]int
	var err error
	for range asks {
		left, there := 0, false
		err = b.Line.Do(ctx, func(tx *hw.Tx) (err error) {
			tx.Via(at.Via)
			left, there, err = tx.Follow(hw.SearchROM, at.ROM)
			return err
		})
		switch {
		case err != nil && (!hw.IsLine(err) || errors.Is(err, hw.ErrShort) || ctx.Err() != nil):
			return false, err
		case err != nil:
			continue
		case there:
			return true, nil
		}
		if missed[left]++; missed[left] == misses {
			return false, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("looking for %v: %w", at.ROM, hw.ErrSearch)
	}
	return false, err
}

// gone tells whether a device has left, after a transaction with it has failed
// in a way that an absent device would explain. If so, all is forgotten that
// was known of it.
func (b *Backend) gone(ctx context.Context, at local.Address) bool {
	b.found.doubt(at)
	there, err := b.verify(ctx, at)
	if err != nil || there {
		return false
	}
	b.left(at)
	b.found.note(at, false, b.Clock.Now().Add(negativeLife))
	return true
}

// Expire makes listings, presences and values be asked anew: a timeout has
// changed.
func (b *Backend) Expire() {
	b.found.expire()
	b.values.clear()
}
