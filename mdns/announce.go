// SPDX-License-Identifier: Apache-2.0

package mdns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// How long others may keep what is announced (RFC 6762 section 10): names of
// machines and what depends on them for two minutes, the rest for 75.
const (
	lifeOfHost = 120
	lifeOfName = 4500
)

// services is the name that answers with the kinds of service that there are
// (RFC 6763 section 9).
const services = "_services._dns-sd._udp.local."

// An Offer is a service of this machine that is announced.
type Offer struct {
	Name string // what users see: "OWFS (1-wire) Server 4304"; at most 63 bytes
	Type string // "_owserver._tcp"
	Host string // the machine's name without a domain
	Port uint16
	// Addrs are those of an interface at which the service is; none: it is not
	// announced there.
	Addrs func(net.Interface) []netip.Addr
}

// Announce answers those who look for the service, and says by itself that it is
// there, until the context ends; then it takes leave. Nobody is asked whether
// the name is taken: it must have something of this machine's in it.
func Announce(ctx context.Context, o Offer) error {
	switch {
	case o.Name == "" || len(o.Name) > 63:
		return fmt.Errorf("announcing %q: a name has 1 to 63 bytes", o.Name)
	case o.Host == "" || len(o.Host) > 63 || strings.Contains(o.Host, "."):
		return fmt.Errorf("announcing: %q is no name of a machine", o.Host)
	}
	sockets, err := open()
	if err != nil {
		return fmt.Errorf("listening for multicast DNS: %w", err)
	}
	a := &announcer{offer: o, sockets: sockets, asked: make(chan packet)}
	a.browser = browser{sockets: sockets}
	var listeners sync.WaitGroup
	for _, s := range sockets {
		listeners.Go(func() { s.receive(ctx, a.asked, origin.question) })
	}
	a.run(ctx)
	for _, s := range sockets {
		s.conn.Close()
	}
	listeners.Wait()
	return nil
}

// An announcer is an Announce under way.
type announcer struct {
	offer   Offer
	sockets []*socket
	asked   chan packet
	browser browser // knows the interfaces
	told    int     // how often it was said that the service is there
}

func (a *announcer) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			a.tellAll(0)
			return
		case p := <-a.asked:
			if l, ok := a.browser.links[p.index]; ok && a.about(p.msg) {
				a.tell(l.Interface, 1)
			}
		case <-timer.C:
			if a.browser.look() {
				a.told = 0
			}
			if a.told < 2 { // RFC 6762 section 8.3
				a.told++
				a.tellAll(1)
			}
			timer.Reset(interval)
		}
	}
}

// The names of the records.
func (a *announcer) kind() string { return a.offer.Type + ".local." }
func (a *announcer) instance() string {
	return strings.NewReplacer(`\`, `\\`, ".", `\.`).Replace(a.offer.Name) + "." + a.kind()
}
func (a *announcer) host() string { return a.offer.Host + ".local." }

// about tells whether a question is one that the service answers.
func (a *announcer) about(m *dns.Msg) bool {
	names := []string{services, a.kind(), a.instance(), a.host()}
	return slices.ContainsFunc(m.Question, func(q dns.Question) bool {
		return slices.ContainsFunc(names, func(name string) bool { return same(q.Name, name) })
	})
}

// same tells whether two names are equal, however they are escaped.
func same(a, b string) bool {
	x, y := dns.SplitDomainName(dns.CanonicalName(a)), dns.SplitDomainName(dns.CanonicalName(b))
	return slices.EqualFunc(x, y, func(a, b string) bool { return plain(a) == plain(b) })
}

// plain takes the escapes out of a label.
func plain(label string) string {
	var b strings.Builder
	for i := 0; i < len(label); i++ {
		if label[i] == '\\' && i+3 < len(label) && label[i+1] >= '0' && label[i+1] <= '9' {
			b.WriteByte((label[i+1]-'0')*100 + (label[i+2]-'0')*10 + label[i+3] - '0')
			i += 3
			continue
		}
		if label[i] == '\\' && i+1 < len(label) {
			i++
		}
		b.WriteByte(label[i])
	}
	return b.String()
}

func (a *announcer) tellAll(alive uint32) {
	for _, l := range a.browser.links {
		a.tell(l.Interface, alive)
	}
}

// tell sends all that there is to know over an interface; with alive 0 it takes
// leave.
func (a *announcer) tell(ifi net.Interface, alive uint32) {
	addrs := a.offer.Addrs(ifi)
	if len(addrs) == 0 {
		return
	}
	const flush = 1 << 15 // the only one of its name (RFC 6762 section 10.2)
	head := func(name string, t uint16, class uint16, life uint32) dns.RR_Header {
		return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET | class, Ttl: life * alive}
	}
	m := &dns.Msg{MsgHdr: dns.MsgHdr{Response: true, Authoritative: true}}
	m.Answer = []dns.RR{
		&dns.PTR{Hdr: head(services, dns.TypePTR, 0, lifeOfName), Ptr: a.kind()},
		&dns.PTR{Hdr: head(a.kind(), dns.TypePTR, 0, lifeOfName), Ptr: a.instance()},
		&dns.SRV{Hdr: head(a.instance(), dns.TypeSRV, flush, lifeOfHost), Port: a.offer.Port, Target: a.host()},
		&dns.TXT{Hdr: head(a.instance(), dns.TypeTXT, flush, lifeOfName), Txt: []string{""}},
	}
	if alive == 0 {
		m.Answer = m.Answer[1:2] // leave is taken of the instance, not of the machine
	}
	for _, addr := range addrs {
		switch {
		case alive == 0:
		case addr.Is4():
			m.Answer = append(m.Answer, &dns.A{Hdr: head(a.host(), dns.TypeA, flush, lifeOfHost), A: addr.AsSlice()})
		default:
			m.Answer = append(m.Answer, &dns.AAAA{Hdr: head(a.host(), dns.TypeAAAA, flush, lifeOfHost), AAAA: addr.AsSlice()})
		}
	}
	b, err := m.Pack()
	if err != nil {
		return
	}
	for _, s := range a.sockets {
		_ = s.send(b, &ifi) // it may have no address of the kind, or be gone
	}
}
