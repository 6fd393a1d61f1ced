// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

const manual = "../../docs/ow.md"

var update = flag.Bool("update", false, "write the table of "+manual+" anew")

// The table of options in the manual is that of the program. To write it anew:
// go test ./cmd/ow -run Manual -update
func TestManual(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), "<!-- options: made from the program's table, see docs_test.go -->\n")
	_, tail, ok2 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 {
		t.Fatal("no place for the table in the manual")
	}
	text := head + "<!-- options: made from the program's table, see docs_test.go -->\n" + optionTable() + "<!-- end -->" + tail
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatal("the table of the manual is out of date; run: go test ./cmd/ow -run Manual -update")
	}
	if err := os.WriteFile(manual, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// optionTable has a row for each meaning, with all of its spellings.
func optionTable() string {
	var b strings.Builder
	b.WriteString("\n| option | for | meaning |\n| --- | --- | --- |\n")
	options := optionsFor(nil)
	for i, o := range options {
		if o.help == "" {
			continue
		}
		var names []string
		if o.short != 0 {
			names = append(names, fmt.Sprintf("`-%c`", o.short))
		}
		for _, same := range options[i:] {
			if same.id == o.id {
				names = append(names, "`"+strings.TrimSpace(spelling(option{name: same.name, value: same.value}))+"`")
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(names, ", "), usedBy(o), o.help)
	}
	return b.String()
}

func usedBy(o option) string {
	switch o.kind {
	case kindAll:
		return "all"
	case kindAll &^ kindWrite:
		return "all but write"
	}
	var names []string
	for _, c := range commands() {
		if o.kind&c.kind != 0 {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ", ")
}

// Every command has a page that names its options, and the overview names every
// command.
func TestHelp(t *testing.T) {
	overview, _, code := newHouse().call("ow --help")
	for _, c := range commands() {
		page, stderr, pageCode := newHouse().call("ow" + c.name + " -h")
		if code != 0 || pageCode != 0 || stderr != "" || !strings.Contains(overview, "\n  "+c.name+" ") || !strings.HasPrefix(page, "Usage: ow "+c.name+" ") {
			t.Errorf("%s: %d %s", c.name, pageCode, page)
		}
		for _, o := range optionsFor(c) {
			if o.help != "" && !strings.Contains(page, "--"+o.name) {
				t.Errorf("the page of %s does not name --%s", c.name, o.name)
			}
		}
	}
}
