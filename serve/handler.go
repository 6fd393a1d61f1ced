// SPDX-License-Identifier: Apache-2.0

// Package serve answers the requests of owserver clients out of a Transport.
package serve

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"

	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
)

// Config says what a Handler answers from. Tree and Table must be set.
type Config struct {
	Tree  transport.Transport
	Table *device.Table
	// ReadOnly refuses every write, also of clients that would be allowed to
	// by the tree.
	ReadOnly bool
	// Uncached tells whether every request goes past the caches now. Unset:
	// those that say so.
	Uncached func() bool
}

// A Handler is an owproto.Handler.
type Handler struct{ Config }

// asked are the flags that a tree is asked with; the others are the
// connection's.
const asked = owproto.FlagUncached | owproto.FlagTrim | 0x3<<16 | 0x7<<18 | 0xFF<<24

// HandleOW implements owproto.Handler.
func (h Handler) HandleOW(ctx context.Context, r *owproto.Request) (owproto.Reply, error) {
	q, err := h.question(r)
	if err != nil {
		return owproto.Reply{}, errno(err)
	}
	var reply owproto.Reply
	switch r.Type {
	case owproto.MsgRead:
		reply.Value, err = h.read(ctx, q)
	case owproto.MsgWrite:
		reply.Written, err = h.write(ctx, q)
	case owproto.MsgPresence:
		reply.ROM, err = h.presence(ctx, q)
	case owproto.MsgGet, owproto.MsgGetSlash:
		reply.Listing, err = h.list(ctx, q)
		if errors.Is(err, syscall.ENOTDIR) {
			reply.Value, err = h.read(ctx, q)
		}
	default:
		reply.Listing, err = h.list(ctx, q)
	}
	return reply, errno(err)
}

// A question is a request as the tree is asked it.
type question struct {
	*owproto.Request
	req   transport.Request
	place transport.Place
	slash bool // the path ends in a slash, so that it must be a directory
}

func (h Handler) question(r *owproto.Request) (question, error) {
	q := question{Request: r, req: transport.Request{Path: "/" + strings.TrimPrefix(r.Path, "/"), Options: r.Flags & asked, Offset: int64(r.Offset)}}
	if h.Uncached != nil && h.Uncached() {
		q.req.Options |= owproto.FlagUncached
	}
	if r.Flags&owproto.FlagSafe != 0 {
		q.req.Options &^= owproto.FlagUncached
	}
	if strings.Contains(q.req.Path, "//") {
		return q, syscall.ENOENT
	}
	if q.req.Path != "/" {
		q.req.Path, q.slash = strings.CutSuffix(q.req.Path, "/")
	}
	var err error
	q.place, err = transport.Parse(q.req.Path)
	return q, err
}

// file tells why a path does not lead to a file, if it does not.
func (h Handler) file(ctx context.Context, q question) (transport.Entry, error) {
	e, err := h.Tree.Stat(ctx, q.req)
	switch {
	case err != nil:
		return e, err
	case e.Dir:
		return e, syscall.EISDIR
	case q.slash:
		return e, syscall.ENOENT
	}
	return e, nil
}

// read returns the part of a value that was asked for.
func (h Handler) read(ctx context.Context, q question) ([]byte, error) {
	fits := q.Size > 0 && q.Size <= owproto.MaxRequest
	if q.slash || !fits {
		if _, err := h.file(ctx, q); err != nil {
			return nil, err
		}
		if !fits {
			return nil, syscall.EMSGSIZE
		}
	}
	v, err := h.Tree.Read(ctx, q.req)
	switch {
	case errors.Is(err, syscall.EISDIR): // if it is there
		_, gone := h.Tree.Stat(ctx, q.req)
		return nil, cmp.Or(gone, err)
	case err != nil:
		return nil, err
	case q.Offset < 0 || int(q.Offset) >= len(v):
		return nil, nil // not an error (protocol section 1.4)
	}
	v = v[q.Offset:]
	if int(q.Size) >= len(v) {
		return v, nil
	}
	if array(q.place) { // the end of a list is no list
		return nil, h.tooSmall(ctx, q)
	}
	return v[:q.Size], nil
}

// array tells whether a path names all elements of an array.
func array(p transport.Place) bool {
	if len(p.Segments) == 0 {
		return false
	}
	last := p.Segments[len(p.Segments)-1]
	return len(last) > 4 && strings.EqualFold(last[len(last)-4:], ".ALL")
}

// tooSmall is what clients are told who have no room for a list: it depends on
// its elements (protocol section 1.4).
func (h Handler) tooSmall(ctx context.Context, q question) error {
	if d, ok := h.Tree.(transport.Describer); ok {
		if about, err := d.Describe(ctx, q.req); err == nil && strings.HasSuffix(about["format"], "ascii") {
			return syscall.EMSGSIZE
		}
	}
	return syscall.ERANGE
}

// write hands over a value.
func (h Handler) write(ctx context.Context, q question) (int, error) {
	if h.ReadOnly || q.Flags&owproto.FlagSafe != 0 {
		if _, err := h.Tree.Stat(ctx, q.req); err != nil {
			return 0, err
		}
		return 0, syscall.EROFS
	}
	if q.slash {
		if _, err := h.file(ctx, q); err != nil {
			return 0, err
		}
	}
	if q.Offset < 0 {
		return 0, nil
	}
	return h.Tree.Write(ctx, q.req, q.Data)
}

// presence finds a place, and the code of the device that it is about.
func (h Handler) presence(ctx context.Context, q question) (rom [8]byte, err error) {
	e, err := h.Tree.Stat(ctx, q.req)
	switch {
	case err != nil:
		return rom, err
	case q.slash && !e.Dir:
		return rom, syscall.ENOENT
	}
	return h.rom(ctx, q), nil
}

// rom is the code of the device that a path is about, or zero.
func (h Handler) rom(ctx context.Context, q question) hw.ROM {
	if d, ok := h.Tree.(transport.Describer); ok {
		if about, err := d.Describe(ctx, q.req); err == nil {
			rom, _ := hw.ParseROM(about["rom"])
			return rom
		}
	}
	return hw.ROM{}
}

// list lists a directory.
func (h Handler) list(ctx context.Context, q question) (*owproto.Listing, error) {
	entries, err := h.Tree.Dir(ctx, q.req)
	if err != nil {
		if errors.Is(err, syscall.ENOTDIR) && q.slash {
			err = syscall.ENOENT
		}
		return nil, err
	}
	root := len(q.place.Segments) == 0 && q.place.Word == transport.NoWord && len(q.place.Buses) == 0
	if root {
		slices.SortStableFunc(entries, func(a, b transport.Entry) int { return cmp.Compare(rank(a), rank(b)) })
		turnBuses(entries)
	}
	l := &owproto.Listing{Marked: true}
	at := strings.TrimSuffix(q.req.Path, "/")
	for _, e := range entries {
		if (root || branch(q.place)) && !e.Device && q.Flags&owproto.FlagBusList == 0 {
			continue
		}
		l.Entries = append(l.Entries, owproto.ListEntry{Path: at + "/" + e.Name, Dir: e.Dir})
		if e.Device {
			l.Flags |= h.can(ctx, q, e.Name)
		}
	}
	return l, nil
}

// branch tells whether a path is one of a hub's branches, which are listed as
// the root is.
func branch(p transport.Place) bool {
	n := len(p.Segments)
	return n > 1 && p.Word == transport.NoWord && (p.Segments[n-1] == "main" || p.Segments[n-1] == "aux")
}

// can is what a device that was listed can do.
func (h Handler) can(ctx context.Context, q question, name string) owproto.DirFlags {
	rom, err := hw.ParseROM(name)
	if err != nil { // an alias
		q.req.Path = strings.TrimSuffix(q.req.Path, "/") + "/" + name
		rom = h.rom(ctx, q)
	}
	f, _ := h.Table.Family(rom.Family())
	var can owproto.DirFlags
	for _, c := range [...]struct {
		has  device.Flags
		flag owproto.DirFlags
	}{
		{device.CanResume, owproto.DirResume},
		{device.CanAlarm, owproto.DirAlarm},
		{device.CanOverdrive, owproto.DirOverdrive},
		{device.CanChain, owproto.DirChain},
		{device.MassVoltage, owproto.DirVoltage},
		{device.MassTemperature, owproto.DirTemperature},
	} {
		if f.Flags&c.has != 0 {
			can |= c.flag
		}
	}
	return can
}

// rank is where an entry stands in the listing of a root (protocol section 4.3).
func rank(e transport.Entry) int {
	order := [...]string{"uncached", "settings", "system", "statistics", "structure", "simultaneous", "alarm"}
	switch {
	case e.Device:
		return 0
	case strings.HasPrefix(e.Name, "bus."):
		return 1
	}
	if i := slices.Index(order[:], e.Name); i >= 0 {
		return 2 + i
	}
	return 2 + len(order)
}

// turnBuses puts the buses of a sorted listing into descending order.
func turnBuses(entries []transport.Entry) {
	is := func(e transport.Entry) bool { return rank(e) == 1 }
	from := slices.IndexFunc(entries, is)
	if from < 0 {
		return
	}
	to := from
	for to < len(entries) && is(entries[to]) {
		to++
	}
	slices.Reverse(entries[from:to])
}

// errno makes an error of a tree one of the protocol. What leads nowhere has
// one number, whatever the reason: clients know no other (protocol section 1.4).
func errno(err error) error {
	if err == nil {
		return nil
	}
	var e owproto.Errno
	if errors.As(err, &e) {
		return err
	}
	n := owproto.ErrIO
	var sys syscall.Errno
	if errors.As(err, &sys) {
		switch sys {
		case syscall.ENOENT, syscall.ENAMETOOLONG, syscall.EPERM:
			n = owproto.ErrUnknownPath
		case syscall.EACCES:
			n = 13
		case syscall.ETIMEDOUT, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.EHOSTUNREACH:
			n = owproto.ErrIO
		default:
			n = owproto.Errno(sys)
		}
	}
	return &fault{n, err}
}

// A fault is an error with the number that clients are told.
type fault struct {
	number owproto.Errno
	err    error
}

func (f *fault) Error() string   { return f.err.Error() }
func (f *fault) Unwrap() []error { return []error{f.number, f.err} }
