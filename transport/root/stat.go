// SPDX-License-Identifier: Apache-2.0

package root

import (
	"context"
	"errors"
	"syscall"

	"owfs/transport"
	"owfs/transport/entries"
)

// Stat implements transport.Transport.
func (r *Root) Stat(ctx context.Context, req transport.Request) (transport.Entry, error) {
	e, err := r.stat(ctx, req)
	if err != nil {
		return transport.Entry{}, rewrap("stat", req.Path, err)
	}
	e.Name = base(req.Path)
	return r.shown(e), nil
}

func (r *Root) stat(ctx context.Context, req transport.Request) (transport.Entry, error) {
	t, err := r.resolve(req)
	if err != nil {
		return transport.Entry{}, err
	}
	switch segs := t.place.Segments; {
	case t.shape != nil:
		return t.shape.Stat(segs)
	case t.own != nil && len(segs) == 0:
		return entries.Dir("", 0o755, transport.Static, r.start), nil
	case t.own != nil:
		return t.own.Stat(segs)
	case len(segs) == 0 && t.place.Word == transport.NoWord && len(t.place.Buses) <= 1:
		return entries.Dir("", 0o755, transport.Listing, r.start), nil
	case t.all && t.place.Word != transport.NoWord:
		return r.statAny(ctx, t)
	}
	var e transport.Entry
	err = r.on(ctx, t, func(b *Bus) error {
		e, err = b.Transport.Stat(ctx, t.req)
		return err
	})
	if t.named {
		e = e.Aliased()
	}
	return e, err
}

// statAny returns what the first bus that knows the place says of it.
func (r *Root) statAny(ctx context.Context, t target) (e transport.Entry, err error) {
	err = syscall.ENOENT
	for _, b := range t.buses {
		if e, err = b.Transport.Stat(ctx, t.req); err == nil || !errors.Is(err, syscall.ENOENT) {
			return e, err
		}
	}
	return e, err
}

// shown takes the write bits away where nothing can be written.
func (r *Root) shown(e transport.Entry) transport.Entry {
	if r.ReadOnly && !e.Dir {
		e.Perm &^= 0o222
	}
	return e
}

// Describe implements transport.Describer.
func (r *Root) Describe(ctx context.Context, req transport.Request) (map[string]string, error) {
	t, err := r.resolve(req)
	if err != nil {
		return nil, rewrap("describe", req.Path, err)
	}
	about := map[string]string{}
	if t.own != nil {
		if f, ok := t.own.File(t.place.Segments); ok && f.Prop != nil {
			entries.Describe(about, f.Prop, req.Options)
		}
		return about, nil
	}
	if t.shape != nil || len(t.place.Segments) == 0 && t.place.Word == transport.NoWord {
		return about, nil
	}
	err = r.on(ctx, t, func(b *Bus) error {
		if d, ok := b.Transport.(transport.Describer); ok {
			about, err = d.Describe(ctx, t.req)
			return err
		}
		return nil
	})
	if rom := about["rom"]; rom != "" && r.ReadOnly && about["access"] == "rw" {
		about["access"] = "ro"
	}
	return about, rewrap("describe", req.Path, err)
}
