// SPDX-License-Identifier: Apache-2.0

package root

import (
	"bytes"
	"context"
	"errors"
	"syscall"

	"owfs/hw"
	"owfs/transport"
)

// Read implements transport.Transport.
func (r *Root) Read(ctx context.Context, req transport.Request) ([]byte, error) {
	defer r.Statistics.Enter("read")()
	r.Statistics.Add("read/calls", 1)
	value, err := r.read(ctx, req)
	if err != nil {
		return nil, rewrap("read", req.Path, err)
	}
	r.Statistics.Add("read/success", 1)
	r.Statistics.Add("read/bytes", uint64(len(value)))
	return value, nil
}

func (r *Root) read(ctx context.Context, req transport.Request) ([]byte, error) {
	t, err := r.resolve(req)
	switch segs := t.place.Segments; {
	case err != nil:
		return nil, err
	case t.shape != nil:
		return t.shape.Read(segs)
	case t.own != nil && len(segs) == 0:
		return nil, syscall.EISDIR
	case t.own != nil:
		return t.own.Read(segs, req.Options)
	case len(segs) == 0 && len(t.place.Buses) <= 1:
		return nil, syscall.EISDIR
	case t.all && t.place.Word != transport.NoWord:
		return r.readAll(ctx, t)
	}
	if t.alias {
		if name := r.alias(ctx, t); name != "" {
			return []byte(name), nil
		}
	}
	r.Statistics.AddElement("read/tries", 0)
	var value []byte
	err = r.on(ctx, t, func(b *Bus) error {
		value, err = b.Transport.Read(ctx, t.req)
		return err
	})
	return value, err
}

// alias returns our own alias of the device whose alias is meant.
func (r *Root) alias(ctx context.Context, t target) string {
	rom, err := r.romOf(ctx, t)
	if err != nil {
		return ""
	}
	return r.Aliases.Name(rom)
}

// romOf returns the ROM code of the device whose alias is meant. Under a name
// that is an alias of the peer's, the peer tells.
func (r *Root) romOf(ctx context.Context, t target) (hw.ROM, error) {
	var rom hw.ROM
	err := r.on(ctx, t, func(b *Bus) error {
		if _, err := b.Transport.Stat(ctx, t.req); err != nil {
			return err
		}
		if rom = t.rom; rom.Valid() {
			return nil
		}
		d, ok := b.Transport.(transport.Describer)
		if !ok {
			return syscall.ENOTSUP
		}
		about, err := d.Describe(ctx, t.req)
		if err != nil {
			return err
		}
		rom, err = hw.ParseROM(about["rom"])
		return err
	})
	return rom, err
}

// readAll reads what every bus has a value of: simultaneous and thermostat
// below the root of several buses. Yes of one bus is yes; else the first
// answer counts.
func (r *Root) readAll(ctx context.Context, t target) ([]byte, error) {
	var value []byte
	var failed error = syscall.ENOENT
	for _, b := range t.buses {
		got, err := b.Transport.Read(ctx, t.req)
		switch {
		case err != nil:
			failed = err
		case value == nil, bytes.Equal(got, []byte("1")):
			value = got
		}
	}
	if value == nil {
		return nil, failed
	}
	return value, nil
}

// Write implements transport.Transport.
func (r *Root) Write(ctx context.Context, req transport.Request, data []byte) (int, error) {
	defer r.Statistics.Enter("write")()
	r.Statistics.Add("write/calls", 1)
	n, err := r.write(ctx, req, data)
	if err != nil {
		return n, rewrap("write", req.Path, err)
	}
	r.Statistics.Add("write/success", 1)
	r.Statistics.Add("write/bytes", uint64(n))
	return n, nil
}

func (r *Root) write(ctx context.Context, req transport.Request, data []byte) (int, error) {
	t, err := r.resolve(req)
	switch segs := t.place.Segments; {
	case err != nil:
		return 0, err
	case r.ReadOnly:
		if _, err := r.stat(ctx, req); err != nil {
			return 0, err
		}
		return 0, syscall.EROFS
	case t.shape != nil:
		return 0, r.refuse(ctx, req)
	case t.own != nil && len(segs) == 0:
		return 0, syscall.EISDIR
	case t.own != nil:
		return t.own.Write(segs, data)
	case len(segs) == 0 && len(t.place.Buses) <= 1:
		return 0, syscall.EISDIR
	case t.all && t.place.Word != transport.NoWord:
		return r.writeAll(ctx, t, data)
	case t.alias:
		return r.setAlias(ctx, t, req.Offset, data)
	}
	r.Statistics.AddElement("write/tries", 0)
	n := 0
	err = r.on(ctx, t, func(b *Bus) error {
		n, err = b.Transport.Write(ctx, t.req, data)
		return err
	})
	return n, err
}

// refuse returns why a place below /structure can't be written.
func (r *Root) refuse(ctx context.Context, req transport.Request) error {
	e, err := r.stat(ctx, req)
	switch {
	case err != nil:
		return err
	case e.Dir:
		return syscall.EISDIR
	}
	return syscall.ENOTSUP
}

// setAlias names a device, for the users of this program.
func (r *Root) setAlias(ctx context.Context, t target, offset int64, data []byte) (int, error) {
	if offset >= maxAlias {
		return 0, nil
	}
	rom, err := r.romOf(ctx, t)
	if err != nil {
		return 0, err
	}
	data = data[:min(maxAlias, len(data))]
	return len(data), r.Aliases.Set(rom, string(data))
}

// maxAlias is the length of the property alias.
const maxAlias = 256

// writeAll tells every bus. It succeeds if it did so for one of them at least
// and the others do not have the place.
func (r *Root) writeAll(ctx context.Context, t target, data []byte) (int, error) {
	counts := make([]int, len(t.buses))
	errs := t.each(func(i int, b *Bus) (err error) {
		counts[i], err = b.Transport.Write(ctx, t.req, data)
		return err
	})
	n, ok := 0, false
	for i, err := range errs {
		if err == nil {
			n, ok = max(n, counts[i]), true
		}
	}
	for _, err := range errs {
		if err != nil && !(ok && errors.Is(err, syscall.ENOENT)) {
			return 0, err
		}
	}
	if !ok {
		return 0, syscall.ENOENT
	}
	return n, nil
}

var _ transport.Transport = (*Root)(nil)
var _ transport.Describer = (*Root)(nil)
