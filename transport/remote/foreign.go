// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"path"
	"strings"
	"syscall"

	"owfs/owproto"
	"owfs/transport"
)

// variant asks the peer which of the conditional entries a device has. The
// answer does not change while it is the same device.
func (p *Peer) variant(ctx context.Context, s spot) (*listing, error) {
	key := "variant " + s.wire
	if list := p.listings.get(listingKey{wire: key}); list != nil {
		return list, nil
	}
	list, err := p.askOnce(ctx, listingKey{wire: s.wire}, 0)
	if err == nil {
		p.listings.put(listingKey{wire: key}, list)
	}
	return list, err
}

// foreign finds a place that only the peer knows: it must be in the listing of
// the directory above it, or at least be something that the peer can parse.
func (p *Peer) foreign(ctx context.Context, s spot, options owproto.Flags) (spot, error) {
	up, name := path.Split(s.wire)
	list, err := p.listing(ctx, upWire(up), options)
	if err != nil {
		return s, err
	}
	for _, n := range list.names {
		if n.name == name {
			s.entry = foreignEntry(n)
			s.kind = foreignFile
			if n.dir {
				s.kind = foreignDir
			}
			return s, nil
		}
	}
	return s, syscall.ENOENT
}

func upWire(up string) string {
	if up == "/" {
		return up
	}
	return strings.TrimSuffix(up, "/")
}

// foreignDir lists what only the peer knows.
func (p *Peer) foreignDir(ctx context.Context, s spot) ([]transport.Entry, error) {
	list, err := p.listing(ctx, s.wire, s.options)
	if err != nil {
		return nil, err
	}
	out := make([]transport.Entry, 0, len(list.names))
	for _, n := range list.names {
		out = append(out, foreignEntry(n))
	}
	return out, nil
}
