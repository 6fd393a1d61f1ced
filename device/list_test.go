// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"slices"
	"strings"
	"testing"

	"owfs/device"
)

// TestList compares every directory with the original's. Entries with a condition are left out on both sides.
func TestList(t *testing.T) {
	table := device.New()
	for _, want := range golden(t, "listings.tsv.gz") {
		f, dir := split(table, want[0])
		var got, conditional []string
		for _, e := range f.List(dir) {
			if e.When != "" {
				conditional = append(conditional, e.Name)
				continue
			}
			got = append(got, e.Name)
		}
		shown := slices.DeleteFunc(strings.Split(want[1], ","), func(name string) bool { return slices.Contains(conditional, name) })
		if !slices.Equal(got, shown) {
			t.Errorf("%s: got, want\n%q\n%q", want[0], got, shown)
		}
	}
}

// TestListStructure compares the directories below /structure with what the mount held there, in its order.
func TestListStructure(t *testing.T) {
	const top = "/structure/"
	table := device.New()
	want := map[string][]string{}
	for _, row := range golden(t, "stat.tsv.gz") {
		if path, ok := strings.CutPrefix(row[0], top); ok {
			if i := strings.LastIndexByte(path, '/'); i > 0 {
				want[path[:i]] = append(want[path[:i]], path[i+1:])
			}
		}
	}
	for path, names := range want {
		f, dir := split(table, path)
		var got []string
		for _, e := range f.ListStructure(dir) {
			got = append(got, e.Name)
		}
		if !slices.Equal(got, names) {
			t.Errorf("%s: got, want\n%q\n%q", path, got, names)
		}
	}
	if len(want) < 60 {
		t.Errorf("only %d directories compared", len(want))
	}
}

// TestListResolves asserts that what is listed is found, and is the same.
func TestListResolves(t *testing.T) {
	table := device.New()
	for code := range 256 {
		f, _ := table.Family(byte(code))
		walk(t, f, "")
	}
	for _, tree := range []string{"settings", "system", "statistics", "simultaneous", "thermostat", "interface"} {
		walk(t, table.Tree(tree), "")
	}
}

func walk(t *testing.T, f *device.Family, dir string) {
	t.Helper()
	for _, e := range f.List(dir) {
		path := strings.TrimPrefix(dir+"/"+e.Name, "/")
		if file, ok := f.Lookup(path); !ok || file != e.File || file.Path() != path {
			t.Errorf("%s/%s: %v %+v, listed as %+v", f.Code, path, ok, file, e.File)
		}
		if e.Dir {
			walk(t, f, path)
		}
	}
}

func TestListOfNoDirectory(t *testing.T) {
	f, _ := device.New().Family(0x28)
	for _, dir := range []string{"temperature", "nothing", "errata/", "/"} {
		if got := f.List(dir); got != nil {
			t.Errorf("%s lists %v", dir, got)
		}
	}
}
