// SPDX-License-Identifier: Apache-2.0

package mdns

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// port is that of multicast DNS, on both ends.
const port = 5353

// A socket talks to the multicast group of IPv4 or IPv6.
type socket struct {
	conn *net.UDPConn
	join func(*net.Interface) error
	send func([]byte, *net.Interface) error
	read func([]byte) (origin, error)
}

// An origin is where a datagram comes from, and its length.
type origin struct {
	n     int
	index int // of the interface
	from  net.Addr
	to    net.IP
}

// A packet is a message, and the interface that it came over.
type packet struct {
	msg   *dns.Msg
	index int
}

// open returns the sockets that this machine can have, or why it has none.
func open() ([]*socket, error) {
	var all []*socket
	var errs []error
	for _, f := range [...]func() (*socket, error){open4, open6} {
		if s, err := f(); err == nil {
			all = append(all, s)
		} else {
			errs = append(errs, err)
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, errors.Join(errs...)
}

// That the address listened to is one of multicast makes package net share the
// port with others; it receives all the same what is for any address.

func open4() (*socket, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(224, 0, 0, 0), Port: port})
	if err != nil {
		return nil, err
	}
	group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: port}
	p := ipv4.NewPacketConn(conn)
	if err := errors.Join(p.SetControlMessage(ipv4.FlagDst|ipv4.FlagInterface, true),
		p.SetMulticastLoopback(true), p.SetMulticastTTL(255)); err != nil {
		conn.Close()
		return nil, err
	}
	return &socket{
		conn: conn,
		join: func(ifi *net.Interface) error { return p.JoinGroup(ifi, group) },
		send: func(b []byte, ifi *net.Interface) error {
			_, err := p.WriteTo(b, &ipv4.ControlMessage{IfIndex: ifi.Index}, group)
			return err
		},
		read: func(b []byte) (origin, error) {
			n, cm, from, err := p.ReadFrom(b)
			if cm == nil {
				return origin{}, err
			}
			return origin{n, cm.IfIndex, from, cm.Dst}, err
		},
	}, nil
}

func open6() (*socket, error) {
	conn, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.ParseIP("ff02::"), Port: port})
	if err != nil {
		return nil, err
	}
	group := &net.UDPAddr{IP: net.ParseIP("ff02::fb"), Port: port}
	p := ipv6.NewPacketConn(conn)
	if err := errors.Join(p.SetControlMessage(ipv6.FlagDst|ipv6.FlagInterface, true),
		p.SetMulticastLoopback(true), p.SetMulticastHopLimit(255)); err != nil {
		conn.Close()
		return nil, err
	}
	return &socket{
		conn: conn,
		join: func(ifi *net.Interface) error { return p.JoinGroup(ifi, group) },
		send: func(b []byte, ifi *net.Interface) error {
			_, err := p.WriteTo(b, &ipv6.ControlMessage{IfIndex: ifi.Index}, group)
			return err
		},
		read: func(b []byte) (origin, error) {
			n, cm, from, err := p.ReadFrom(b)
			if cm == nil {
				return origin{}, err
			}
			return origin{n, cm.IfIndex, from, cm.Dst}, err
		},
	}, nil
}

// listen hands on the answers that come, until the context ends or the socket
// is closed.
func (s *socket) listen(ctx context.Context, heard chan<- packet) {
	s.receive(ctx, heard, origin.answer)
}

// receive hands on the messages that want wants.
func (s *socket) receive(ctx context.Context, heard chan<- packet, want func(origin, []byte) *dns.Msg) {
	buf := make([]byte, 1<<16)
	for {
		o, err := s.read(buf)
		var m *dns.Msg
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			select {
			case <-ctx.Done():
				return
			case <-time.After(interval):
			}
			continue
		default:
			m = want(o, buf[:o.n])
		}
		if m == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case heard <- packet{m, o.index}:
		}
	}
}

// answer returns the message in a datagram if it is an answer as RFC 6762 has
// them: sent from the port, to the group.
func (o origin) answer(b []byte) *dns.Msg {
	from, ok := o.from.(*net.UDPAddr)
	if !ok || from.Port != port || !o.to.IsMulticast() {
		return nil
	}
	m := new(dns.Msg)
	if m.Unpack(b) != nil || !m.Response || m.Opcode != dns.OpcodeQuery || m.Rcode != dns.RcodeSuccess {
		return nil
	}
	return m
}

// question returns the message in a datagram if it is a question to the group.
func (o origin) question(b []byte) *dns.Msg {
	if !o.to.IsMulticast() {
		return nil
	}
	m := new(dns.Msg)
	if m.Unpack(b) != nil || m.Response || m.Opcode != dns.OpcodeQuery {
		return nil
	}
	return m
}
