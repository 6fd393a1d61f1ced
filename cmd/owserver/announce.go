// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"

	"owfs/mdns"
)

// announce tells the networks by zeroconf where the server listens, until the
// context ends. That it can't is no reason not to serve.
func (s *service) announce(ctx context.Context, listeners []net.Listener) {
	if !s.cfg.Serve.Zeroconf.Or(true) {
		return
	}
	host, err := os.Hostname()
	if err != nil {
		s.log.Warn("the server is not announced: this machine has no name", "err", err)
		return
	}
	host, _, _ = strings.Cut(host, ".")
	var all sync.WaitGroup
	for _, l := range listeners {
		at, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			continue
		}
		o := mdns.Offer{
			Name: offerName(s.cfg.Serve.Announce, host, at.Port), Type: "_owserver._tcp", Host: host, Port: uint16(at.Port),
			Addrs: func(ifi net.Interface) []netip.Addr { return reachable(at, ifi) },
		}
		all.Go(func() {
			if err := mdns.Announce(ctx, o); err != nil {
				s.log.Warn("the server is not announced", "address", at, "err", err)
			}
		})
	}
	all.Wait()
}

// offerName is what users see: the name that was given or the suite's, with the
// port and, as it must be like no other's, the machine.
func offerName(given, host string, port int) string {
	tail := fmt.Sprintf(" %d (%s)", port, host)
	name := cmp.Or(given, "OWFS (1-wire) Server")
	return name[:min(len(name), max(0, 63-len(tail)))] + tail[:min(len(tail), 63)]
}

// reachable are the addresses of an interface at which a listener is.
func reachable(at *net.TCPAddr, ifi net.Interface) []netip.Addr {
	addrs, _ := ifi.Addrs()
	var all []netip.Addr
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		ip := p.Addr().Unmap()
		if at.IP.IsUnspecified() && !(at.IP.To4() != nil && ip.Is6()) && !ip.IsLinkLocalUnicast() || at.IP.Equal(ip.AsSlice()) {
			all = append(all, ip)
		}
	}
	return all
}
