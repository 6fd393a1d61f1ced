// SPDX-License-Identifier: Apache-2.0

package mdns

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// A Service is an instance of a kind of service.
type Service struct {
	Name  string // unique on its network: `Kitchen._http._tcp.local.`
	Host  string // the machine: "pi.local."
	Port  uint16
	Addrs []netip.Addr // of the machine, IPv4 first; at least one
}

func (s Service) equal(o Service) bool {
	return s.Host == o.Host && s.Port == o.Port && slices.Equal(s.Addrs, o.Addrs)
}

const (
	maxInstances = 256
	maxAddrs     = 16
	maxQuestions = 10 // in one query
	maxAsked     = 4  // times that the missing parts of an instance are asked for
)

// A book notes what the answers tell.
type book struct {
	service   string // "_http._tcp.local."
	instances map[string]*instance
}

// An instance is what is known of a service.
type instance struct {
	Service
	told  Service // as it was handed on
	asked int
}

func newBook(service string) *book {
	return &book{service: service + ".local.", instances: map[string]*instance{}}
}

// hear notes what a message from an interface says, and returns the services
// that have become known by it, or have changed.
func (b *book) hear(m *dns.Msg, from net.Interface) []Service {
	records := slices.Concat(m.Answer, m.Extra)
	for _, r := range records {
		switch r := r.(type) {
		case *dns.PTR:
			if strings.EqualFold(r.Hdr.Name, b.service) {
				b.note(r.Ptr, r.Hdr.Ttl)
			}
		case *dns.SRV:
			if i := b.note(r.Hdr.Name, r.Hdr.Ttl); i != nil {
				if i.Host != r.Target {
					i.Addrs = nil
				}
				i.Host, i.Port = r.Target, r.Port
			}
		}
	}
	for host, addrs := range addresses(records, from) {
		b.locate(host, addrs)
	}
	return b.news()
}

// note returns the instance of a name, nil if the name is that of something
// else, says goodbye or is one too many.
func (b *book) note(name string, ttl uint32) *instance {
	key := strings.ToLower(name)
	if !strings.HasSuffix(key, "."+b.service) {
		return nil
	}
	if ttl == 0 {
		delete(b.instances, key)
		return nil
	}
	i := b.instances[key]
	switch {
	case i != nil:
		i.asked = 0
	case len(b.instances) < maxInstances:
		i = &instance{Service: Service{Name: name}}
		b.instances[key] = i
	}
	return i
}

// locate notes the addresses of a machine: those of the kinds that are told
// anew take the place of the earlier ones.
func (b *book) locate(host string, addrs []netip.Addr) {
	fresh := map[bool]bool{}
	for _, a := range addrs {
		fresh[a.Is4()] = true
	}
	for _, i := range b.instances {
		if !strings.EqualFold(i.Host, host) {
			continue
		}
		all := slices.Clone(addrs)
		for _, a := range i.Addrs {
			if !fresh[a.Is4()] {
				all = append(all, a)
			}
		}
		slices.SortFunc(all, order)
		all = slices.Compact(all)
		i.Addrs = all[:min(maxAddrs, len(all))]
	}
}

// order puts IPv4 first and addresses that need a zone last.
func order(a, b netip.Addr) int {
	if a.IsLinkLocalUnicast() != b.IsLinkLocalUnicast() {
		if b.IsLinkLocalUnicast() {
			return -1
		}
		return 1
	}
	return a.Compare(b)
}

// news returns what can be handed on and has not been yet.
func (b *book) news() []Service {
	var all []Service
	for _, i := range b.instances {
		if i.Port != 0 && len(i.Addrs) > 0 && !i.equal(i.told) {
			i.told = i.Service
			all = append(all, i.told)
		}
	}
	return all
}

// missing are the questions for what is not known of an instance.
func (b *book) missing() []dns.Question {
	var all []dns.Question
	for _, i := range b.instances {
		if i.Port != 0 && len(i.Addrs) > 0 || i.asked >= maxAsked || len(all) >= maxQuestions {
			continue
		}
		i.asked++
		if i.Port == 0 {
			all = append(all, dns.Question{Name: i.Name, Qtype: dns.TypeSRV, Qclass: dns.ClassINET})
			continue
		}
		for _, t := range [...]uint16{dns.TypeA, dns.TypeAAAA} {
			all = append(all, dns.Question{Name: i.Host, Qtype: t, Qclass: dns.ClassINET})
		}
	}
	return all
}

// addresses are the addresses that records tell, by the machine's name, and
// that make sense from where they come.
func addresses(records []dns.RR, from net.Interface) map[string][]netip.Addr {
	all := map[string][]netip.Addr{}
	for _, r := range records {
		var ip net.IP
		switch r := r.(type) {
		case *dns.A:
			ip = r.A
		case *dns.AAAA:
			ip = r.AAAA
		}
		a, ok := netip.AddrFromSlice(ip)
		a = a.Unmap()
		host := r.Header().Name
		switch {
		case !ok, r.Header().Ttl == 0, a.IsUnspecified(), a.IsMulticast(), len(all[host]) >= maxAddrs:
			continue
		case a.IsLoopback() && from.Flags&net.FlagLoopback == 0:
			continue // that would be ourselves
		case a.Is6() && a.IsLinkLocalUnicast():
			a = a.WithZone(from.Name)
		}
		all[host] = append(all[host], a)
	}
	return all
}
