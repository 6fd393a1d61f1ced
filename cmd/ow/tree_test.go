// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

const wholeTree = `/
├── 10.67C6697351FF/
│   ├── errata/
│   └── type
└── 1F.000000000001/
    └── main/
        └── 1F.000000000001/
`

// The coupler is not entered again within itself, and a server that does not
// tell files from directories is asked which they are.
func TestTree(t *testing.T) {
	for _, old := range []bool{false, true} {
		h := newHouse()
		h.old = old
		want := wholeTree
		if old { // nobody asks about what is not entered
			want = strings.Replace(wholeTree, "        └── 1F.000000000001/", "        └── 1F.000000000001", 1)
		}
		if stdout, stderr, code := h.call("ow tree"); stdout != want || stderr != "" || code != 0 {
			t.Errorf("old %v: %d %q\n%s", old, code, stderr, stdout)
		}
	}
}

func TestTreeParts(t *testing.T) {
	for _, test := range []struct {
		line, stdout, stderr string
		code                 int
	}{
		{"ow tree --depth=1", "/\n├── 10.67C6697351FF/\n└── 1F.000000000001/\n", "", 0},
		{"ow tree --depth=1 --json", `{"path":"/","dir":true,"entries":[{"path":"/10.67C6697351FF","dir":true},{"path":"/1F.000000000001","dir":true}]}` + "\n", "", 0},
		{"ow tree --json /10.67C6697351FF", `{"path":"/10.67C6697351FF","dir":true,"entries":[{"path":"/10.67C6697351FF/errata","dir":true,"entries":[]},` +
			`{"path":"/10.67C6697351FF/type","dir":false}]}` + "\n", "", 0},
		{"ow tree /nix /10.67C6697351FF/errata", "/10.67C6697351FF/errata\n", "/nix: owserver error -1", 0},
		{"ow tree /10.67C6697351FF/type", "", "hint: owread prints a property", 1},
	} {
		stdout, stderr, code := newHouse().call(test.line)
		if stdout != test.stdout || code != test.code || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: %d %q\n%s", test.line, code, stderr, stdout)
		}
	}
}

// One directory that fails does not hide the others, but the exit code tells.
func TestTreeFailure(t *testing.T) {
	h := newHouse()
	delete(h.dirs, "/10.67C6697351FF/errata")
	want := strings.Replace(wholeTree, "errata/", "errata/ (owserver error -1: no such path)", 1)
	stdout, stderr, code := h.call("ow tree")
	if stdout != want || !strings.Contains(stderr, "/10.67C6697351FF/errata: owserver error -1") || code != 1 {
		t.Errorf("%d %q\n%s", code, stderr, stdout)
	}
}

// A server may invent directories for ever.
func TestTreeLimit(t *testing.T) {
	h := newHouse()
	var names strings.Builder
	for i := range 1000 {
		names.WriteString("/d" + strings.Repeat("x", i) + "/ ")
		h.dirs["/d"+strings.Repeat("x", i)] = strings.Repeat("/f ", 1000)
	}
	h.dirs["/"] = names.String()
	if stdout, stderr, code := h.call("ow tree"); stdout != "" || !strings.Contains(stderr, "more than 200000 entries") || code != 1 {
		t.Errorf("%d %.200q %.100q", code, stderr, stdout)
	}
}
