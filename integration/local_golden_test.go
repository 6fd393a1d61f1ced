// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/simulated"
)

// Every value of every family that the original's tester computes, from our
// own. The rows are raw: numbers padded to 12 columns.
func TestLocalTesterGolden(t *testing.T) {
	rows := captured(t, "testdata/values.tsv.gz")
	seen := map[string]bool{}
	var list []string
	for _, row := range rows {
		rom := strings.Split(row[0], "/")[1]
		if !seen[rom] {
			seen[rom] = true
			list = append(list, rom)
		}
	}
	roms, err := simulated.ParseList(simulated.Tester, strings.Join(list, ","), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	bus := local.New(local.Config{Backend: simulated.New(simulated.Tester, roms), Table: device.New()})
	// The original asks a chip that is not there; the ranges of a DS1921 follow
	// from its ROM code. These 68 rows are the only ones that differ.
	knownFromROM := regexp.MustCompile(`^/[2A]1\.[0-9A-F]+/(about/(resolution|templow|temphigh)|histogram/(gap|temperature\..*))$`)
	wrong, known := 0, 0
	for _, row := range rows {
		got, err := bus.Read(t.Context(), transport.Request{Path: row[0]})
		want := row[1]
		switch failed := strings.HasPrefix(want, "ERR"); {
		case want == "ERR -95" && errors.Is(err, syscall.ENOTSUP):
			continue
		case failed && knownFromROM.MatchString(row[0]) && err == nil:
			known++
			continue
		case failed && want != "ERR -95" && err != nil && !knownFromROM.MatchString(row[0]):
			continue
		case !failed && err == nil && strings.EqualFold(hex.EncodeToString(got), want):
			continue
		}
		if wrong++; wrong <= 200 {
			text, _ := hex.DecodeString(want)
			t.Errorf("%s reads %.60q, %v, want %.60q (%.10s)", row[0], got, err, text, want)
		}
	}
	if known != 68 {
		t.Errorf("%d rows read a value where the original has an error, want 68", known)
	}
	t.Logf("%d of %d rows differ, %d read a value where the original has an error", wrong, len(rows), known)
}
