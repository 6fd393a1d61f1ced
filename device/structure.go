// SPDX-License-Identifier: Apache-2.0

package device

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// StructureSize is the size that stat shows for every file below /structure.
const StructureSize = 32

// StructureText is the text of the property's file below /structure: format, index, number of elements, access, length
// and class, as in "t,000000,000001,ro,000012,v,".
func (p *Property) StructureText(e Element) string {
	size := p.Size(e)
	switch p.Format {
	case Subdir:
		size = 0
	case Directory:
		size = 8 // as the original has it, for no visible reason
	}
	return fmt.Sprintf("%c,%s,%s,%s,%06d,%c,",
		p.Format.Letter(), sixDigits(e.Index), sixDigits(p.Elements), p.Access, size, p.Class.Letter())
}

// sixDigits writes a number with six digits, and with a sign in front of them if it is negative.
func sixDigits(n int) string {
	if n < 0 {
		return fmt.Sprintf("-%06d", -n)
	}
	return fmt.Sprintf("%06d", n)
}

// The limits within which the text of another server is believed.
const (
	maxElements = 999_999
	maxSize     = math.MaxInt32
)

// ParseStructure reads the file of a property below /structure, as another server shows it. The name is the path of the
// file below its family, extension included: "pages/page.ALL". The text does not tell everything. A text whose length
// varies is taken for ASCII, bits for YesNo but in .BYTE, elements for numbered but where the name has a letter, and of the
// classes with a common letter Static and Volatile are meant.
func ParseStructure(name, text string) (Property, error) {
	p, e, ok := parseStructure(name, text)
	if !ok || p.StructureText(e) != text || p.Name+p.Extension(e) != name {
		return Property{}, fmt.Errorf("device: %s: %q is not the text of a structure file", name, text)
	}
	return p, nil
}

// parseStructure reads what must still be compared with the name and the text.
func parseStructure(name, text string) (p Property, e Element, ok bool) {
	const fields = 7 // the last one is empty
	field := strings.Split(text, ",")
	path, ext := cutExtension(name)
	if len(field) != fields || !fs.ValidPath(path) {
		return p, e, false
	}
	elements, err1 := strconv.Atoi(field[2])
	size, err2 := strconv.Atoi(field[4])
	if errors.Join(err1, err2) != nil || elements > maxElements || size < 0 || size > maxSize {
		return p, e, false
	}
	p = Property{Name: path, Format: formatOf(field[0]), Elements: elements, Access: accessOf(field[3]), Class: classOf(field[5])}
	p.setIndex(ext)
	if e, ok = p.element(ext); ok {
		p.setLength(e, size)
	}
	return p, e, ok
}

func formatOf(letter string) Format {
	if len(letter) != 1 {
		return 0
	}
	return Format(strings.Index(formatLetters, letter)) + Integer
}

func accessOf(s string) Access {
	for _, a := range []Access{ReadOnly, ReadWrite, WriteOnly} {
		if s == a.String() {
			return a
		}
	}
	return NoAccess
}

func classOf(letter string) Class {
	switch letter {
	case "f":
		return Static
	case "s":
		return Stable
	case "t":
		return Second
	}
	return Volatile
}

// setIndex finds the kind of array from an extension and the number of elements.
func (p *Property) setIndex(ext string) {
	switch {
	case ext == "":
		p.Elements = 1
	case p.Elements < 0:
		p.Index, p.Combine = SparseText, Sparse
	case p.Elements == 0:
		p.Index, p.Combine = SparseNumber, Sparse
	case ext == "BYTE":
		p.Format, p.Index, p.Combine = Bitfield, Numbered, Aggregate
	case len(ext) == 1 && (ext[0] < '0' || ext[0] > '9'):
		p.Index, p.Combine = Lettered, Separate
	default:
		p.Index, p.Combine = Numbered, Separate
	}
}

// setLength finds the length of one value from the size of the element.
func (p *Property) setLength(e Element, size int) {
	switch {
	case p.IsDir():
		p.Length = 0
	case e.Index == Byte:
		p.Length = p.Format.length()
	case e.Index != All:
		p.Length = size
	case p.Format == Binary:
		p.Length = size / p.Elements
	default:
		p.Length = (size+1)/p.Elements - 1
	}
}

// FamilyFromStructure makes a family out of the files that another server shows for it below /structure: the text of each
// by its path below the family. A file that cannot be read is left out and told in the error, beside which the family is valid.
func FamilyFromStructure(code string, files map[string]string) (*Family, error) {
	var errs []error
	found := map[string]Property{}
	for name, text := range files {
		p, err := ParseStructure(name, text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if known, ok := found[p.Name]; ok {
			p = merge(known, p)
		}
		found[p.Name] = p
	}
	return NewFamily(Family{Code: code, Properties: slices.Collect(maps.Values(found))}), errors.Join(errs...)
}

// merge joins what two files tell about one array.
func merge(a, b Property) Property {
	if b.Format == Bitfield {
		a.Format, a.Combine = Bitfield, Aggregate
	}
	if b.Index == Lettered {
		a.Index = Lettered
	}
	return a
}
