// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"owfs/config"
)

const manual = "../../docs/owfs.md"

var update = flag.Bool("update", false, "write the tables of "+manual+" anew")

// The tables of the manual are those of the program. To write them anew:
// go test ./cmd/owfs -run Manual -update
func TestManual(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	text := between(t, string(b), "| --- | --- |\n", exitCodes(t), "<!-- exit codes")
	text = between(t, text, "-->\n", optionTables(), "<!-- options")
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatal("the tables of the manual are out of date; run: go test ./cmd/owfs -run Manual -update")
	}
	if err := os.WriteFile(manual, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between replaces what stands from the first line like from behind mark up to
// the next end.
func between(t *testing.T, text, from, table, mark string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, mark)
	before, body, ok2 := strings.Cut(rest, from)
	_, tail, ok3 := strings.Cut(body, "<!-- end -->")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("no %s in the manual", mark)
	}
	return head + mark + before + from + table + "<!-- end -->" + tail
}

func exitCodes(t *testing.T) string {
	t.Helper()
	var help, table strings.Builder
	if err := config.Help(&help, config.Owfs, "error"); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^  (\d)  (.*)$`).FindAllStringSubmatch(help.String(), -1) {
		fmt.Fprintf(&table, "| %s | %s |\n", m[1], m[2])
	}
	return table.String()
}

func optionTables() string {
	var all strings.Builder
	for _, topic := range config.Topics() {
		group := ""
		for _, o := range config.Options() {
			if o.Topic != topic.Name || o.Programs&config.Owfs == 0 || o.Status == config.NotBuilt {
				continue
			}
			if group == "" {
				fmt.Fprintf(&all, "\n### %s\n\n| option | meaning |\n| --- | --- |\n", topic.Title)
			}
			group = o.Group
			fmt.Fprintf(&all, "| %s | %s |\n", spelling(o), meaning(o))
		}
	}
	return all.String()
}

// spelling are the names of an option and its value.
func spelling(o config.Option) string {
	var names []string
	if o.Short != "" {
		names = append(names, "`-"+o.Short+"`")
	}
	for _, name := range o.Names {
		names = append(names, "`--"+name+value(o)+"`")
	}
	return strings.Join(names, ", ")
}

func value(o config.Option) string {
	name := strings.ReplaceAll(o.ArgName, "|", `\|`)
	switch o.Arg {
	case config.ArgRequired:
		return "=" + name
	case config.ArgOptional:
		return "[=" + name + "]"
	case config.ArgNone:
	}
	return ""
}

func meaning(o config.Option) string {
	text := o.Group + ": " + o.Help
	if o.Status == config.Ignored {
		text += " (accepted, no effect yet)"
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

// The program takes every word that the manual has for -o.
func TestManualMountOptions(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "## Mount options\n")
	section, _, _ = strings.Cut(section, "\n## ")
	values := map[string]string{"umask=": "022", "server=": "h:1", "alias=": os.DevNull, "x-": "y"}
	n := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\| ").FindAllStringSubmatch(section, -1) {
		for _, m := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(row[1], -1) {
			word := m[1]
			if value, ok := values[word]; ok {
				word += value
			} else if strings.HasSuffix(word, "=") {
				word += "5"
			}
			n++
			if _, err := config.Parse("owfs", []string{"-s", "h:1", "-o", word, "/mnt"}, config.Env{}); err != nil {
				t.Errorf("-o %s: %v", word, err)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d words found", n)
	}
}
