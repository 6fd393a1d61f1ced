// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A difference is a place where the mount is meant to be unlike that of the C
// program. Whatever differs and is not in the table below is a fault.
type difference struct {
	id   string // as docs/compatibility.md calls it
	op   string // of the probe; several are separated by blanks
	path *regexp.Regexp
	c    *regexp.Regexp // what the C program does
	ours *regexp.Regexp
	why  string
	// example is a probe that shows it, side by side.
	example probe
}

// rx is a regexp that the whole text must match; one character stands for any,
// newlines too.
func rx(expr string) *regexp.Regexp { return regexp.MustCompile(`(?s)^(?:` + expr + `)$`) }

var differences = []difference{
	{
		id: "structure-modes", op: "stat", path: rx(`.*/structure/.*`), c: rx(`100(666|222|000) 32 1`), ours: rx(`100444 32 1`),
		why:     "nothing below structure can be written, and all of it can be read",
		example: probe{op: "stat", path: "/structure/28/templow"},
	},
	{
		id: "read-write-only", op: "read", path: rx(`.*`), c: rx(`ENOTSUP`), ours: rx(`""`),
		why:     "tar, rsync and grep -r of the whole mount by root have no errors",
		example: probe{op: "read", path: "/1F.00001FE00400/discharge"},
	},
	{
		id: "read-all-offset", op: "read", path: rx(`.*\.(?i:all)`), c: rx(`ERANGE|EFAULT|".*"`), ours: rx(`".*"`),
		why:     "byte-wise readers (dd bs=1, head -c1) get the joined text",
		example: probe{op: "read", path: "/29.000029D60200/PIO.ALL", size: 1},
	},
	{
		id: "read-date-offset", op: "read", path: rx(`.*/(u?date|.*)`), c: rx(`EMSGSIZE`), ours: rx(`".*"`),
		why:     "byte-wise readers get the whole date",
		example: probe{op: "read", path: "/41.000041000500/clock/date", off: 1},
	},
	{
		id: "write-past-end", op: "write", path: rx(`.*`), c: rx(`0`), ours: rx(`ENOSPC`),
		why:     "a shell that is told that 0 bytes were written tries for ever",
		example: probe{op: "write", path: "/29.000029D60200/memory", off: 1 << 20, data: "x"},
	},
	{
		id: "alias-reserved", op: "write", path: rx(`.*/alias`), c: rx(`[0-9]+`), ours: rx(`EINVAL`),
		why:     "the device would vanish from its directory",
		example: probe{op: "write", path: "/10.000010EF0000/alias", data: "system"},
	},
	{
		id: "not-built-in", op: "read", path: rx(`.*/system/configuration/(USB|i2c|parport|zeroconf)`), c: rx(`"1"`), ours: rx(`"0"`),
		why:     "the program says what it can do itself",
		example: probe{op: "read", path: "/system/configuration/USB"},
	},
}

// hits counts how often each difference was seen.
var hits struct {
	sync.Mutex
	by map[string]int
}

// intended tells whether the outcomes of a probe are a difference of the table.
func intended(p probe, c, ours string) bool {
	for _, d := range differences {
		if d.matches(p, c, ours) {
			hits.Lock()
			defer hits.Unlock()
			if hits.by == nil {
				hits.by = map[string]int{}
			}
			hits.by[d.id]++
			return true
		}
	}
	return false
}

func (d difference) matches(p probe, c, ours string) bool {
	for op := range strings.FieldsSeq(d.op) {
		if op == p.op {
			return d.path.MatchString(p.path) && d.c.MatchString(c) && d.ours.MatchString(ours)
		}
	}
	return false
}

// mismatches collects what differs, and reports the first of it only.
type mismatches struct {
	t     *testing.T
	mu    sync.Mutex
	count int
	done  int
}

const maxReports = 20

// compare checks the outcome of a probe against what the C program gives.
func (m *mismatches) compare(p probe, c, ours string) {
	m.t.Helper()
	m.mu.Lock()
	m.done++
	m.mu.Unlock()
	if c == ours || intended(p, c, ours) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.count++; m.count <= maxReports {
		m.t.Errorf("%v\n\tours %s\n\tC    %s", p, short(ours), short(c))
	}
}

// finish says how much was left out.
func (m *mismatches) finish() {
	m.t.Helper()
	if m.count > maxReports {
		m.t.Errorf("… and %d more", m.count-maxReports)
	}
	m.t.Logf("%d compared", m.done)
}

func short(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}

// TestDifferencesDocumented checks that users are told of every difference,
// and of none that is no more.
func TestDifferencesDocumented(t *testing.T) {
	const file = "../docs/compatibility.md"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(doc), "\n## Different on purpose\n")
	if !ok {
		t.Fatalf("%s has no section \"Different on purpose\"", file)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllStringSubmatch(section, -1) {
		told[row[1]] = true
	}
	for _, d := range differences {
		if !told[d.id] {
			t.Errorf("%s does not mention %s: %s", file, d.id, d.why)
		}
	}
	for id := range told {
		if !knownDifference(id) {
			t.Errorf("%s mentions %s, which no test shows", file, id)
		}
	}
}

func knownDifference(id string) bool {
	for _, d := range differences {
		if d.id == id {
			return true
		}
	}
	return false
}
