// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"time"

	"owfs/hw"
	"owfs/owproto"
)

// negativeLife is how long an absent name is remembered: long enough to answer
// the burst of look-ups that one command makes, too short to be noticed.
const negativeLife = time.Second

// maxNames bounds what names remembers; a client that makes up names must not
// fill the memory.
const maxNames = 16384

// who is what a name on a bus means.
type who struct {
	rom    hw.ROM // zero for what is no device, such as an external sensor
	absent bool
	until  time.Time
}

func (w who) device() bool { return w.rom != hw.ROM{} }

// names remembers what the names on the peer's buses mean. An entry that has
// expired still serves while the peer can't be reached.
type names struct {
	mu    sync.Mutex
	known map[string]who // by wire path
}

func (n *names) init() { n.known = map[string]who{} }

func (n *names) get(wire string) (who, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w, ok := n.known[wire]
	return w, ok
}

func (n *names) put(wire string, w who) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxNames {
		clear(n.known)
	}
	n.known[wire] = w
}

func (n *names) drop(wire string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.known, wire)
}

// dropNames forgets the names that are no ROM codes: an alias has changed.
func (n *names) dropAliases() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for wire := range n.known {
		if _, err := hw.ParseROM(wire[strings.LastIndexByte(wire, '/')+1:]); err != nil {
			delete(n.known, wire)
		}
	}
}

// identify says which device a name on a bus means, and fails with ENOENT if
// it is not there. at is the wire path of the bus, "" for the root.
func (p *Peer) identify(ctx context.Context, at, name string, options owproto.Flags) (who, error) {
	wire := at + "/" + name
	known, ok := p.names.get(wire)
	fresh := ok && p.Now().Before(known.until)
	p.Counters.CacheTry("device", fresh)
	if !fresh {
		w, err := p.ask(ctx, wire, name, options)
		switch {
		case err == nil:
			known = w
		case ok && !known.absent && ctx.Err() == nil:
			p.Log.Debug("peer does not answer, going by what was known", "peer", p.Addr, "path", wire, "err", err)
		default:
			return who{}, err
		}
	}
	if known.absent {
		return who{}, syscall.ENOENT
	}
	return known, nil
}

// ask sends a PRESENCE message. An error means that the peer gave no answer.
func (p *Peer) ask(ctx context.Context, wire, name string, options owproto.Flags) (who, error) {
	code, known, err := p.Client.Presence(ctx, wire, options&^owproto.FlagUncached)
	if !said(err) {
		return who{}, p.fault(ctx, err)
	}
	now := p.Now()
	w := who{absent: true, until: now.Add(negativeLife)}
	if err == nil {
		w = who{rom: code, until: now.Add(p.Life().Presence)}
		if rom, err := hw.ParseROM(name); err == nil {
			w.rom = rom
		} else if !known {
			w.rom = p.address(ctx, wire, options)
		}
	}
	p.names.put(wire, w)
	p.Counters.CacheAdd("device")
	return w, nil
}

// address asks an older server, whose PRESENCE says nothing more than yes,
// which device an alias means. Zero means that it is no device.
func (p *Peer) address(ctx context.Context, wire string, options owproto.Flags) hw.ROM {
	text, err := p.Client.Read(ctx, wire+"/address", options, 16, 0)
	if err != nil {
		return hw.ROM{}
	}
	rom, _ := hw.ParseROM(string(text))
	return rom
}

// seen records the devices of a listing as present.
func (p *Peer) seen(at string, names []string) {
	until := p.Now().Add(p.Life().Presence)
	for _, name := range names {
		if rom, err := hw.ParseROM(name); err == nil {
			p.names.put(at+"/"+name, who{rom: rom, until: until})
		}
	}
}
