// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"path"
	"slices"
	"strings"
	"syscall"

	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// A spot is a place of the tree that was found.
type spot struct {
	entry   transport.Entry
	at      Address
	bus     bool           // lists devices
	alarm   bool           // lists those that raise an alarm
	family  *device.Family // of a device, or a tree
	sub     string         // the path below it
	file    device.File
	options owproto.Flags
}

func (s spot) ask() Ask {
	return Ask{At: s.at, Family: s.family, Prop: s.file.Prop, Element: s.file.Element, Uncached: s.options&owproto.FlagUncached != 0}
}

// locate finds the place that a request names. It never asks the bus for more
// than whether a device is there.
func (b *Bus) locate(ctx context.Context, req transport.Request) (spot, error) {
	place, err := transport.Parse(req.Path)
	if err != nil {
		return spot{}, err
	}
	if len(place.Buses) > 0 {
		return spot{}, syscall.ENOENT
	}
	s := spot{options: req.Options}
	if place.Uncached {
		s.options |= owproto.FlagUncached
	}
	return b.find(ctx, s, place, path.Base(req.Path))
}

// find finds a place on the bus, or on the branch that s.at is about.
func (b *Bus) find(ctx context.Context, s spot, place transport.Place, base string) (spot, error) {
	switch place.Word {
	case transport.NoWord:
		if len(place.Segments) == 0 {
			s.bus, s.alarm = true, place.Alarm
			s.entry = entries.Dir(base, 0o755, transport.Listing, b.start)
			return s, nil
		}
		return b.device(ctx, s, place.Segments, base)
	case transport.Simultaneous, transport.Thermostat:
		return b.tree(s, place, base)
	}
	return s, syscall.ENOENT // the root has the others
}

// tree finds a place in the trees that speak to the whole bus.
func (b *Bus) tree(s spot, place transport.Place, base string) (spot, error) {
	s.family, s.sub = b.Table.Tree(string(place.Word)), strings.Join(place.Segments, "/")
	if s.sub == "" {
		s.entry = entries.Dir(base, 0o777, transport.Static, b.times().Listed)
		return s, nil
	}
	f, ok := s.family.Lookup(s.sub)
	if !ok {
		return s, syscall.ENOENT
	}
	s.file, s.entry = f, entries.Setting(base, f, b.times())
	return s, nil
}

// device finds a device that is there, or a place below it.
func (b *Bus) device(ctx context.Context, s spot, segs []string, base string) (spot, error) {
	rom, err := hw.ParseROM(segs[0])
	if err != nil {
		return s, transport.Cause(syscall.ENOENT, "%q is neither a ROM code nor an alias", segs[0])
	}
	s.at.ROM = rom
	s.family, _ = b.Table.Family(rom.Family())
	s.sub = strings.Join(segs[1:], "/")
	there, err := b.Backend.Present(ctx, s.at)
	switch {
	case err != nil:
		return s, err
	case !there:
		return s, transport.Cause(syscall.ENOENT, "device %v is not on the bus", rom)
	case s.sub == "":
		s.entry = entries.Device(base, b.times())
		return s, nil
	}
	if f, ok := s.family.Lookup(s.sub); ok {
		return b.found(s, f, base), nil
	}
	return b.branch(ctx, s, segs[1:], base)
}

func (b *Bus) found(s spot, f device.File, base string) spot {
	s.file, s.entry = f, entries.File(base, f, b.times())
	if hop, ok := hopOf(s.at.ROM, f); ok {
		s.bus, s.at = true, Address{Via: append(slices.Clone(s.at.Via), hop)}
		s.entry.Perm = 0o755
	}
	return s
}

// hopOf returns the branch that a directory of a device stands for.
func hopOf(rom hw.ROM, f device.File) (hw.Hop, bool) {
	if f.Prop == nil || f.Prop.Format != device.Directory {
		return hw.Hop{}, false
	}
	return hw.Hop{Coupler: rom, Aux: f.Prop.Name == "aux"}, true
}

// branch finds a place behind a hub.
func (b *Bus) branch(ctx context.Context, s spot, segs []string, base string) (spot, error) {
	f, ok := s.family.Lookup(segs[0])
	if !ok || len(segs) < 2 {
		return s, syscall.ENOENT
	}
	s = b.found(s, f, base)
	if !s.bus {
		return s, syscall.ENOENT
	}
	place, err := transport.Parse("/" + strings.Join(segs[1:], "/"))
	if err != nil || len(place.Buses) > 0 {
		return s, syscall.ENOENT
	}
	s.bus = false
	return b.find(ctx, s, place, base)
}
