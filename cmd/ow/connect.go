// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"owfs/certs"
	"owfs/mdns"
	"owfs/owproto"
)

// browseTime is how long --autoserver looks for a server.
const browseTime = 5 * time.Second

// connect returns a client of the server that the options name. Its first
// request is the first to show whether the server is there.
func (j *job) connect(ctx context.Context, lasting bool) (*owproto.Client, error) {
	addr := address(j.set.server)
	if j.set.browse {
		var err error
		if addr, err = find(ctx); err != nil {
			return nil, err
		}
	}
	if err := resolve(ctx, addr); err != nil {
		return nil, &failure{code: exitAddress, err: fmt.Errorf("-s %s: %w", addr, err),
			hint: "a server is named as port, host, host:port, [::1]:port, unix:/path or tls:host:port"}
	}
	secure, err := certs.Client(j.set.tls)
	if err != nil {
		return nil, &failure{err: err, hint: "--tls_cert, --tls_key and --tls_ca name files in PEM form"}
	}
	return &owproto.Client{
		TLS:       secure,
		Addr:      addr,
		Silence:   j.set.timeout + time.Second, // as the C programs
		Deadline:  24 * time.Hour,              // a server that pings is waited for: it is the user who gives up
		NoPersist: !lasting,
	}, nil
}

// address is what the C programs understand by -s host:port where owproto means
// another thing: with them the port follows the last colon of an IPv6 address,
// and there is no other way to name one.
func address(addr string) string {
	i := strings.LastIndexByte(addr, ':')
	if i < 0 {
		return addr
	}
	host, err := netip.ParseAddr(addr[:i])
	if _, bad := strconv.ParseUint(addr[i+1:], 10, 16); err != nil || bad != nil || !host.Is6() {
		return addr
	}
	return net.JoinHostPort(addr[:i], addr[i+1:])
}

// resolve checks that an address means something, before anything is asked.
func resolve(ctx context.Context, addr string) error {
	network, address := owproto.SplitAddr(addr)
	if network != "tcp" {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := net.DefaultResolver.LookupPort(ctx, network, port); err != nil {
		return err
	}
	_, err = net.DefaultResolver.LookupHost(ctx, host)
	return err
}

// find returns the address of the first announced server that answers.
func find(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, browseTime)
	defer cancel()
	told := make(chan mdns.Service, 16)
	browsed := make(chan error, 1)
	go func() {
		browsed <- mdns.Browse(ctx, "_owserver._tcp", func(s mdns.Service) {
			select {
			case told <- s:
			default: // there are enough to try
			}
		})
	}()
	for {
		select {
		case s := <-told:
			if addr, ok := answering(ctx, s); ok {
				cancel()
				<-browsed
				return addr, nil
			}
		case err := <-browsed:
			if err == nil {
				err = errors.New("no owserver is announced in the local network")
			}
			return "", &failure{err: fmt.Errorf("--autoserver: %w", err), hint: "name a server with -s host:port"}
		}
	}
}

// answering finds the address at which a server is reached. The C suite
// announces its port with the bytes swapped on little-endian machines.
func answering(ctx context.Context, s mdns.Service) (string, bool) {
	for _, port := range [...]uint16{s.Port, bits.ReverseBytes16(s.Port)} {
		for _, a := range s.Addrs {
			addr := netip.AddrPortFrom(a, port).String()
			c := &owproto.Client{Addr: addr, NoPersist: true}
			err := c.Nop(ctx)
			c.Close()
			if err == nil {
				return addr, true
			}
		}
	}
	return "", false
}
