// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"path"
	"strings"
	"syscall"

	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// kind says who can list or read a spot.
type kind uint8

const (
	busDir     kind = iota // lists devices: the root, bus.N, alarm, a hub's branch
	tableDir               // listed from a family's table
	tableFile              // known from a family's table
	structDir              // below /structure
	structFile             // below /structure
	foreignDir             // only the peer knows it
	foreignFile
)

// A spot is a place of the peer's tree that was found.
type spot struct {
	kind   kind
	wire   string // how the peer is told of it
	entry  transport.Entry
	family *device.Family // of tableDir and tableFile
	sub    string         // the path below the family
	file   device.File    // of tableFile, and of tableDir below the first level
	rom    hw.ROM         // of the device it belongs to, if any
	code   string         // the family code as /structure spells it, if any
	alarm  bool           // below alarm nothing is kept
	named  bool           // the device goes by an alias, which can move
	device string         // the wire path of that device
	segs   []string       // of structDir

	options owproto.Flags
}

// locate finds the place that a request names. Only the question whether a
// device is there, and names that no table has, cost a message.
func (p *Peer) locate(ctx context.Context, req transport.Request) (spot, error) {
	place, err := transport.Parse(req.Path)
	if err != nil {
		return spot{}, err
	}
	at := prefix(place)
	if err := p.bus(ctx, place, req.Options); err != nil {
		return spot{}, err
	}
	name := path.Base(req.Path)
	var s spot
	switch place.Word {
	case transport.NoWord:
		s, err = p.onBus(ctx, at, place, name, req.Options)
	case transport.Structure:
		s, err = p.inStructure(ctx, at, place.Segments)
	default:
		s, err = p.inTree(ctx, at, place, name)
	}
	s.options = req.Options
	if place.Uncached {
		s.options |= owproto.FlagUncached
	}
	return s, err
}

// onBus finds a place where devices are found: a bus, a device, a branch.
func (p *Peer) onBus(ctx context.Context, at string, place transport.Place, name string, options owproto.Flags) (spot, error) {
	s, err := p.below(ctx, at, place.Segments, options)
	if err != nil {
		return s, err
	}
	if len(place.Segments) == 0 {
		s.entry = entries.Dir(name, 0o755, transport.Listing, p.start)
	}
	if s.alarm = place.Alarm; s.alarm {
		s.wire = at + "/alarm" + strings.TrimPrefix(s.wire, at)
		s.wire = strings.TrimSuffix(s.wire, "/")
	}
	return s, nil
}

// prefix is the part of a wire path that says which bus is meant.
func prefix(place transport.Place) string {
	bus := transport.Place{Buses: place.Buses, Unaliased: place.Unaliased}
	return strings.TrimSuffix(bus.String(), "/")
}

// bus checks that the peer has the buses that the path names.
func (p *Peer) bus(ctx context.Context, place transport.Place, options owproto.Flags) error {
	for i := range place.Buses {
		up := transport.Place{Buses: place.Buses[:i]}
		want := path.Base(transport.Place{Buses: place.Buses[:i+1]}.String())
		list, err := p.listing(ctx, up.String(), options&^owproto.FlagUncached)
		if err != nil {
			return err
		}
		if !list.has(want) {
			return transport.Cause(syscall.ENOENT, "owserver %s has no %s", p.Addr, want)
		}
	}
	return nil
}

// below finds what segments mean where devices are found: on a bus, or on the
// branch of a hub.
func (p *Peer) below(ctx context.Context, at string, segs []string, options owproto.Flags) (spot, error) {
	if len(segs) == 0 {
		return spot{kind: busDir, wire: at + "/"}, nil
	}
	who, err := p.identify(ctx, at, segs[0], options)
	if err != nil {
		return spot{}, err
	}
	s := spot{wire: at + "/" + strings.Join(segs, "/"), device: at + "/" + segs[0], rom: who.rom, sub: strings.Join(segs[1:], "/")}
	if !who.device() {
		return p.foreign(ctx, s, options)
	}
	_, err = hw.ParseROM(segs[0])
	s.named = err != nil
	s.family, s.code = p.family(ctx, who.rom.Family())
	if len(segs) == 1 {
		s.kind, s.entry = tableDir, entries.Device(segs[0], p.times())
		return s, nil
	}
	if f, ok := s.family.Lookup(s.sub); ok {
		return p.found(s, f), nil
	}
	if branch, rest, ok := splitBranch(s.family, segs[1:]); ok {
		return p.onBranch(ctx, at+"/"+segs[0]+"/"+branch, rest, options)
	}
	return p.unlisted(ctx, s, options)
}

// found completes a spot that the table knows.
func (p *Peer) found(s spot, f device.File) spot {
	s.file = f
	s.entry = s.aliased(entries.File(path.Base(s.sub), f, p.times()))
	switch {
	case f.Prop != nil && f.Prop.Format == device.Directory:
		s.kind = busDir
		s.entry.Perm = 0o755
	case f.Dir:
		s.kind = tableDir
	default:
		s.kind = tableFile
	}
	return s
}

// aliased is an entry as it is below the spot's name for the device.
func (s spot) aliased(e transport.Entry) transport.Entry {
	if s.named {
		return e.Aliased()
	}
	return e
}

// splitBranch tells whether a path below a device goes through the branch of a
// hub, and what lies beyond.
func splitBranch(f *device.Family, segs []string) (branch string, rest []string, ok bool) {
	for i := 1; i < len(segs); i++ {
		sub := strings.Join(segs[:i], "/")
		if file, ok := f.Lookup(sub); ok && file.Prop != nil && file.Prop.Format == device.Directory {
			return sub, segs[i:], true
		}
	}
	return "", nil, false
}

// onBranch finds what segments mean on the branch of a hub: devices, and the
// directories alarm and simultaneous of that branch.
func (p *Peer) onBranch(ctx context.Context, at string, segs []string, options owproto.Flags) (spot, error) {
	place, err := transport.Parse("/" + strings.Join(segs, "/"))
	if err != nil {
		return spot{}, err
	}
	if len(place.Buses) > 0 {
		return spot{}, syscall.ENOENT
	}
	if place.Word != transport.NoWord && place.Word != transport.Simultaneous && place.Word != transport.Thermostat {
		return spot{}, syscall.ENOENT
	}
	if place.Word != transport.NoWord {
		return p.inTree(ctx, at, place, segs[len(segs)-1])
	}
	return p.onBus(ctx, at, place, segs[len(segs)-1], options)
}

// inTree finds a place in one of the trees that are no device.
func (p *Peer) inTree(ctx context.Context, at string, place transport.Place, name string) (spot, error) {
	word := string(place.Word)
	if place.Word == transport.Thermostat && at == prefix(transport.Place{Unaliased: place.Unaliased}) {
		at = "/bus.0" // at its root an owserver does not know which bus to ask
	}
	s := spot{
		family: p.Table.Tree(word),
		sub:    strings.Join(place.Segments, "/"),
		wire:   at + "/" + word,
	}
	if s.sub == "" {
		s.kind, s.entry = tableDir, entries.Dir(name, 0o755, transport.Static, p.start)
		if place.Word == transport.Simultaneous || place.Word == transport.Thermostat {
			s.entry.Perm, s.entry.ModTime = 0o777, p.times().Listed
		}
		return s, nil
	}
	s.wire += "/" + s.sub
	if f, ok := s.family.Lookup(s.sub); ok {
		s = p.found(s, f)
		s.entry = entries.Setting(name, f, p.times())
		return s, nil
	}
	return p.foreign(ctx, s, 0)
}

// inStructure finds a place below the peer's /structure.
func (p *Peer) inStructure(ctx context.Context, at string, segs []string) (spot, error) {
	s := spot{kind: structFile, wire: at + "/structure", segs: segs, sub: strings.Join(segs, "/")}
	if len(segs) > 0 {
		s.wire += "/" + s.sub
	}
	var err error
	if s.entry, err = p.structure().Stat(segs); err != nil {
		return p.foreign(ctx, s, 0)
	}
	if s.entry.Dir {
		s.kind = structDir
	}
	return s, nil
}
