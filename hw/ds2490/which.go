// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"owfs/hw"
)

// A Stick is a DS2490 on the computer's USB.
type Stick struct {
	Bus, Address int   // the address changes when it is plugged in anew
	Ports        []int // through which hub ports it is reached
}

// Path names the place where the stick is plugged in, as the kernel does: 1-1.4
// is port 4 of the hub at port 1 of bus 1. It can be given to Open.
func (s Stick) Path() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d", s.Bus)
	for i, port := range s.Ports {
		fmt.Fprintf(&text, "%c%d", "-."[min(i, 1)], port)
	}
	return text.String()
}

// Node is the file of the stick on Linux.
func (s Stick) Node() string { return fmt.Sprintf("/dev/bus/usb/%03d/%03d", s.Bus, s.Address) }

func (s Stick) String() string { return fmt.Sprintf("%s (%d:%d)", s.Path(), s.Bus, s.Address) }

// byPlace is the order in which sticks are counted. It goes by the place, so that
// one that is plugged in anew at the same place keeps its number.
func byPlace(a, b Stick) int {
	return cmp.Or(cmp.Compare(a.Bus, b.Bus), slices.Compare(a.Ports, b.Ports), cmp.Compare(a.Address, b.Address))
}

// A choice says which stick is meant. At most one of its fields is set; none
// means the first one that is free.
type choice struct {
	nth          int // from 1
	bus, address int
	path         string
	device       hw.ROM // is on its line
}

// ErrWhich says that a text does not name a stick.
var ErrWhich = errors.New("that names no USB stick: give its number (2), bus:device (1:4), its place (1-1.4), or the code of its own chip (81.4F1A2B000000)")

// parse reads what Open gets.
func parse(which string) (choice, error) {
	if which == "" {
		return choice{}, nil
	}
	if rom, err := hw.ParseROM(which); err == nil {
		return choice{device: rom}, nil
	}
	if bus, address, ok := strings.Cut(which, ":"); ok {
		n, okBus := number(bus)
		m, okAddress := number(address)
		if okBus && okAddress {
			return choice{bus: n, address: m}, nil
		}
	}
	if isPlace(which) {
		return choice{path: which}, nil
	}
	if n, ok := number(which); ok {
		return choice{nth: n}, nil
	}
	if which == "all" {
		return choice{}, fmt.Errorf("%q is more than one stick: %w", which, ErrWhich)
	}
	return choice{}, fmt.Errorf("%q: %w", which, ErrWhich)
}

// number reads a number from 1 to 9999.
func number(text string) (n int, ok bool) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, len(text) <= 4 && n > 0
}

// isPlace tells whether a text has the form 1-1.4.
func isPlace(text string) bool {
	bus, ports, ok := strings.Cut(text, "-")
	if _, isNumber := number(bus); !ok || !isNumber {
		return false
	}
	for port := range strings.SplitSeq(ports, ".") {
		if _, isNumber := number(port); !isNumber {
			return false
		}
	}
	return true
}

// lasts tells whether the choice means the same stick after it was plugged in anew.
func (c choice) lasts() bool { return c.path != "" || c.device != (hw.ROM{}) }

// from returns those that may be meant, in the order in which to try them.
func (c choice) from(sticks []Stick) []Stick {
	switch {
	case c.nth > len(sticks):
		return nil
	case c.nth > 0:
		return sticks[c.nth-1 : c.nth]
	}
	var all []Stick
	for _, s := range sticks {
		if c.path != "" && s.Path() != c.path || c.bus != 0 && (s.Bus != c.bus || s.Address != c.address) {
			continue
		}
		all = append(all, s)
	}
	return all
}
