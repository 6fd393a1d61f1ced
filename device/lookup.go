// SPDX-License-Identifier: Apache-2.0

package device

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// File is what a path below a device leads to.
type File struct {
	Prop    *Property // nil for the directory of the device itself
	Element Element
	Dir     bool
	Size    int64
	Mode    fs.FileMode
}

// Path is the path below the device in its one canonical spelling.
func (f File) Path() string {
	if f.Prop == nil {
		return ""
	}
	return f.Prop.Name + f.Prop.Extension(f.Element)
}

func newFile(p *Property, e Element) File {
	return File{Prop: p, Element: e, Dir: p.IsDir(), Size: p.Size(e), Mode: p.Mode()}
}

// Lookup finds a path below the device: "temperature", "PIO.0", "PIO.ALL", "set_alarm/voltlow.B", "set_alarm", or "" for
// the device itself. Names must be exact, extensions may be of either case. It tells false for what is not there.
func (f *Family) Lookup(path string) (File, bool) {
	if path == "" {
		return File{Dir: true, Size: dirSize, Mode: f.Mode}, true
	}
	name, ext := cutExtension(path)
	p := f.byName[name]
	if p == nil || len(name) < len(path) != (p.Index != Scalar) {
		return File{}, false
	}
	e, ok := p.element(ext)
	if !ok {
		return File{}, false
	}
	return newFile(p, e), true
}

// cutExtension parts "pages/page.ALL" into "pages/page" and "ALL".
func cutExtension(path string) (name, ext string) {
	base := strings.LastIndexByte(path, '/') + 1
	if dot := strings.IndexByte(path[base:], '.'); dot >= 0 {
		return path[:base+dot], path[base+dot+1:]
	}
	return path, ""
}

// element reads an extension without its dot.
func (p *Property) element(ext string) (Element, bool) {
	switch {
	case p.Index == Scalar:
		return Element{}, true
	case p.Index == SparseText:
		return Element{Text: ext}, ext != ""
	case p.Index == SparseNumber:
		return number(ext, math.MaxInt32)
	case strings.EqualFold(ext, "ALL"):
		return Element{Index: All}, true
	case p.Format == Bitfield && strings.EqualFold(ext, "BYTE"):
		return Element{Index: Byte}, true
	case p.Index == Lettered:
		return letter(ext, p.Elements)
	}
	return number(ext, p.Elements)
}

// letter reads A, B, C … as an index below the limit.
func letter(s string, limit int) (Element, bool) {
	if len(s) != 1 {
		return Element{}, false
	}
	i := int(s[0]|0x20) - 'a'
	return Element{Index: i}, i >= 0 && i < limit
}

// number reads decimal digits as an index below the limit. Zeros in front do not count.
func number(s string, limit int) (Element, bool) {
	digits := strings.TrimLeft(s, "0123456789") == ""
	i, err := strconv.Atoi(s)
	return Element{Index: i}, digits && err == nil && i < limit
}

// Property finds a row by its name, without any extension.
func (f *Family) Property(name string) (*Property, bool) {
	p, ok := f.byName[name]
	return p, ok
}
