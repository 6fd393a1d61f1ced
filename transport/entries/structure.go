// SPDX-License-Identifier: Apache-2.0

package entries

import (
	"strconv"
	"strings"
	"syscall"

	"owfs/device"
	"owfs/transport"
)

// A Structure answers for the tree below /structure, which tells of every
// family what its properties are.
type Structure struct {
	Table *device.Table
	Times Times
}

// Dir lists /structure (no segments), a family, or a sub-directory of one.
func (s Structure) Dir(segments []string) ([]transport.Entry, error) {
	if len(segments) == 0 {
		return s.families(), nil
	}
	fam, sub, err := s.find(segments)
	if err != nil {
		return nil, err
	}
	f, ok := fam.Lookup(sub)
	switch {
	case !ok:
		return nil, syscall.ENOENT
	case !f.Dir:
		return nil, syscall.ENOTDIR
	}
	list := []transport.Entry{}
	for _, e := range fam.ListStructure(sub) {
		list = append(list, s.entry(e.Name, e.File))
	}
	return list, nil
}

func (s Structure) families() []transport.Entry {
	var list []transport.Entry
	for _, f := range s.Table.Families() {
		list = append(list, Dir(f.Code, 0o777, transport.Static, s.Times.Listed))
	}
	for _, name := range []transport.Word{transport.Simultaneous, transport.Thermostat} {
		list = append(list, Dir(string(name), 0o777, transport.Static, s.Times.Listed))
	}
	return list
}

// find returns the family that the first segment names, and the path below it.
func (s Structure) find(segments []string) (*device.Family, string, error) {
	sub := strings.Join(segments[1:], "/")
	switch name := segments[0]; transport.Word(name) {
	case transport.Simultaneous, transport.Thermostat:
		return s.Table.Tree(name), sub, nil
	default:
		code, err := strconv.ParseUint(name, 16, 8)
		if err != nil || len(name) != 2 || name != strings.ToUpper(name) {
			return nil, "", syscall.ENOENT
		}
		fam, exact := s.Table.Family(byte(code))
		if !exact {
			return nil, "", syscall.ENOENT
		}
		return fam, sub, nil
	}
}

// entry shows a row as a file to read. The original shows the property's own
// write bits, although nothing below /structure can be written.
func (s Structure) entry(name string, f device.File) transport.Entry {
	if f.Dir {
		return Dir(name, 0o777, transport.Static, s.Times.Listed)
	}
	return transport.Entry{
		Name: name, Perm: 0o444, Size: device.StructureSize,
		Change: transport.Stable, ModTime: s.Times.Start, Lasting: true,
	}
}

// Stat returns the entry of a place below /structure.
func (s Structure) Stat(segments []string) (transport.Entry, error) {
	if len(segments) == 0 {
		return Dir(string(transport.Structure), 0o755, transport.Static, s.Times.Start), nil
	}
	fam, sub, err := s.find(segments)
	if err != nil {
		return transport.Entry{}, err
	}
	f, ok := fam.Lookup(sub)
	if !ok {
		return transport.Entry{}, syscall.ENOENT
	}
	return s.entry(segments[len(segments)-1], f), nil
}

// Read returns the text of a file below /structure.
func (s Structure) Read(segments []string) ([]byte, error) {
	if len(segments) == 0 {
		return nil, syscall.EISDIR
	}
	fam, sub, err := s.find(segments)
	if err != nil {
		return nil, err
	}
	f, ok := fam.Lookup(sub)
	switch {
	case !ok:
		return nil, syscall.ENOENT
	case f.Dir:
		return nil, syscall.EISDIR
	}
	return []byte(f.Prop.StructureText(f.Element)), nil
}
