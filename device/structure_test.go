// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"strings"
	"testing"

	"owfs/device"
)

// TestStructureText compares every file below /structure, and reads each one back.
func TestStructureText(t *testing.T) {
	table := device.New()
	for _, want := range golden(t, "structure.tsv.gz") {
		f, path := split(table, want[0])
		file, ok := f.Lookup(path)
		if !ok {
			t.Errorf("%s: not found", want[0])
			continue
		}
		if got := file.Prop.StructureText(file.Element); got != want[1] {
			t.Errorf("%s: %s, want %s", want[0], got, want[1])
		}
		p, err := device.ParseStructure(path, want[1])
		if err != nil {
			t.Error(err)
			continue
		}
		if got := p.StructureText(file.Element); got != want[1] {
			t.Errorf("%s: read back as %s, want %s", want[0], got, want[1])
		}
	}
}

// TestFamilyFromStructure asserts that a family made out of the files below /structure looks as our own.
func TestFamilyFromStructure(t *testing.T) {
	table := device.New()
	files := map[string]map[string]string{}
	for _, row := range golden(t, "structure.tsv.gz") {
		code, path, _ := strings.Cut(row[0], "/")
		if files[code] == nil {
			files[code] = map[string]string{}
		}
		files[code][path] = row[1]
	}
	for code, texts := range files {
		got, err := device.FamilyFromStructure(code, texts)
		if err != nil {
			t.Error(err)
		}
		own := family(table, code)
		for path := range texts {
			sameArray(t, own, got, path)
		}
	}
}

// sameArray asserts that what both families list for a property is of the same names, modes and sizes.
func sameArray(t *testing.T, own, got *device.Family, path string) {
	t.Helper()
	file, ok := own.Lookup(path)
	if !ok {
		t.Errorf("%s/%s: not found", own.Code, path)
		return
	}
	elements := []device.Element{file.Element, {Index: file.Prop.Elements - 1}, {Index: device.All}}
	if !file.Prop.IsArray() {
		elements = elements[:1]
	}
	for _, e := range elements {
		name := file.Prop.Name + file.Prop.Extension(e)
		want, _ := own.Lookup(name)
		other, ok := got.Lookup(name)
		if !ok || other.Size != want.Size || other.Mode != want.Mode || other.Prop.Index != want.Prop.Index {
			t.Errorf("%s/%s: %v %+v, want %+v", own.Code, name, ok, other, want)
		}
	}
}

func TestParseStructureRefuses(t *testing.T) {
	const good = "t,000000,000001,ro,000012,v,"
	if _, err := device.ParseStructure("temperature", good); err != nil {
		t.Error(err)
	}
	for _, test := range [][2]string{
		{"", good}, {"..", good}, {"a/../b", good}, {"a//b", good}, {"/a", good}, {"a/.x", good}, {".", good},
		{"temperature.0", good[:len(good)-1]}, {"a.b.c", good}, {"a.", good}, {"a.01", "t,000001,000004,ro,000012,v,"},
		{"a", ""}, {"a", good + "\n"}, {"a", "q,000000,000001,ro,000012,v,"}, {"a", ",000000,000001,ro,000012,v,"},
		{"a", "t,0,1,ro,12,v,"}, {"a", "t,000000,000002,ro,000012,v,"}, {"a", "t,000000,000001,rx,000012,v,"},
		{"a", "t,000000,000001,ro,000012,x,"}, {"a", "t,000000,000001,ro,-00012,v,"}, {"a", "t,000000,000001,ro,99999999999,v,"},
		{"a.ALL", "t,-000001,000004,ro,000050,v,"}, {"a.9", "t,000009,000004,ro,000012,v,"},
		{"a.ALL", "b,-000001,9999999,ro,9999999,v,"}, {"a.E", "t,000004,000004,ro,000012,v,"},
	} {
		if p, err := device.ParseStructure(test[0], test[1]); err == nil {
			t.Errorf("%q of %q: taken for %+v", test[1], test[0], p)
		}
	}
	if f, err := device.FamilyFromStructure("55", map[string]string{"good": good, "bad": "x"}); err == nil || len(f.Properties) != 1 {
		t.Errorf("%v %+v", err, f)
	}
}

// FuzzParseStructure asserts that what can be read is written the same again.
func FuzzParseStructure(f *testing.F) {
	for i, row := range golden(f, "structure.tsv.gz") {
		if i%50 == 0 {
			_, name, _ := strings.Cut(row[0], "/")
			f.Add(name, row[1])
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		p, err := device.ParseStructure(name, text)
		if err != nil {
			return
		}
		family := device.NewFamily(device.Family{Properties: []device.Property{p}})
		file, ok := family.Lookup(name)
		if !ok || file.Path() != name || file.Prop.StructureText(file.Element) != text {
			t.Errorf("%q of %q: %v %+v", text, name, ok, file)
		}
	})
}
