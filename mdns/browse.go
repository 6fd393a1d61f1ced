// SPDX-License-Identifier: Apache-2.0

package mdns

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	interval = time.Second // between looks at the interfaces, and the first questions
	longest  = time.Hour   // between later questions (RFC 6762 section 5.2)
)

// Browse calls found with every instance of a kind of service, such as
// "_http._tcp", and again when one has moved or is back after a goodbye, until
// the context ends. It fails only if this machine can't listen at all: networks
// may come and go. found must not block.
func Browse(ctx context.Context, service string, found func(Service)) error {
	sockets, err := open()
	if err != nil {
		return fmt.Errorf("listening for multicast DNS: %w", err)
	}
	b := &browser{sockets: sockets, book: newBook(service), heard: make(chan packet)}
	var listeners sync.WaitGroup
	for _, s := range sockets {
		listeners.Go(func() { s.listen(ctx, b.heard) })
	}
	b.run(ctx, found)
	for _, s := range sockets {
		s.conn.Close()
	}
	listeners.Wait()
	return nil
}

// A browser is a Browse under way.
type browser struct {
	sockets []*socket
	book    *book
	heard   chan packet
	links   map[int]link // by index, as of the latest look
	next    time.Time    // when to ask
	wait    time.Duration
}

// A link is an interface that multicast goes over.
type link struct {
	net.Interface
	looks string // what it looks like; another look is another network
}

func (b *browser) run(ctx context.Context, found func(Service)) {
	// Machines that were switched on together shall not all ask at once.
	timer := time.NewTimer(20*time.Millisecond + rand.N(100*time.Millisecond))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-b.heard:
			if l, ok := b.links[p.index]; ok {
				for _, s := range b.book.hear(p.msg, l.Interface) {
					found(s)
				}
			}
		case now := <-timer.C:
			b.tick(now)
			timer.Reset(interval)
		}
	}
}

// tick asks when it is time to: for the service at growing intervals, for what
// is missing of an instance at once.
func (b *browser) tick(now time.Time) {
	if b.look() {
		b.next, b.wait = now, interval
	}
	questions := b.book.missing()
	if !now.Before(b.next) {
		questions = append(questions, dns.Question{Name: b.book.service, Qtype: dns.TypePTR, Qclass: dns.ClassINET})
		b.next, b.wait = now.Add(b.wait), min(2*b.wait, longest)
	}
	if len(questions) == 0 {
		return
	}
	query, err := (&dns.Msg{Question: questions}).Pack()
	if err != nil {
		return // a name that can't be asked for
	}
	for _, l := range b.links {
		for _, s := range b.sockets {
			_ = s.send(query, &l.Interface) // it may have no address of the kind, or be gone
		}
	}
}

// look finds the interfaces that there are now, and tells whether one is new.
func (b *browser) look() bool {
	const want = net.FlagUp | net.FlagMulticast
	all, err := net.Interfaces()
	if err != nil {
		return false
	}
	links, news := map[int]link{}, false
	for _, ifi := range all {
		if ifi.Flags&(want|net.FlagPointToPoint) != want {
			continue
		}
		addrs, _ := ifi.Addrs()
		l := link{ifi, fmt.Sprint(ifi, addrs)}
		links[ifi.Index] = l
		if b.links[ifi.Index].looks == l.looks {
			continue
		}
		news = true
		for _, s := range b.sockets {
			_ = s.join(&l.Interface) // it may have been joined already
		}
	}
	b.links = links
	return news
}
