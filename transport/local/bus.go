// SPDX-License-Identifier: Apache-2.0

// Package local is a Transport over one 1-Wire bus of our own: a line with a
// bus master (package line), or devices that are only computed (package
// simulated). It knows paths, listings and the text of values; a Backend knows
// which devices there are and what their properties hold.
package local

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"syscall"
	"time"

	"owfs/device"
	"owfs/device/text"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// An Address says where a device is: behind which branches, and its ROM code.
// The zero ROM means the bus, or the branch, as a whole.
type Address struct {
	Via []hw.Hop
	ROM hw.ROM
}

// An Ask is a property of a device, or of the trees simultaneous and
// thermostat of a whole bus.
type Ask struct {
	At       Address
	Family   *device.Family
	Prop     *device.Property
	Element  device.Element
	Uncached bool // past every cache
}

// A Backend knows the devices of one bus. It may be called from many
// goroutines at a time. Its errors wrap a syscall.Errno, or are the line's
// (hw.IsLine) or the adapter's.
type Backend interface {
	// Devices lists the devices on the bus or a branch, with alarm those that
	// raise one; what was found a while ago will do unless fresh is set.
	Devices(ctx context.Context, via []hw.Hop, alarm, fresh bool) ([]hw.ROM, error)
	// Present tells whether a device is there.
	Present(ctx context.Context, at Address) (bool, error)
	// Read returns the value of a property that can be read.
	Read(ctx context.Context, a Ask) (device.Value, error)
	// Write sets a property that can be written.
	Write(ctx context.Context, a Ask, v device.Value) error
	// Shown tells whether a conditional entry of a device is listed.
	Shown(ctx context.Context, at Address, f *device.Family, when string) (bool, error)
}

// A PartWriter is a Backend that can write a part of a binary value without
// all of it being read and written.
type PartWriter interface {
	// WritePart writes from a byte on. can is false, and nothing is done, if
	// the property must be written as a whole.
	WritePart(ctx context.Context, a Ask, at int, p []byte) (can bool, err error)
}

// Config says what a Bus is. Backend and Table must be set.
type Config struct {
	Backend Backend
	Table   *device.Table
	Log     *slog.Logger // unset: nothing is logged
}

// A Bus is a Transport. Make one with New.
type Bus struct {
	Config
	start  time.Time
	listed atomic.Int64 // UnixNano of the latest listing
}

// New returns a Bus.
func New(c Config) *Bus {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bus{Config: c, start: time.Now()}
	b.listed.Store(b.start.UnixNano())
	return b
}

func (b *Bus) times() entries.Times {
	return entries.Times{Start: b.start, Listed: time.Unix(0, b.listed.Load())}
}

// Stat implements transport.Transport.
func (b *Bus) Stat(ctx context.Context, req transport.Request) (transport.Entry, error) {
	s, err := b.locate(ctx, req)
	return s.entry, transport.Wrap("stat", req.Path, fault(err))
}

// Dir implements transport.Transport.
func (b *Bus) Dir(ctx context.Context, req transport.Request) ([]transport.Entry, error) {
	s, err := b.locate(ctx, req)
	var list []transport.Entry
	if err == nil {
		list, err = b.dir(ctx, s)
	}
	return list, transport.Wrap("dir", req.Path, fault(err))
}

// Read implements transport.Transport.
func (b *Bus) Read(ctx context.Context, req transport.Request) ([]byte, error) {
	s, err := b.locate(ctx, req)
	var value []byte
	if err == nil {
		value, err = b.read(ctx, s)
	}
	return value, transport.Wrap("read", req.Path, fault(err))
}

// Write implements transport.Transport.
func (b *Bus) Write(ctx context.Context, req transport.Request, data []byte) (int, error) {
	s, err := b.locate(ctx, req)
	n := 0
	if err == nil {
		n, err = b.write(ctx, s, req.Offset, data)
	}
	return n, transport.Wrap("write", req.Path, fault(err))
}

// Describe implements transport.Describer.
func (b *Bus) Describe(ctx context.Context, req transport.Request) (map[string]string, error) {
	s, err := b.locate(ctx, req)
	if err != nil {
		return nil, transport.Wrap("describe", req.Path, fault(err))
	}
	about := map[string]string{"change": s.entry.Change.String()}
	if n := len(s.at.Via); s.at.ROM.Valid() {
		about["rom"] = s.at.ROM.String()
	} else if n > 0 && s.bus { // a branch is a part of its hub
		about["rom"] = s.at.Via[n-1].Coupler.String()
	}
	if s.file.Prop != nil {
		entries.Describe(about, s.file.Prop, s.options)
	}
	return about, nil
}

// read returns a value as text.
func (b *Bus) read(ctx context.Context, s spot) ([]byte, error) {
	switch {
	case s.entry.Dir:
		return nil, syscall.EISDIR
	case !s.entry.Readable():
		return nil, syscall.ENOTSUP
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v, err := b.Backend.Read(ctx, s.ask())
	if err != nil {
		return nil, err
	}
	return text.Format(s.file.Prop, s.file.Element, v, form(s.options))
}

// write takes a value as text.
func (b *Bus) write(ctx context.Context, s spot, offset int64, data []byte) (int, error) {
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
	p := s.file.Prop
	all := p.IsArray() && s.file.Element.Index == device.All
	if !hasOffsets(p.Format) || all {
		if all && offset > 0 {
			return 0, transport.Cause(syscall.EINVAL, "an array is written as a whole, from its start")
		}
		v, err := text.Parse(p, s.file.Element, data, form(s.options))
		if err == nil {
			err = b.Backend.Write(ctx, s.ask(), v)
		}
		if err != nil {
			return 0, err
		}
		return len(data), nil
	}
	return b.writePart(ctx, s, offset, data)
}

func hasOffsets(f device.Format) bool {
	switch f {
	case device.ASCII, device.VASCII, device.Alias, device.Binary:
		return true
	}
	return false
}

// writePart writes a part of a text or of bytes: what is there already stays
// around it.
func (b *Bus) writePart(ctx context.Context, s spot, offset int64, data []byte) (int, error) {
	p := s.file.Prop
	room := int64(max(p.Length, p.Written)) - offset
	if room <= 0 {
		return 0, nil
	}
	data = data[:min(int64(len(data)), room)]
	whole := data
	partly := offset > 0 || p.Format == device.Binary && len(data) < p.Length
	if w, ok := b.Backend.(PartWriter); ok && partly {
		if can, err := w.WritePart(ctx, s.ask(), int(offset), data); can {
			return len(data), err
		}
	}
	if partly && p.Access.CanRead() {
		ask := s.ask()
		ask.Uncached = true
		now, err := b.Backend.Read(ctx, ask)
		if err != nil {
			return 0, err
		}
		whole = append([]byte(nil), now.Bytes()...)
		for int64(len(whole)) < offset+int64(len(data)) {
			whole = append(whole, 0)
		}
		copy(whole[offset:], data)
	} else if offset > 0 {
		return 0, transport.Cause(syscall.EINVAL, "what can't be read is written as a whole, from its start")
	}
	return len(data), b.Backend.Write(ctx, s.ask(), device.Bytes(append([]byte(nil), whole...)))
}

// form is how the options want values spelled.
func form(o owproto.Flags) text.Form {
	return text.Form{
		Temperature: text.TemperatureScale(o.Temperature()),
		Pressure:    text.PressureScale(o.Pressure()),
		Padded:      o&owproto.FlagTrim == 0,
	}
}

// name spells a ROM code as the options want device names.
func name(rom hw.ROM, o owproto.Flags) string {
	f, i, crc := rom.String()[:2], rom.String()[3:], hexByte(rom[7])
	switch o.Format() {
	case owproto.FormatFI:
		return f + i
	case owproto.FormatFDotIDotC:
		return f + "." + i + "." + crc
	case owproto.FormatFDotIC:
		return f + "." + i + crc
	case owproto.FormatFIDotC:
		return f + i + "." + crc
	case owproto.FormatFIC:
		return f + i + crc
	}
	return f + "." + i
}

func hexByte(b byte) string { return fmt.Sprintf("%02X", b) }
