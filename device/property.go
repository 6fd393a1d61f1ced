// SPDX-License-Identifier: Apache-2.0

package device

import (
	"io/fs"
	"strconv"
)

// Access says which of reading and writing a property is made for.
type Access uint8

// The ways of access. NoAccess is that of directories, and of one property that can be neither read nor written.
const (
	NoAccess Access = iota
	ReadOnly
	ReadWrite
	WriteOnly
)

// String is what stands for the access in a file below /structure.
func (a Access) String() string {
	switch a {
	case ReadOnly:
		return "ro"
	case ReadWrite:
		return "rw"
	case WriteOnly:
		return "wo"
	}
	return "oo"
}

// CanRead tells whether the property has a value to read.
func (a Access) CanRead() bool { return a == ReadOnly || a == ReadWrite }

// CanWrite tells whether the property takes a value.
func (a Access) CanWrite() bool { return a == WriteOnly || a == ReadWrite }

// mode gives the permission bits of a file with this access.
func (a Access) mode() fs.FileMode {
	switch a {
	case ReadOnly:
		return 0o444
	case ReadWrite:
		return 0o666
	case WriteOnly:
		return 0o222
	}
	return 0
}

// Index says whether a property is an array and how its elements are called.
type Index uint8

// The kinds of index. The elements of a sparse property are not listed: any number or any text will do.
const (
	Scalar Index = iota
	Numbered
	Lettered
	SparseNumber
	SparseText
)

// String is the name of the kind of index.
func (i Index) String() string {
	switch i {
	case Numbered, SparseNumber:
		return "numbers"
	case Lettered:
		return "letters"
	case SparseText:
		return "text"
	}
	return "-"
}

// Combine says how the elements of an array are had from the chip.
type Combine uint8

// The ways to combine: each on its own, always all together, either way, or without an end.
const (
	Uncombined Combine = iota
	Separate
	Aggregate
	Mixed
	Sparse
)

// String is the name of the way to combine.
func (c Combine) String() string {
	switch c {
	case Separate:
		return "separate"
	case Aggregate:
		return "aggregate"
	case Mixed:
		return "mixed"
	case Sparse:
		return "sparse"
	}
	return "-"
}

// Property is one row of a family's table.
type Property struct {
	Name     string // path below the device without an extension: "set_alarm/voltlow"
	Format   Format
	Index    Index
	Combine  Combine
	Elements int // 1 for a scalar, 0 for numbers and -1 for texts without an end
	Access   Access
	Length   int // the most bytes that one value takes
	Written  int // the most bytes that may be written, if they are more
	Class    Class
	Hidden   bool   // can be used, but is never listed
	When     string // what must be so for the property to be listed; "" for always
}

// IsDir tells whether the property is a directory.
func (p *Property) IsDir() bool { return p.Format.IsDir() }

// IsArray tells whether the property has elements that can be counted.
func (p *Property) IsArray() bool { return p.Index == Numbered || p.Index == Lettered }

// Quantity names what a value measures where the reader chooses the scale: "temperature", "temperature gap" or
// "pressure". It is "" for all else.
func (p *Property) Quantity() string {
	switch p.Format {
	case Temperature:
		return "temperature"
	case TemperatureGap:
		return "temperature gap"
	case Pressure:
		return "pressure"
	}
	return ""
}

// The size that a directory is said to have, and the permissions: of directories with properties, and of those with devices.
const (
	dirSize    = 4096
	subdirMode = fs.ModeDir | 0o777
	branchMode = fs.ModeDir | 0o755
)

// Size is the most bytes that the value of the element takes, which is what stat shows.
func (p *Property) Size(e Element) int64 {
	switch {
	case p.IsDir():
		return dirSize
	case e.Index == Byte:
		return numberLength
	case e.Index != All:
		return int64(p.Length)
	case p.Format == Binary:
		return int64(p.Elements) * int64(p.Length)
	}
	return int64(p.Elements)*int64(p.Length+1) - 1 // the commas between them
}

// Mode is the type and the permission bits that stat shows.
func (p *Property) Mode() fs.FileMode {
	switch p.Format {
	case Subdir:
		return subdirMode
	case Directory:
		return branchMode
	}
	return p.Access.mode()
}

// What the Index of an Element is when it means all elements in a row, or the bits of all as one number.
const (
	All  = -1
	Byte = -2
)

// Element says which part of a property is meant. The zero value is the whole of a scalar or the first of an array.
type Element struct {
	Index int    // from 0, or All or Byte
	Text  string // the name of an element of a SparseText property
}

// Extension is what is put behind the property's name to mean the element, with its dot: ".ALL", ".BYTE", ".3", ".B",
// or "" for a scalar.
func (p *Property) Extension(e Element) string {
	switch {
	case p.Index == Scalar:
		return ""
	case p.Index == SparseText:
		return "." + e.Text
	case e.Index == All:
		return ".ALL"
	case e.Index == Byte:
		return ".BYTE"
	case p.Index == SparseNumber && e.Index == 0:
		return ".000" // which stands for all in listings
	case p.Index == Lettered:
		return "." + string(rune('A'+e.Index))
	}
	return "." + strconv.Itoa(e.Index)
}
