// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"strconv"
	"strings"
	"syscall"
)

// A Word is a reserved directory name of the tree.
type Word string

// The reserved directories. They are recognised in any letter case, and only
// as a whole segment.
const (
	NoWord       Word = ""
	Settings     Word = "settings"
	System       Word = "system"
	Statistics   Word = "statistics"
	Structure    Word = "structure"
	Interface    Word = "interface"
	Simultaneous Word = "simultaneous"
	Thermostat   Word = "thermostat"
)

// MaxPath is the longest path anybody may send (protocol section 6).
const MaxPath = 4096

// maxBus bounds bus numbers: more buses than this is a mistyped path.
const maxBus = 99999

// A Place is a path taken apart. The grammar, in the order of the segments:
//
//	{ bus.N | uncached | unaliased | text | json | alarm } [ word | device ] { name }
//
// uncached, unaliased, text and json may also stand right behind a word, but
// for simultaneous and thermostat.
type Place struct {
	// Buses are the numbers of the leading bus.N, outermost first.
	Buses []int
	// Uncached asks for values past every cache.
	Uncached bool
	// Unaliased lists devices by ROM code, not by alias.
	Unaliased bool
	// Alarm restricts listings to devices that answer the conditional search.
	Alarm bool
	// Word is the reserved directory, or NoWord.
	Word Word
	// Segments is the rest: below a word its sub-path; without one the
	// device's name and what is below the device.
	Segments []string
}

// Parse takes a path apart. It fails with ENOENT for spellings that can name
// nothing: empty segments, "." and "..", NUL, two alarms, a word of the program
// itself below alarm.
func Parse(path string) (Place, error) {
	if len(path) > MaxPath {
		return Place{}, Cause(syscall.ENOENT, "path of %d bytes is longer than %d", len(path), MaxPath)
	}
	path = strings.TrimPrefix(path, "/")
	if path != "/" { // "//" is no spelling of the root
		path = strings.TrimSuffix(path, "/")
	}
	var p Place
	if path == "" {
		return p, nil
	}
	for rest, more := path, true; more; {
		var seg string
		seg, rest, more = strings.Cut(rest, "/")
		if !goodSegment(seg) {
			return Place{}, syscall.ENOENT
		}
		switch ok, err := p.take(seg); {
		case err != nil:
			return Place{}, err
		case ok:
			continue
		}
		p.Segments = append(p.Segments, seg)
		if more {
			return p, p.finish(rest)
		}
	}
	return p, p.check()
}

// goodSegment refuses what no name of the tree can be.
func goodSegment(seg string) bool {
	return seg != "" && seg != "." && seg != ".." && !strings.ContainsAny(seg, "\x00")
}

// finish appends the segments below a device or a word.
func (p *Place) finish(rest string) error {
	for seg := range strings.SplitSeq(rest, "/") {
		if !goodSegment(seg) {
			return syscall.ENOENT
		}
		p.Segments = append(p.Segments, seg)
	}
	return p.check()
}

func (p *Place) check() error {
	if p.Word == Interface && len(p.Buses) == 0 {
		return Cause(syscall.ENOENT, "interface is found below bus.0, bus.1 …")
	}
	return nil
}

// take consumes a reserved segment.
func (p *Place) take(seg string) (bool, error) {
	if len(seg) > len(Simultaneous) {
		return false, nil
	}
	if p.Word == Simultaneous || p.Word == Thermostat {
		return false, nil
	}
	low := strings.ToLower(seg)
	switch low {
	case "uncached":
		p.Uncached = true
		return true, nil
	case "unaliased":
		p.Unaliased = true
		return true, nil
	case "text", "json":
		return true, nil
	}
	if p.Word != NoWord {
		return false, nil
	}
	if low == "alarm" {
		if p.Alarm {
			return false, syscall.ENOENT
		}
		p.Alarm = true
		return true, nil
	}
	if n, ok := busNumber(low); ok {
		p.Buses = append(p.Buses, n)
		return true, nil
	}
	if w := Word(low); w.reserved() {
		if p.Alarm && w != Simultaneous && w != Thermostat {
			return false, syscall.ENOENT
		}
		p.Word = w
		return true, nil
	}
	return false, nil
}

func (w Word) reserved() bool {
	switch w {
	case Settings, System, Statistics, Structure, Interface, Simultaneous, Thermostat:
		return true
	}
	return false
}

func busNumber(low string) (int, bool) {
	digits, ok := strings.CutPrefix(low, "bus.")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n <= maxBus
}

// Reserved tells whether a name can't be an alias, because a path of one
// segment with this name means something else.
func Reserved(name string) bool {
	low := strings.ToLower(name)
	switch low {
	case "uncached", "unaliased", "text", "json", "alarm", ".", "..", "":
		return true
	}
	_, bus := busNumber(low)
	return bus || Word(low).reserved()
}

// String spells the place in one canonical form that Parse reads back. Uncached is part of it.
func (p Place) String() string {
	var b strings.Builder
	for _, n := range p.Buses {
		b.WriteString("/bus.")
		b.WriteString(strconv.Itoa(n))
	}
	for _, f := range [...]struct {
		on   bool
		word string
	}{{p.Uncached, "/uncached"}, {p.Unaliased, "/unaliased"}, {p.Alarm, "/alarm"}} {
		if f.on {
			b.WriteString(f.word)
		}
	}
	if p.Word != NoWord {
		b.WriteByte('/')
		b.WriteString(string(p.Word))
	}
	for _, s := range p.Segments {
		b.WriteByte('/')
		b.WriteString(s)
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}
