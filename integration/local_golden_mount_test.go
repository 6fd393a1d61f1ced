// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"regexp"
	"strings"
	"testing"
)

// TestLocalGoldenMount compares the mount of our own computed bus, with no
// server behind it, with the captures: every value of every family, and modes,
// sizes, names and order.
func TestLocalGoldenMount(t *testing.T) {
	t.Parallel()
	var devices []string
	for _, name := range goldenRoot(t) {
		if strings.HasSuffix(name, goldenID) {
			devices = append(devices, name)
		}
	}
	m := mountOwfs(t, "--tester="+strings.Join(devices, ","))
	for _, tt := range []struct {
		name string
		test func(*testing.T, *mounted)
	}{
		{"stat", goldenStat},
		{"listings", goldenListings},
		{"values", goldenLocalValues},
		{"structure", goldenStructure},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, m) })
	}
}

// goldenListings compares the names in each directory of each device, and
// their order.
func goldenListings(t *testing.T, m *mounted) {
	var probes []probe
	var want []string
	for _, row := range captured(t, "../device/testdata/listings.tsv.gz") {
		if dir := withID(row[0]); dir != row[0] && !isBranch(dir) {
			probes = append(probes, probe{op: "list", path: dir})
			want = append(want, strings.ReplaceAll(row[1], ",", "|"))
		}
	}
	compareAll(t, m, probes, func(i int) string { return want[i] }, asIs)
}

// fromROM are the values that follow from the ROM code of a DS1921, for which
// the original asks the chip that a computed bus does not have.
var fromROM = regexp.MustCompile(`^/[2A]1\.[0-9A-F]+/(about/(resolution|templow|temphigh)|histogram/(gap|temperature\.(ALL|[0-9]+)))$`)

// goldenLocalValues reads every property of every family. Where the original
// has an error ours may have another one, but for what can't be read.
func goldenLocalValues(t *testing.T, m *mounted) {
	rows := captured(t, "testdata/values.tsv.gz")
	known := make([]bool, len(rows))
	bad := mismatches{t: t}
	inParallel(len(rows), func(i int) {
		p := probe{op: "read", path: rows[i][0]}
		want, got := wireValue(t, rows[i][1]), p.on(m)
		failed := strings.HasPrefix(rows[i][1], "ERR")
		switch {
		case failed && fromROM.MatchString(p.path):
			if known[i] = strings.HasPrefix(got, `"`); !known[i] {
				t.Errorf("%v: %s, want a value", p, got)
			}
		case failed && want != "ENOTSUP" && got[0] == 'E':
			bad.compare(p, want, want)
		default:
			bad.compare(p, want, got)
		}
	})
	bad.finish()
	count := 0
	for _, yes := range known {
		if yes {
			count++
		}
	}
	if count != 68 {
		t.Errorf("%d values follow from a ROM code, want 68", count)
	}
}
