// SPDX-License-Identifier: Apache-2.0

package mdns

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

var ethernet = net.Interface{Index: 2, Name: "eth0", Flags: net.FlagUp | net.FlagMulticast}

// message makes an answer of records in the form of zone files.
func message(t *testing.T, records ...string) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	for _, text := range records {
		r, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, r)
	}
	return m
}

func told(services []Service) string {
	var all []string
	for _, s := range services {
		name, _, _ := strings.Cut(s.Name, ".")
		all = append(all, fmt.Sprintf("%s %s%d%v", name, s.Host, s.Port, s.Addrs))
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

const (
	ptrA = "_x._tcp.local. 120 PTR a._x._tcp.local."
	srvA = "a._x._tcp.local. 120 SRV 0 0 80 pi.local."
	ptrB = "_x._tcp.local. 120 PTR b._x._tcp.local."
	srvB = "b._x._tcp.local. 120 SRV 0 0 81 pi.local."
	pi4  = "pi.local. 120 A 192.0.2.1"
	pi6  = "pi.local. 120 AAAA fe80::1"
)

func TestHear(t *testing.T) {
	for _, test := range []struct {
		name     string
		messages [][]string
		want     []string // told after each
	}{
		{"one", [][]string{{ptrA, srvA, pi4}, {ptrA, srvA, pi4}}, []string{"a pi.local.80[192.0.2.1]", ""}},
		{"two of one machine", [][]string{{ptrA, ptrB, srvA, srvB, pi6, pi4}},
			[]string{"a pi.local.80[192.0.2.1 fe80::1%eth0]; b pi.local.81[192.0.2.1 fe80::1%eth0]"}},
		{"in parts", [][]string{{ptrA}, {srvA}, {pi4}, {pi6}},
			[]string{"", "", "a pi.local.80[192.0.2.1]", "a pi.local.80[192.0.2.1 fe80::1%eth0]"}},
		{"moves", [][]string{{srvA, pi4}, {"PI.local. 120 A 192.0.2.9"}, {"A._X._TCP.local. 120 SRV 0 0 82 pi.local."}},
			[]string{"a pi.local.80[192.0.2.1]", "a pi.local.80[192.0.2.9]", "a pi.local.82[192.0.2.9]"}},
		{"to another machine", [][]string{{srvA, pi4}, {"a._x._tcp.local. 120 SRV 0 0 80 po.local."}, {"po.local. 120 A 192.0.2.2"}},
			[]string{"a pi.local.80[192.0.2.1]", "", "a po.local.80[192.0.2.2]"}},
		{"goodbye", [][]string{{srvA, pi4}, {"_x._tcp.local. 0 PTR a._x._tcp.local."}, {srvA, pi4}},
			[]string{"a pi.local.80[192.0.2.1]", "", "a pi.local.80[192.0.2.1]"}},
		{"something else", [][]string{{"_y._tcp.local. 9 PTR a._y._tcp.local.", "a._y._tcp.local. 9 SRV 0 0 80 pi.local.", pi4}}, []string{""}},
		{"addresses that lead nowhere", [][]string{{srvA, "pi.local. 9 A 127.0.0.1", "pi.local. 9 A 0.0.0.0", "pi.local. 9 A 224.0.0.1"}}, []string{""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBook("_x._tcp")
			for i, records := range test.messages {
				if got := told(b.hear(message(t, records...), ethernet)); got != test.want[i] {
					t.Errorf("message %d tells %q, want %q", i, got, test.want[i])
				}
			}
		})
	}
}

// What is missing is asked for, a few times.
func TestMissing(t *testing.T) {
	b := newBook("_x._tcp")
	ask := func(want string) {
		t.Helper()
		var all []string
		for _, q := range b.missing() {
			all = append(all, q.Name+dns.TypeToString[q.Qtype])
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("asks for %q, want %q", got, want)
		}
	}
	b.hear(message(t, ptrA), ethernet)
	ask("a._x._tcp.local.SRV")
	b.hear(message(t, srvA), ethernet)
	for range maxAsked {
		ask("pi.local.A pi.local.AAAA")
	}
	ask("")
	b.hear(message(t, ptrA), ethernet)
	ask("pi.local.A pi.local.AAAA")
	b.hear(message(t, pi4), ethernet)
	ask("")
}

// Nobody can fill the memory.
func TestBounds(t *testing.T) {
	b := newBook("_x._tcp")
	for i := range 2 * maxInstances {
		b.hear(message(t, fmt.Sprintf("i%d._x._tcp.local. 120 SRV 0 0 80 pi.local.", i)), ethernet)
	}
	if n := len(b.instances); n != maxInstances {
		t.Errorf("%d instances", n)
	}
	if n := len(b.missing()); n > maxQuestions+1 {
		t.Errorf("%d questions", n)
	}
	for i := range 100 {
		b.hear(message(t, fmt.Sprintf("pi.local. 120 A 192.0.2.%d", i), fmt.Sprintf("pi.local. 120 AAAA 2001:db8::%d", i)), ethernet)
	}
	if n := len(b.instances["i0._x._tcp.local."].Addrs); n != 2 {
		t.Errorf("%d addresses", n)
	}
}
