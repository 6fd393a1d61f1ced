// SPDX-License-Identifier: Apache-2.0

package root

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// maxNested bounds how many bus.N inside of each other are listed: servers
// that ask each other in a circle would make a tree without an end. Deeper
// ones can still be opened by name.
const maxNested = 8

// Dir implements transport.Transport.
func (r *Root) Dir(ctx context.Context, req transport.Request) ([]transport.Entry, error) {
	defer r.Statistics.Enter("directory")()
	r.Statistics.Depth(req.Path)
	list, err := r.dir(ctx, req)
	if err != nil {
		return nil, rewrap("dir", req.Path, err)
	}
	for i := range list {
		list[i] = r.shown(list[i])
	}
	return list, nil
}

// ours gives the directories that Stat answers for by itself the times that it
// tells.
func (r *Root) ours(t target, list []transport.Entry) []transport.Entry {
	for i, e := range list {
		if (e.Name == "alarm" || e.Name == "uncached") && !e.Device && len(t.place.Buses) <= 1 {
			list[i].ModTime = r.start
		}
	}
	return list
}

func (r *Root) dir(ctx context.Context, req transport.Request) ([]transport.Entry, error) {
	t, err := r.resolve(req)
	if err != nil {
		return nil, err
	}
	segs := t.place.Segments
	switch {
	case t.shape != nil:
		return t.shape.Dir(segs)
	case t.own != nil:
		return t.own.Dir(segs)
	case len(segs) == 0 && t.place.Word == transport.NoWord:
		return r.busDir(ctx, t)
	}
	var list []transport.Entry
	if t.all && t.place.Word != transport.NoWord {
		list, err = r.union(ctx, t)
	} else {
		err = r.on(ctx, t, func(b *Bus) error {
			list, err = b.Transport.Dir(ctx, t.req)
			return err
		})
	}
	if t.named {
		for i := range list {
			list[i] = list[i].Aliased()
		}
	}
	r.Statistics.Add("directory/device/calls", 1)
	r.Statistics.Add("directory/device/entries", uint64(len(list)))
	return r.rename(t, list), err
}

// busDir lists what has devices: the root, bus.N, alarm, uncached.
func (r *Root) busDir(ctx context.Context, t target) ([]transport.Entry, error) {
	r.Statistics.Add("directory/bus/calls", 1)
	if len(t.place.Buses) > 0 {
		return r.oneBus(ctx, t)
	}
	list, err := r.union(ctx, t)
	if err != nil {
		return nil, err
	}
	if t.place.Alarm {
		return r.rename(t, list), nil
	}
	out, rest := split(list)
	for n := range t.buses {
		out = append(out, entries.Dir(fmt.Sprint("bus.", n), 0o755, transport.Listing, r.start))
	}
	if t.req.Options&owproto.FlagUncached == 0 {
		out = append(out, entries.Dir("uncached", 0o755, transport.Listing, r.start))
	}
	for _, w := range [...]transport.Word{transport.Settings, transport.System, transport.Statistics, transport.Structure} {
		out = append(out, entries.Dir(string(w), 0o755, transport.Static, r.start))
	}
	for _, name := range [...]string{"simultaneous", "alarm"} {
		if e, ok := rest[name]; ok {
			out = append(out, e)
		}
	}
	r.Statistics.Add("directory/bus/entries", uint64(len(out)))
	return r.rename(t, r.ours(t, out)), nil
}

// split tells the devices of a listing from the directories beside them.
func split(list []transport.Entry) (devices []transport.Entry, rest map[string]transport.Entry) {
	rest = map[string]transport.Entry{}
	for _, e := range list {
		if !transport.Reserved(e.Name) {
			devices = append(devices, e)
		} else {
			rest[e.Name] = e
		}
	}
	return devices, rest
}

// oneBus lists bus.N: its interface, and what the bus lists itself.
func (r *Root) oneBus(ctx context.Context, t target) ([]transport.Entry, error) {
	list, err := t.bus.Transport.Dir(ctx, t.req)
	if err != nil {
		return nil, err
	}
	var out []transport.Entry
	if len(t.place.Buses) == 1 && !t.place.Alarm {
		out = append(out, entries.Dir("interface", 0o755, transport.Static, r.start))
	}
	for _, e := range list {
		switch {
		case e.Name == "interface" && len(out) > 0 && out[0].Name == "interface":
		case e.Name == "uncached" && t.place.Uncached:
		case isBus(e.Name) && len(t.place.Buses) >= maxNested:
		default:
			out = append(out, e)
		}
	}
	r.Statistics.Add("directory/bus/entries", uint64(len(out)))
	return r.rename(t, r.ours(t, out)), nil
}

func isBus(name string) bool {
	place, err := transport.Parse("/" + name)
	return err == nil && len(place.Buses) > 0
}

// union lists what all buses have, each name once. A bus that can't be asked
// does not hide the others; if none can be asked and there is no directory to
// show in spite of that, it is their error.
func (r *Root) union(ctx context.Context, t target) ([]transport.Entry, error) {
	lists := make([][]transport.Entry, len(t.buses))
	errs := t.each(func(i int, b *Bus) (err error) {
		lists[i], err = b.Transport.Dir(ctx, t.req)
		return err
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []transport.Entry
	for i, list := range lists {
		for _, e := range list {
			if !seen[e.Name] {
				seen[e.Name] = true
				out = append(out, e)
				if e.Device && len(t.buses) > 1 {
					r.home.put(e.Name, i)
				}
			}
		}
	}
	if t.place.Word == transport.NoWord && !t.place.Alarm {
		return out, nil // the root is there, whoever else is
	}
	return out, firstUseful(errs, len(out) > 0)
}

func firstUseful(errs []error, some bool) error {
	if some {
		return nil
	}
	var missing error
	for _, err := range errs {
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.ENOENT):
			missing = err
		default:
			return err
		}
	}
	return missing
}

// rename shows devices by our own aliases.
func (r *Root) rename(t target, list []transport.Entry) []transport.Entry {
	if t.place.Unaliased || r.Settings.Unaliased() {
		return list
	}
	for i, e := range list {
		if !e.Device {
			continue
		}
		if rom, err := hw.ParseROM(e.Name); err == nil {
			if name := r.Aliases.Name(rom); name != "" {
				list[i].Name = name
			}
		}
	}
	return list
}
