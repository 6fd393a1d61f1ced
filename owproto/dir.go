// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"bytes"
	"context"
	"strings"
)

// Listing is the contents of a directory, in the server's order.
type Listing struct {
	Entries []ListEntry
	// Marked tells whether Dir of the entries means anything; old servers
	// do not tell directories from files.
	Marked bool
	Flags  DirFlags
}

// ListEntry is one name in a directory.
type ListEntry struct {
	Path string // from the root, spelled as the directory was asked for
	Dir  bool   // a directory, if the Listing is Marked
}

// Dir lists a directory. It uses the best message that the server knows:
// MsgDirAllSlash, MsgDirAll or MsgDir. With the last of them a listing may
// fail half-way; the entries so far then come with the error.
func (c *Client) Dir(ctx context.Context, path string, flags Flags) (Listing, error) {
	rep, err := c.firstKnown(ctx, &Request{Path: path, Flags: flags}, MsgDirAllSlash, MsgDirAll, MsgDir)
	if rep == nil {
		return Listing{}, err
	}
	return rep.listing(), err
}

// firstKnown asks with the first of the types that the server knows; path and
// flags are those of req.
func (c *Client) firstKnown(ctx context.Context, req *Request, types ...MessageType) (rep *reply, err error) {
	for i, t := range types {
		last := i == len(types)-1
		if c.caps.lacks(t) && !last {
			continue
		}
		req.Type = t
		rep, err = c.ask(ctx, req)
		if !isErrno(err, ErrUnknownMessage) {
			if rep != nil {
				rep.asked = t
			}
			return rep, err
		}
		c.caps.learn(t)
	}
	return rep, err
}

func (r *reply) listing() Listing {
	l := Listing{Flags: DirFlags(r.Offset), Marked: r.asked == MsgDirAllSlash || r.asked == MsgGetSlash}
	names := r.elements
	if r.asked != MsgDir {
		names = splitList(r.data())
	}
	for _, name := range names {
		l.Entries = append(l.Entries, newEntry(name, l.Marked))
	}
	return l
}

func newEntry(name string, marked bool) ListEntry {
	if path, ok := strings.CutSuffix(name, "/"); ok && marked && path != "" {
		return ListEntry{Path: path, Dir: true}
	}
	return ListEntry{Path: name}
}

// splitList takes a comma list apart. An alias may contain a comma (protocol
// section 4.3), but each name is a path from the root: a piece that does not
// begin as the first one does belongs to the one before it.
func splitList(list []byte) []string {
	list = bytes.TrimSuffix(list, []byte{0})
	if len(list) == 0 {
		return nil
	}
	pieces := strings.Split(string(list), ",")
	names := pieces[:1]
	rooted := strings.HasPrefix(pieces[0], "/")
	for _, p := range pieces[1:] {
		if rooted && !strings.HasPrefix(p, "/") {
			names[len(names)-1] += "," + p
		} else {
			names = append(names, p)
		}
	}
	return names
}
