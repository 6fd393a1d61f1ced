// SPDX-License-Identifier: Apache-2.0

// Package line is a Backend over a 1-Wire line with a bus master. It keeps what
// it has found and read for as long as the class of each property allows, lets
// all who want the same value at a time share one transaction, and one
// conversion serve all thermometers.
package line

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"syscall"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport"
	"owfs/transport/local"
)

// Life are the lifetimes of what is kept. Zero means not at all.
type Life struct {
	Volatile, Stable, Directory, Presence time.Duration
}

// DefaultLife is what the C suite has.
func DefaultLife() Life {
	return Life{Volatile: 15 * time.Second, Stable: 300 * time.Second, Directory: 60 * time.Second, Presence: 120 * time.Second}
}

// Counters are told what the caches do, under the names of /statistics/cache.
type Counters interface {
	CacheTry(cache string, hit bool)
	CacheAdd(cache string)
	CacheExpire(cache string)
	CacheDelete(cache string)
	// AddElement counts a try after the first, as read/tries or write/tries.
	AddElement(name string, try int)
}

// Config says what a Backend works on. Line and Table must be set.
type Config struct {
	Line     *hw.Line
	Table    *device.Table
	Clock    hw.Clock     // unset: hw.Wall
	Life     func() Life  // asked each time; unset: DefaultLife
	Counters Counters     // unset: nobody is told
	Log      *slog.Logger // unset: nothing is logged
}

// A Backend is a local.Backend. Make one with New.
type Backend struct {
	Config
	found   found
	values  values
	facts   facts
	measure measure
	turns   turns

	searchErrors [tries]atomic.Uint64 // by the try that failed
	shorted      atomic.Bool          // and the user knows
}

// New returns a Backend. The line is not touched before it is asked something.
func New(c Config) *Backend {
	if c.Clock == nil {
		c.Clock = hw.Wall{}
	}
	if c.Life == nil {
		c.Life = DefaultLife
	}
	if c.Counters == nil {
		c.Counters = silent{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Backend{Config: c}
}

type silent struct{}

func (silent) CacheTry(string, bool)  {}
func (silent) CacheAdd(string)        {}
func (silent) CacheExpire(string)     {}
func (silent) CacheDelete(string)     {}
func (silent) AddElement(string, int) {}

// tries is how often a transaction is tried on a sick line.
const tries = 3

// retry runs f until it succeeds or trying again is no use.
func (b *Backend) retry(ctx context.Context, what string, f func() error) error {
	var err error
	for try := range tries {
		err = f()
		b.noteShort(err)
		if err == nil || !device.Again(err) || ctx.Err() != nil {
			return err
		}
		b.Log.Debug("trying again", "what", what, "try", try+1, "err", err)
	}
	return err
}

// noteShort tells the user once that the line is shorted, and once that it is
// not any more.
func (b *Backend) noteShort(err error) {
	switch short := errors.Is(err, hw.ErrShort); {
	case short && !b.shorted.Swap(true):
		b.Log.Warn("the line is shorted: nothing on it can be reached until that is mended", "err", err)
	case err == nil && b.shorted.Load() && b.shorted.Swap(false):
		b.Log.Warn("the line is not shorted any more")
	}
}

// Shown implements local.Backend.
func (b *Backend) Shown(ctx context.Context, at local.Address, f *device.Family, when string) (bool, error) {
	if f.Shown == nil {
		return false, nil
	}
	key := "shown " + when
	if known, ok := b.facts.get(at.ROM, key).(bool); ok {
		return known, nil
	}
	var yes bool
	err := b.retry(ctx, when, func() (err error) {
		yes, err = f.Shown(ctx, b.chip(local.Ask{At: at, Family: f}), when)
		return err
	})
	if err == nil {
		b.facts.set(at.ROM, key, yes)
	}
	return yes, err
}

// Read implements local.Backend.
func (b *Backend) Read(ctx context.Context, a local.Ask) (device.Value, error) {
	if a.At.ROM == (hw.ROM{}) {
		return b.readCommon(ctx, a)
	}
	d := a.Family.Drivers[a.Prop.Name]
	if d.Read == nil {
		return device.Value{}, notBuilt(a, "read")
	}
	return local.Combine(a.Prop, a.Element, func(e device.Element) (device.Value, error) {
		a.Element = e
		return b.get(ctx, a, d)
	})
}

// Write implements local.Backend.
func (b *Backend) Write(ctx context.Context, a local.Ask, v device.Value) error {
	if a.At.ROM == (hw.ROM{}) {
		return b.writeCommon(ctx, a, v)
	}
	d := a.Family.Drivers[a.Prop.Name]
	if d.Write == nil {
		return notBuilt(a, "written")
	}
	defer b.values.drop(a.At.ROM)
	return b.spread(ctx, a, v, d)
}

// WritePart implements local.PartWriter.
func (b *Backend) WritePart(ctx context.Context, a local.Ask, at int, p []byte) (can bool, err error) {
	d := a.Family.Drivers[a.Prop.Name]
	if d.WriteAt == nil {
		return false, nil
	}
	defer b.values.drop(a.At.ROM)
	return true, b.putting(ctx, a, func(ctx context.Context) error { return d.WriteAt(ctx, b.chip(a), a.Element, at, p) })
}

// spread calls the driver for the elements that were written, in the way in
// which the property's elements combine.
func (b *Backend) spread(ctx context.Context, a local.Ask, v device.Value, d device.Driver) error {
	p, e := a.Prop, a.Element
	switch {
	case !p.IsArray(), p.Combine == device.Mixed, p.Combine == device.Sparse:
		return b.put(ctx, a, v, d)
	case p.Combine == device.Aggregate:
		return b.exclusively(ctx, a.At.ROM, func(ctx context.Context) error { return b.change(ctx, a, v, d) })
	case e.Index >= 0:
		return b.put(ctx, a, v, d)
	}
	for i := range p.Elements {
		a.Element = device.Element{Index: i}
		one := device.Flag(v.Bits()>>i&1 == 1)
		if e.Index == device.All && p.Format != device.Bitfield {
			one = v.List()[i]
		}
		if err := b.put(ctx, a, one, d); err != nil {
			return err
		}
	}
	return nil
}

// exclusively runs f while nobody else changes the device in parts: a part is
// read, changed and written again, and two at a time would lose one's change.
// A driver that does so for another property of its device has the turn already.
func (b *Backend) exclusively(ctx context.Context, rom hw.ROM, f func(context.Context) error) error {
	type key struct{ rom hw.ROM }
	if ctx.Value(key{rom}) != nil {
		return f(ctx)
	}
	turn := b.turns.of(rom)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case turn <- struct{}{}:
	}
	defer func() { <-turn }()
	return f(context.WithValue(ctx, key{rom}, true))
}

// change writes an element, or all, of what is written as a whole. The other
// elements are read, past the cache.
func (b *Backend) change(ctx context.Context, a local.Ask, v device.Value, d device.Driver) error {
	whole := a
	whole.Element = device.Element{Index: device.All}
	bits := a.Prop.Format == device.Bitfield
	if bits {
		whole.Element = device.Element{Index: device.Byte}
	}
	switch {
	case a.Element == whole.Element:
		return b.put(ctx, whole, v, d)
	case bits && a.Element.Index == device.All:
		return b.put(ctx, whole, device.Bits(v.Bits()), d) // a list of bits is had as a whole
	case d.Read == nil:
		return transport.Cause(syscall.ENOTSUP, "%s is written as a whole: its elements can't be read", a.Prop.Name)
	case d.AtOnce:
		return b.putting(ctx, a, func(ctx context.Context) error {
			outer := b.chip(whole).(chip)
			return outer.Do(ctx, func(tx *hw.Tx) error {
				inner := outer
				inner.tx = tx
				now, err := d.Read(ctx, inner, whole.Element)
				if err != nil {
					return err
				}
				return d.Write(ctx, inner, whole.Element, replaced(a, now, v))
			})
		})
	}
	fresh := whole
	fresh.Uncached = true
	now, err := b.get(ctx, fresh, d)
	if err != nil {
		return err
	}
	return b.put(ctx, whole, replaced(a, now, v), d)
}

// replaced is a whole with one element changed.
func replaced(a local.Ask, whole, v device.Value) device.Value {
	if a.Prop.Format == device.Bitfield {
		all := whole.Bits() &^ (1 << a.Element.Index)
		return device.Bits(all | uint64(v.Int()&1)<<a.Element.Index)
	}
	list := append([]device.Value(nil), whole.List()...)
	list[a.Element.Index] = v
	return device.List(list...)
}

// put runs the driver's Write.
func (b *Backend) put(ctx context.Context, a local.Ask, v device.Value, d device.Driver) error {
	return b.putting(ctx, a, func(ctx context.Context) error { return d.Write(ctx, b.chip(a), a.Element, v) })
}

// putting writes in the way of f.
func (b *Backend) putting(ctx context.Context, a local.Ask, f func(context.Context) error) error {
	// Once begun, a write is not left in the middle.
	ctx = context.WithoutCancel(ctx)
	try := 0
	err := b.retry(ctx, a.Prop.Name, func() error {
		b.count("write/tries", &try)
		return f(ctx)
	})
	return b.explain(ctx, a.At, err)
}

// fetch runs the driver's Read.
func (b *Backend) fetch(ctx context.Context, a local.Ask, d device.Driver) (device.Value, error) {
	var v device.Value
	try := 0
	err := b.retry(ctx, a.Prop.Name, func() (err error) {
		b.count("read/tries", &try)
		v, err = d.Read(ctx, b.chip(a), a.Element)
		return err
	})
	return v, b.explain(ctx, a.At, err)
}

// count counts a try. The first was counted with the request.
func (b *Backend) count(name string, try *int) {
	if *try > 0 {
		b.Counters.AddElement(name, *try)
	}
	*try++
}

// explain finds out whether a transaction has failed because the device has left.
func (b *Backend) explain(ctx context.Context, at local.Address, err error) error {
	if !hw.IsLine(err) || errors.Is(err, hw.ErrShort) || at.ROM == (hw.ROM{}) {
		return err
	}
	b.facts.drop(at.ROM, onParasite) // somebody may have pulled its supply
	if b.gone(ctx, at) {
		return transport.Cause(syscall.ENOENT, "device %v has left the bus", at.ROM)
	}
	return err
}

func notBuilt(a local.Ask, done string) error {
	return transport.Cause(syscall.ENOTSUP, "%s of a %s can't be %s on a bus by this version", a.Prop.Name, a.Family.Type, done)
}
