// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"
)

// Every option stands on exactly one page, and what does not work yet says so.
func TestHelpShowsEveryOption(t *testing.T) {
	var pages strings.Builder
	for _, topic := range Topics() {
		if err := Help(&pages, Owfs, topic.Name); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(pages.String(), "\n")
	for _, row := range Options() {
		count := 0
		for _, line := range lines {
			text := strings.TrimLeft(line, " ")
			if row.Short != "" {
				text = strings.TrimPrefix(text, "-"+row.Short+", ")
			}
			rest, ok := strings.CutPrefix(text, "--"+row.Name())
			if ok && strings.Trim(rest[:min(1, len(rest))], " =[") == "" {
				count++
			}
		}
		if count != 1 {
			t.Errorf("--%s stands %d times in the help", row.Name(), count)
		}
	}
}

func TestHelpLine(t *testing.T) {
	var page strings.Builder
	if err := Help(&page, Owfs, "device"); err != nil {
		t.Fatal(err)
	}
	const want = "  -s, --server=[host:]port                an owserver; the port is 4304 if only a host is given\n"
	if !strings.Contains(page.String(), want) {
		t.Errorf("%s", page.String())
	}
	if !strings.Contains(page.String(), "[not built yet]") {
		t.Error("nothing is marked as not built")
	}
}

func TestTopicWords(t *testing.T) {
	for word, want := range map[string]string{
		"": "overall", "bus": "device", "d": "device", "Cache": "cache", "display": "temperature", "mount": "program", "err": "error",
	} {
		if got, err := findTopic(word); got != want || err != nil {
			t.Errorf("%q: %q, %v", word, got, err)
		}
	}
}
