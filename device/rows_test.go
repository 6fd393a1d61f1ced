// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"owfs/device"
)

// TestRows compares every property with the one of the original: row by row, all columns, in its order, and none more.
func TestRows(t *testing.T) {
	tree := map[string][]string{}
	var names []string
	for _, want := range golden(t, "properties.tsv.gz") {
		if tree[want[0]] == nil {
			names = append(names, want[0])
		}
		tree[want[0]] = append(tree[want[0]], strings.Join(want, "\t"))
	}
	table := device.New()
	known, count := 0, 0
	for _, name := range names {
		var got []string
		f := treeOf(t, table, name)
		for i := range f.Properties {
			got = append(got, describe(name, f, &f.Properties[i]))
		}
		compare(t, name, got, tree[name])
		known++
		count += len(got)
	}
	if all := len(table.Families()) + len(table.Shelved()) + 7; known != all || count != 2672 {
		t.Errorf("%d properties of %d trees, and the table has %d trees", count, known, all)
	}
}

// treeOf finds the table that a row of properties.tsv belongs to.
func treeOf(t *testing.T, table *device.Table, name string) *device.Family {
	t.Helper()
	code, note, _ := strings.Cut(name, " ")
	if note != "" {
		for _, f := range table.Shelved() {
			if f.Code == code && (f.Status == device.Shadowed) == (note == "shadowed") {
				return f
			}
		}
	}
	if code == "XX" {
		f, _ := table.Family(0x99)
		return f
	}
	if f := family(table, strings.TrimPrefix(code, "bus.N/")); f != nil && note == "" {
		return f
	}
	t.Fatalf("no table for %q", name)
	return nil
}

// compare tells the first differences of two lists.
func compare(t *testing.T, name string, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%s: got, want\n%s\n%s", name, got[i], want[i])
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d properties, want %d", name, len(got), len(want))
	}
}

// describe writes a property with the columns of properties.tsv.
func describe(tree string, f *device.Family, p *device.Property) string {
	c := []string{
		tree, typeOf(f, p), p.Name, string(p.Format.Letter()) + " " + p.Format.String(), strconv.Itoa(p.Elements),
		p.Index.String(), p.Combine.String(), entries(p), p.Access.String(), strconv.Itoa(p.Length), lengthAll(p),
		string(p.Class.Letter()), p.Class.String(), p.Class.Lifetime().String(), visible(p),
	}
	return strings.Join(append(c, texts(tree, p)...), "\t")
}

// typeOf is the type of a device, or the first part of a path in a tree.
func typeOf(f *device.Family, p *device.Property) string {
	if sub, _, ok := strings.Cut(p.Name, "/"); ok && f.Type == f.Code {
		return sub
	}
	return f.Type
}

func entries(p *device.Property) string {
	switch p.Index {
	case device.Scalar:
		return "-"
	case device.SparseText:
		return ".xxx (any text)"
	case device.SparseNumber:
		return ".000 (any number)"
	}
	last := strings.TrimPrefix(p.Extension(device.Element{Index: p.Elements - 1}), ".")
	first := strings.TrimPrefix(p.Extension(device.Element{}), ".")
	all := fmt.Sprintf("ALL %s..%s", first, last)
	if p.Format == device.Bitfield {
		return "BYTE " + all
	}
	return all
}

func lengthAll(p *device.Property) string {
	if !p.IsArray() {
		return "-"
	}
	return strconv.FormatInt(p.Size(device.Element{Index: device.All}), 10)
}

func visible(p *device.Property) string {
	switch {
	case p.Hidden:
		return "hidden"
	case p.When != "":
		return p.When
	}
	return "always"
}

// texts are the files below /structure, which hidden properties do not have, nor the trees but simultaneous and thermostat.
func texts(tree string, p *device.Property) []string {
	text := []string{"-", "-", "-"}
	without := []string{
		"settings", "system", "statistics", "bus.N/interface",
		"16 unregistered", "A1 unregistered", "A6 shadowed", "XX",
	}
	if p.Hidden || p.Format == device.Subdir || slices.Contains(without, tree) {
		return text
	}
	text[0] = p.StructureText(device.Element{})
	if p.IsArray() {
		text[1] = p.StructureText(device.Element{Index: device.All})
	}
	if p.Format == device.Bitfield {
		text[2] = p.StructureText(device.Element{Index: device.Byte})
	}
	return text
}
