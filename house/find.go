// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"math/bits"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"owfs/config"
	"owfs/device"
	"owfs/mdns"
	"owfs/owproto"
	"owfs/transport/virtual"
)

const (
	serverType = "_owserver._tcp"
	reply      = 2 * time.Second // that a server may take to show that it is one
	longestTry = time.Minute     // between attempts to reach a server that was announced
	maxServers = 256             // that are looked after
)

// A finder makes buses of the owservers that are announced.
type finder struct {
	house *House
	news  map[string]chan mdns.Service // by instance; only find uses it

	mu      sync.Mutex
	servers []*place // that are buses
}

// A place is where a server is now. It may move; its bus stays.
type place struct {
	at atomic.Pointer[netip.AddrPort]
}

func (p *place) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, p.at.Load().String())
}

// Find takes servers as they are announced and bus masters as they are plugged
// in, as far as the configuration asks for that, until the context ends.
func (h *House) Find(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range h.searches {
		all.Go(func() { h.seekOn(ctx, s) })
	}
	if h.browse {
		all.Go(func() { h.findServers(ctx) })
	}
	all.Wait()
}

// findServers takes servers as they are announced.
func (h *House) findServers(ctx context.Context) {
	f := &finder{house: h, news: map[string]chan mdns.Service{}}
	var followers sync.WaitGroup
	err := mdns.Browse(ctx, serverType, func(s mdns.Service) {
		news := f.news[s.Name]
		if news == nil && len(f.news) >= maxServers {
			return
		}
		if news == nil {
			news = make(chan mdns.Service, 1)
			f.news[s.Name] = news
			followers.Go(func() { f.follow(ctx, news) })
		}
		select { // only the latest counts
		case <-news:
		default:
		}
		news <- s
	})
	if err != nil {
		h.log.Error("--autoserver finds no servers; those that are named are there", "err", err)
	}
	followers.Wait()
}

// follow looks after one announced server: it is reached for until it answers,
// and again when it has moved.
func (f *finder) follow(ctx context.Context, news <-chan mdns.Service) {
	var bus *place
	var s mdns.Service
	var again <-chan time.Time
	wait := time.Second
	for {
		select {
		case <-ctx.Done():
			return
		case s = <-news:
			wait = time.Second
		case <-again:
		}
		at, ok := reach(ctx, s, bus)
		switch {
		case !ok:
			again, wait = time.After(wait), min(2*wait, longestTry)
			f.house.log.Info("an announced owserver does not answer", "host", s.Host, "port", s.Port, "addresses", s.Addrs)
			continue
		case bus == nil:
			bus = f.take(ctx, s, at)
		case *bus.at.Load() != at:
			f.house.log.Warn("owserver has moved", "host", s.Host, "server", at)
			bus.at.Store(&at)
		}
		again = nil
	}
}

// reach finds the address at which a server answers: the one known, one that
// was announced, or one with the bytes of the port swapped, as the C suite
// announces it on little-endian machines.
func reach(ctx context.Context, s mdns.Service, known *place) (at netip.AddrPort, ok bool) {
	var try []netip.AddrPort
	for _, port := range [...]uint16{s.Port, bits.ReverseBytes16(s.Port)} {
		for _, a := range s.Addrs {
			try = append(try, netip.AddrPortFrom(a, port))
		}
	}
	if known != nil && slices.Contains(try, *known.at.Load()) {
		try = append([]netip.AddrPort{*known.at.Load()}, try...)
	}
	for _, at := range try {
		c := &owproto.Client{Addr: at.String(), Silence: reply, Deadline: reply, NoPersist: true}
		err := c.Nop(ctx)
		c.Close()
		if err == nil {
			return at, true
		}
	}
	return at, false
}

// take makes a bus of a server, unless it is one already.
func (f *finder) take(ctx context.Context, s mdns.Service, at netip.AddrPort) *place {
	named, own := f.named(ctx), ownAddrs()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range s.Addrs {
		a := netip.AddrPortFrom(a, at.Port())
		for _, p := range f.servers {
			if same(*p.at.Load(), a, own) {
				return p
			}
		}
		if slices.ContainsFunc(named, func(b netip.AddrPort) bool { return same(a, b, own) }) {
			p := new(place)
			p.at.Store(&at)
			return p
		}
	}
	p := new(place)
	p.at.Store(&at)
	f.servers = append(f.servers, p)
	bus := f.house.peer(&owproto.Client{Addr: at.String(), Dial: p.dial})
	bus.Interface.Values = map[string]virtual.Value{
		"settings/address": {Read: func(device.Element) string { return p.at.Load().String() }},
	}
	n := f.house.root.Add(bus)
	f.house.log.Warn("owserver found", "host", s.Host, "server", at, "bus", n)
	return p
}

// named are the addresses of the servers that the user has named.
func (f *finder) named(ctx context.Context) []netip.AddrPort {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var all []netip.AddrPort
	for _, b := range f.house.named {
		if b.Kind != config.BusServer {
			continue
		}
		network, addr := owproto.SplitAddr(b.Address())
		host, port, err := net.SplitHostPort(addr)
		n, bad := strconv.ParseUint(port, 10, 16)
		if network != "tcp" || err != nil || bad != nil {
			continue
		}
		ips, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		for _, ip := range ips {
			all = append(all, netip.AddrPortFrom(ip.Unmap(), uint16(n)))
		}
	}
	return all
}

// same tells whether two addresses are of the same server. All that are this
// machine's own lead to the same.
func same(a, b netip.AddrPort, own map[netip.Addr]bool) bool {
	local := func(a netip.Addr) bool { return a.IsLoopback() || own[a.WithZone("")] }
	return a.Port() == b.Port() && (a.Addr() == b.Addr() || local(a.Addr()) && local(b.Addr()))
}

// ownAddrs are the addresses of this machine.
func ownAddrs() map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own[p.Addr()] = true
		}
	}
	return own
}
