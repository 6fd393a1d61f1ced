// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"time"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// maxFamilies bounds how many answers about /structure are remembered.
const maxFamilies = 4096

// structureSize is more than a file below /structure ever holds.
const structureSize = 64

// unknownLife is how long "no such property" is remembered of a family.
const unknownLife = time.Minute

// families remembers what the peer's /structure says of families and
// properties that the table does not have.
type families struct {
	mu     sync.Mutex
	codes  map[string]*device.Family // families the table lacks, nil: the peer lacks them, too
	props  map[string]property       // by "28/newprop"
	extras map[string][]listed       // by code: names that the table lacks
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
		texts := map[string]string{}
		p.gather(ctx, code, "", list, texts)
		if fam, err = device.FamilyFromStructure(code, texts); err != nil {
			p.Log.Warn("what the peer says of a family makes no sense", "peer", p.Addr, "family", code, "err", err)
		}
	}
	f := &p.families
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codes[code] = fam
	return fam
}

func isNotFound(err error) bool { return err == syscall.ENOENT }

// gather reads the files of one directory of a family, and of those in it.
func (p *Peer) gather(ctx context.Context, code, sub string, list *listing, texts map[string]string) {
	const maxProps, maxDepth = 1000, 4
	for _, n := range list.names {
		if len(texts) >= maxProps || strings.Count(sub, "/") > maxDepth {
			return
		}
		name := strings.TrimPrefix(sub+"/"+n.name, "/")
		wire := "/structure/" + code + "/" + name
		if n.dir {
			if inner, err := p.listing(ctx, wire, 0); err == nil {
				p.gather(ctx, code, name, inner, texts)
			}
		} else if text, err := p.Client.Read(ctx, wire, 0, structureSize, 0); err == nil {
			texts[name] = string(text)
		}
	}
}

// askProperty reads one file below the peer's /structure.
func (p *Peer) askProperty(ctx context.Context, code, name string) (device.Property, error) {
	text, err := p.Client.Read(ctx, "/structure/"+code+"/"+name, 0, structureSize, 0)
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
