// SPDX-License-Identifier: Apache-2.0

// Package virtual holds the directories that belong to the running program
// itself: settings, system, statistics, the interface of each bus, and the
// aliases.
package virtual

import (
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

// A Value answers for one property. Read gives the text without padding;
// Write, nil for what can't be written, takes the text as it came.
type Value struct {
	Read  func(e device.Element) string
	Write func(text string) error
}

// A Tree serves one of the trees of the device table with the values of the
// program.
type Tree struct {
	Family *device.Family
	Values map[string]Value // by property; what is missing reads as 0 or ""
	Start  time.Time
	// Hidden tells which conditional entries do not apply; unset: all of them.
	Shown func(when string) bool
}

// File returns the row of a place of the tree.
func (t *Tree) File(segments []string) (device.File, bool) {
	return t.Family.Lookup(strings.Join(segments, "/"))
}

func (t *Tree) lookup(segments []string) (device.File, error) {
	f, ok := t.File(segments)
	if !ok {
		return f, syscall.ENOENT
	}
	return f, nil
}

func (t *Tree) entry(name string, f device.File) transport.Entry {
	return entries.Setting(name, f, entries.Times{Start: t.Start, Listed: t.Start})
}

// Stat returns the entry of a place below the tree's root.
func (t *Tree) Stat(segments []string) (transport.Entry, error) {
	f, err := t.lookup(segments)
	if err != nil {
		return transport.Entry{}, err
	}
	return t.entry(path.Base(segments[len(segments)-1]), f), nil
}

// Dir lists a directory of the tree.
func (t *Tree) Dir(segments []string) ([]transport.Entry, error) {
	f, err := t.lookup(segments)
	if err != nil {
		return nil, err
	}
	if !f.Dir {
		return nil, syscall.ENOTDIR
	}
	var list []transport.Entry
	for _, e := range t.Family.List(strings.Join(segments, "/")) {
		if e.When == "" || t.Shown != nil && t.Shown(e.When) {
			list = append(list, t.entry(e.Name, e.File))
		}
	}
	return list, nil
}

// Read returns the text of a value in the form that the options ask for.
func (t *Tree) Read(segments []string, options owproto.Flags) ([]byte, error) {
	f, err := t.lookup(segments)
	switch {
	case err != nil:
		return nil, err
	case f.Dir:
		return nil, syscall.EISDIR
	case !f.Prop.Access.CanRead():
		return nil, syscall.ENOTSUP
	}
	if f.Element.Index != device.All {
		return []byte(t.text(f.Prop, f.Element, options)), nil
	}
	var all []string
	for i := range f.Prop.Elements {
		all = append(all, t.text(f.Prop, device.Element{Index: i}, options))
	}
	return []byte(strings.Join(all, ",")), nil
}

// text returns one element's text, padded to 12 columns if it is a number and
// the options do not ask for trimming (protocol section 1.3).
func (t *Tree) text(p *device.Property, e device.Element, options owproto.Flags) string {
	var text string
	if v := t.Values[p.Name]; v.Read != nil {
		text = v.Read(e)
	}
	switch p.Format {
	case device.YesNo, device.Bitfield:
		if text == "" {
			text = "0"
		}
		return text
	case device.Integer, device.Unsigned, device.Float, device.Temperature:
		if text == "" {
			text = "0"
		}
		if options&owproto.FlagTrim == 0 {
			return strings.Repeat(" ", max(0, 12-len(text))) + text
		}
	}
	return text
}

// Write hands over a value.
func (t *Tree) Write(segments []string, data []byte) (int, error) {
	f, err := t.lookup(segments)
	switch {
	case err != nil:
		return 0, err
	case f.Dir:
		return 0, syscall.EISDIR
	}
	v := t.Values[f.Prop.Name]
	if !f.Prop.Access.CanWrite() || v.Write == nil {
		return 0, syscall.ENOTSUP
	}
	taken := data
	if f.Prop.Format == device.ASCII && len(data) > f.Prop.Length {
		taken = data[:f.Prop.Length]
	}
	return len(taken), v.Write(string(taken))
}

// parseUnsigned reads what a user writes to a setting that is a number: blanks
// around it are allowed. The original lets -1 wrap to 4294967295.
func parseUnsigned(text string, limit uint64) (uint64, error) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil && strings.Trim(text, "0123456789-+") == "" && text != "":
		return 0, transport.Cause(syscall.ERANGE, "%q is not in the range 0 to %d", text, limit)
	case err != nil:
		return 0, transport.Cause(syscall.EINVAL, "%q is not a whole number", text)
	case n > limit:
		return 0, transport.Cause(syscall.ERANGE, "%d is not in the range 0 to %d", n, limit)
	}
	return n, nil
}

// ParseYesNo reads what a user writes to a switch, as the original does: a
// whole number, where all but 0 is on, or a word that begins with y, on, n or
// off. What follows is ignored.
func ParseYesNo(text string) (bool, error) {
	word := strings.ToLower(strings.TrimLeft(text, " \t"))
	if word == "" {
		return false, transport.Cause(syscall.EFAULT, "no value is given")
	}
	number := word[:len(word)-len(strings.TrimLeft(strings.TrimLeft(word, "+-"), "0123456789"))]
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return n != 0, nil
	}
	switch {
	case strings.HasPrefix(word, "y"), strings.HasPrefix(word, "on"):
		return true, nil
	case strings.HasPrefix(word, "n"), strings.HasPrefix(word, "off"):
		return false, nil
	}
	return false, transport.Cause(syscall.EINVAL, "%q is neither yes nor no", text)
}

func yesNo(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
