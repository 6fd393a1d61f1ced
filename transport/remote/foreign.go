// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/singleflight"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// maxFamilies bounds how many answers about /structure are remembered.
const maxFamilies = 4096

// unknownLife is how long "no such property" is remembered of a family.
const unknownLife = time.Minute

// families remembers what the peer's /structure says of families and
// properties that the table does not have.
type families struct {
	mu     sync.Mutex
	codes  map[string]*device.Family // families the table lacks, nil: the peer lacks them, too
	props  map[string]property       // by "28/newprop"
	extras map[string][]listed       // by code: names that the table lacks
	flight singleflight.Group
}

type property struct {
	file  device.File
	found bool
	until time.Time
}

func (f *families) init() {
	f.codes = map[string]*device.Family{}
	f.props = map[string]property{}
	f.extras = map[string][]listed{}
}

// family returns the table of a family and its code as /structure spells it.
// A family that the table lacks is asked from the peer once; until there is an
// answer the table's guess serves.
func (p *Peer) family(ctx context.Context, code byte) (*device.Family, string) {
	fam, exact := p.Table.Family(code)
	name := hexCode(code)
	if exact {
		return fam, name
	}
	f := &p.families
	f.mu.Lock()
	got, asked := f.codes[name]
	f.mu.Unlock()
	if !asked {
		got = p.askFamily(ctx, name)
	}
	if got != nil {
		return got, name
	}
	return fam, ""
}

func hexCode(code byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[code>>4], digits[code&15]})
}

// askFamily builds a family from the peer's /structure.
func (p *Peer) askFamily(ctx context.Context, code string) *device.Family {
	list, err := p.listing(ctx, "/structure/"+code, 0)
	if err != nil && ctx.Err() == nil && !isNotFound(err) {
		return nil // the peer is away; ask again
	}
	var fam *device.Family
	if err == nil {
		var props []device.Property
		p.gather(ctx, code, "", list, &props)
		fam = device.NewFamily(device.Family{Code: code, Properties: props})
	}
	f := &p.families
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codes[code] = fam
	return fam
}

func isNotFound(err error) bool { return err == syscall.ENOENT }

// gather reads the rows of one directory of a family, and of those in it.
func (p *Peer) gather(ctx context.Context, code, sub string, list *listing, props *[]device.Property) {
	const maxProps = 1000
	for _, n := range list.names {
		if len(*props) >= maxProps || strings.Count(sub, "/") > 4 {
			return
		}
		name := strings.TrimPrefix(sub+"/"+n.name, "/")
		if n.dir {
			*props = append(*props, device.Property{Name: name, Format: device.Subdir, Class: device.SubdirClass, Elements: 1})
			if inner, err := p.listing(ctx, "/structure/"+code+"/"+name, 0); err == nil {
				p.gather(ctx, code, name, inner, props)
			}
			continue
		}
		if strings.HasSuffix(name, ".BYTE") {
			continue // the same row as .ALL
		}
		if prop, err := p.askProperty(ctx, code, name); err == nil && !hasRow(*props, prop.Name) {
			*props = append(*props, prop)
		}
	}
}

func hasRow(props []device.Property, name string) bool {
	for i := range props {
		if props[i].Name == name {
			return true
		}
	}
	return false
}

// askProperty reads one file below the peer's /structure.
func (p *Peer) askProperty(ctx context.Context, code, name string) (device.Property, error) {
	wire := "/structure/" + code + "/" + name
	p.Log.Debug("wire", "msg", "read", "peer", p.Addr, "path", wire)
	text, err := p.Client.Read(ctx, wire, owproto.FlagOwnet, 64, 0)
	if err != nil {
		return device.Property{}, err
	}
	return device.ParseStructure(name, string(text))
}

// unlisted finds a property that the table of a known family lacks.
func (p *Peer) unlisted(ctx context.Context, s spot, options owproto.Flags) (spot, error) {
	if s.code == "" {
		return s, syscall.ENOENT
	}
	got, err := p.property(ctx, s.code, s.sub)
	switch {
	case err != nil:
		return s, err
	case !got.found:
		return s, syscall.ENOENT
	}
	s = p.found(s, got.file)
	s.entry.Lasting = false
	return s, nil
}

// property asks the peer's /structure for a property, and remembers the answer.
func (p *Peer) property(ctx context.Context, code, sub string) (property, error) {
	key := code + "/" + sub
	f := &p.families
	f.mu.Lock()
	got, ok := f.props[key]
	f.mu.Unlock()
	if ok && (got.found || p.Now().Before(got.until)) {
		return got, nil
	}
	prop, err := p.askProperty(ctx, code, sub)
	if !said(err) {
		if ctx.Err() != nil {
			return got, ctx.Err()
		}
		// The table has no such row and the peer is away: it never was there.
		return property{}, syscall.ENOENT
	}
	got = property{until: p.Now().Add(unknownLife)}
	if err == nil {
		mini := device.NewFamily(device.Family{Code: code, Properties: []device.Property{prop}})
		got.file, got.found = mini.Lookup(sub)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.props) >= maxFamilies {
		clear(f.props)
	}
	f.props[key] = got
	return got, nil
}

// extras lists the properties at the top of a device that the peer's family
// has and the table has not. The peer is asked once for each family.
func (p *Peer) extras(ctx context.Context, s spot) []transport.Entry {
	f := &p.families
	f.mu.Lock()
	names, asked := f.extras[s.code]
	f.mu.Unlock()
	if !asked {
		list, err := p.listing(ctx, "/structure/"+s.code, 0)
		if err != nil {
			return nil
		}
		names = missingFrom(s.family, list)
		f.mu.Lock()
		f.extras[s.code] = names
		f.mu.Unlock()
	}
	var out []transport.Entry
	for _, n := range names {
		if e, ok := p.extra(ctx, s, n); ok {
			out = append(out, e)
		}
	}
	return out
}

func (p *Peer) extra(ctx context.Context, s spot, n listed) (transport.Entry, bool) {
	if n.dir {
		return foreignEntry(n), true
	}
	got, err := p.property(ctx, s.code, n.name)
	if err != nil || !got.found {
		return transport.Entry{}, false
	}
	e := entries.File(n.name, got.file, p.times())
	e.Lasting = false
	return e, true
}

func missingFrom(fam *device.Family, list *listing) []listed {
	var names []listed
	for _, n := range list.names {
		if _, ok := fam.Lookup(n.name); !ok {
			names = append(names, n)
		}
	}
	return names
}

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
