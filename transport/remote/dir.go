// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"slices"
	"strings"
	"syscall"

	"owfs/device"
	"owfs/hw"
	"owfs/transport"
	"owfs/transport/entries"
)

// dir lists a spot.
func (p *Peer) dir(ctx context.Context, s spot) ([]transport.Entry, error) {
	switch s.kind {
	case busDir:
		return p.busDir(ctx, s)
	case tableDir:
		return p.tableDir(ctx, s)
	case structDir:
		return p.structure().Dir(s.segs)
	case foreignDir:
		return p.foreignDir(ctx, s)
	}
	return nil, syscall.ENOTDIR
}

// busDir lists the devices of a bus and the directories that the peer has
// beside them.
func (p *Peer) busDir(ctx context.Context, s spot) ([]transport.Entry, error) {
	list, err := p.listing(ctx, s.wire, s.options)
	if err != nil {
		return nil, err
	}
	t := p.times()
	above := strings.Split(s.wire, "/")
	out := make([]transport.Entry, 0, len(list.names))
	for _, n := range list.names {
		switch {
		case !n.dir:
			out = append(out, entries.Foreign(n.name))
		case transport.Reserved(n.name):
			out = append(out, p.reserved(n.name, t))
		case !p.behindItself(n.name, above):
			out = append(out, entries.Device(n.name, t))
		}
	}
	return out, nil
}

// behindItself tells whether a listing names a device that the path already
// goes through. No hub hangs on its own branch; a simulated one says it does,
// and a tree with such branches would have no end.
func (p *Peer) behindItself(name string, above []string) bool {
	if len(above) < 3 {
		return false
	}
	rom, err := hw.ParseROM(name)
	for _, up := range above {
		if up == name {
			return true
		}
		if r, e := hw.ParseROM(up); err == nil && e == nil && r == rom {
			return true
		}
	}
	return false
}

func (p *Peer) reserved(name string, t entries.Times) transport.Entry {
	switch transport.Word(name) {
	case transport.Simultaneous, transport.Thermostat:
		return entries.Dir(name, 0o777, transport.Static, t.Listed)
	case transport.Settings, transport.System, transport.Statistics, transport.Structure, transport.Interface:
		return entries.Dir(name, 0o755, transport.Static, t.Start)
	}
	return entries.Dir(name, 0o755, transport.Listing, t.Start)
}

// tableDir lists a directory of a family's table. What is listed on condition
// only is asked from the peer, once for as long as it is the same device.
func (p *Peer) tableDir(ctx context.Context, s spot) ([]transport.Entry, error) {
	rows := s.family.List(s.sub)
	if slices.ContainsFunc(rows, func(e device.DirEntry) bool { return e.When != "" }) {
		if list, err := p.variant(ctx, s); err == nil {
			return p.known(s, list), nil
		} else if said(err) || ctx.Err() != nil {
			return nil, p.fault(ctx, err)
		}
		rows = slices.DeleteFunc(rows, func(e device.DirEntry) bool { return e.When != "" })
	}
	out := make([]transport.Entry, 0, len(rows))
	for _, r := range rows {
		out = append(out, p.row(s, r.Name, r.File))
	}
	if s.sub == "" && s.code != "" {
		out = append(out, p.extras(ctx, s)...)
	}
	return out, nil
}

func (p *Peer) row(s spot, name string, f device.File) transport.Entry {
	if !s.rom.Valid() {
		return entries.Setting(name, f, p.times())
	}
	e := entries.File(name, f, p.times())
	if f.Prop != nil && f.Prop.Format == device.Directory {
		e.Perm = 0o755
	}
	return s.aliased(e)
}

// known lists what the peer listed, with what the table knows of it.
func (p *Peer) known(s spot, list *listing) []transport.Entry {
	out := make([]transport.Entry, 0, len(list.names))
	for _, n := range list.names {
		if f, ok := s.family.Lookup(strings.TrimPrefix(s.sub+"/"+n.name, "/")); ok {
			out = append(out, p.row(s, n.name, f))
		} else {
			out = append(out, foreignEntry(n))
		}
	}
	return out
}

func foreignEntry(n listed) transport.Entry {
	if n.dir {
		e := entries.Dir(n.name, 0o755, transport.Unknown, entries.Times{}.Start)
		e.Lasting = false
		return e
	}
	return entries.Foreign(n.name)
}
