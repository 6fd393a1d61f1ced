// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"sync"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport/local"
)

// maxValues bounds how many values are kept.
const maxValues = 65536

type valueKey struct {
	rom     hw.ROM
	prop    string
	element device.Element
}

type kept struct {
	value device.Value
	until time.Time // zero: while the device is there
}

// A flight is a value on its way, for all who wait for it.
type flight struct {
	done  chan struct{}
	value device.Value
	err   error
}

// values keeps what was read.
type values struct {
	mu      sync.Mutex
	known   map[valueKey]kept
	flights map[valueKey]*flight
	writes  map[hw.ROM]uint64
}

func (v *values) look(k valueKey, now time.Time) (device.Value, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	got, ok := v.known[k]
	return got.value, ok && (got.until.IsZero() || now.Before(got.until))
}

// join returns the flight that brings a value, and whether the caller is the
// one to fly it.
func (v *values) join(k valueKey) (f *flight, mine bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if f := v.flights[k]; f != nil {
		return f, false
	}
	if v.flights == nil {
		v.flights = map[valueKey]*flight{}
	}
	f = &flight{done: make(chan struct{})}
	v.flights[k] = f
	return f, true
}

// land ends a flight. What it brought is not kept if the device was written
// meanwhile: it may be from before.
func (v *values) land(k valueKey, f *flight, until time.Time, keep bool, writes uint64) {
	v.mu.Lock()
	if v.flights[k] == f {
		delete(v.flights, k)
	}
	v.mu.Unlock()
	if f.err == nil && keep {
		v.keep(k, kept{f.value, until}, writes)
	}
	close(f.done)
}

// keep keeps a value, unless the device was written since there were so many
// writes to it.
func (v *values) keep(k valueKey, value kept, writes uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.writes[k.rom] != writes {
		return
	}
	if v.known == nil || len(v.known) >= maxValues {
		v.known = map[valueKey]kept{}
	}
	v.known[k] = value
}

func (v *values) written(rom hw.ROM) uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.writes[rom]
}

// drop forgets what is known of a device: it was written, or has left. Who
// reads from now on does not join a flight that began before.
func (v *values) drop(rom hw.ROM) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.writes == nil {
		v.writes = map[hw.ROM]uint64{}
	}
	v.writes[rom]++
	for k := range v.known {
		if k.rom == rom {
			delete(v.known, k)
		}
	}
	for k := range v.flights {
		if k.rom == rom {
			delete(v.flights, k)
		}
	}
}

// dropAll forgets what is known of some devices, as far as it is of the kind
// that drop tells.
func (v *values) dropAll(drop func(valueKey) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k := range v.known {
		if drop(k) {
			delete(v.known, k)
		}
	}
}

// clear forgets all values.
func (v *values) clear() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.known)
}

// life is how long a value of this property may be kept.
func (b *Backend) life(p *device.Property) (d time.Duration, forever, keep bool) {
	life := b.Life()
	switch p.Class.Lifetime() {
	case device.LifetimeVolatile:
		return life.Volatile, false, life.Volatile > 0
	case device.LifetimeStable:
		return life.Stable, false, life.Stable > 0
	case device.LifetimeSecond:
		return time.Second, false, true
	}
	return 0, true, p.Class == device.Static && !p.Access.CanWrite()
}

// get returns a value as the driver gives it: from memory if that is fresh
// enough, from a transaction that is under way for somebody else, or from one
// of its own. Who does not want to wait any longer leaves; the transaction goes
// on and its result is kept.
func (b *Backend) get(ctx context.Context, a local.Ask, d device.Driver) (device.Value, error) {
	k := valueKey{a.At.ROM, a.Prop.Name, a.Element}
	_, forever, keep := b.life(a.Prop)
	if a.Uncached && !forever {
		return b.fly(ctx, a, d, k, nil)
	}
	if keep {
		v, ok := b.values.look(k, b.Clock.Now())
		b.Counters.CacheTry("external", ok)
		if ok {
			return v, nil
		}
	}
	f, mine := b.values.join(k)
	if mine {
		return b.fly(ctx, a, d, k, f)
	}
	return f.wait(ctx)
}

// wait waits for the value.
func (f *flight) wait(ctx context.Context) (device.Value, error) {
	select {
	case <-ctx.Done():
		return device.Value{}, ctx.Err()
	case <-f.done:
		return f.value, f.err
	}
}

// fly fetches a value, for all who have joined the flight f; without one, for
// the caller alone.
func (b *Backend) fly(ctx context.Context, a local.Ask, d device.Driver, k valueKey, f *flight) (device.Value, error) {
	if f == nil {
		f = &flight{done: make(chan struct{})}
	}
	life, forever, keep := b.life(a.Prop)
	writes, until := b.values.written(a.At.ROM), time.Time{}
	if !forever {
		until = b.Clock.Now().Add(life)
	}
	go func() {
		f.value, f.err = b.fetch(context.WithoutCancel(ctx), a, d)
		b.values.land(k, f, until, keep, writes)
	}()
	return f.wait(ctx)
}
