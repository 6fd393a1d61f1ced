// SPDX-License-Identifier: Apache-2.0

package device

// DirEntry is one name in a listing.
type DirEntry struct {
	Name string // below the directory that is listed
	File
	When string // what must be so for the entry to be shown; "" for always
}

// List gives what the directory of the device ("") or one in it ("set_alarm") holds, hidden properties left out. Arrays
// are listed as .BYTE if they are bits, .ALL, and each element, sparse ones as .000 or .xxx. The branches of a hub are
// empty: their devices are not known here. It gives nil for what is not a directory.
func (f *Family) List(dir string) []DirEntry {
	return f.list(dir, func(p *Property) int { return p.Elements })
}

// ListStructure gives what the directory of the family below /structure holds: as List, but with no more than the first
// element of an array.
func (f *Family) ListStructure(dir string) []DirEntry {
	return f.list(dir, func(*Property) int { return 1 })
}

func (f *Family) list(dir string, elements func(*Property) int) []DirEntry {
	var entries []DirEntry
	for _, p := range f.children[dir] {
		if !p.Hidden {
			entries = p.appendEntries(entries, elements(p))
		}
	}
	return entries
}

// appendEntries adds the entries of one property, with so many of its elements.
func (p *Property) appendEntries(entries []DirEntry, elements int) []DirEntry {
	_, base := splitName(p.Name)
	add := func(e Element) {
		entries = append(entries, DirEntry{Name: base + p.Extension(e), File: newFile(p, e), When: p.When})
	}
	switch p.Index {
	case Scalar, SparseNumber:
		add(Element{})
	case SparseText:
		add(Element{Text: "xxx"})
	default:
		if p.Format == Bitfield {
			add(Element{Index: Byte})
		}
		add(Element{Index: All})
		for i := range elements {
			add(Element{Index: i})
		}
	}
	return entries
}
