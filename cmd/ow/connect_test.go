// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"owfs/owproto"
)

// The C programs were seen to find a host and a port in the same way, or to fail
// where the line says so.
func TestAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"":                  "localhost:4304",
		"3000":              "localhost:3000",
		"pi":                "pi:4304",
		"pi:3000":           "pi:3000",
		"192.0.2.1":         "192.0.2.1:4304",
		"192.0.2.1:3000":    "192.0.2.1:3000",
		"::1:3000":          "[::1]:3000",
		"fe80::1%lo:3000":   "[fe80::1%lo]:3000",
		"[::1]:3000":        "[::1]:3000",             // fails
		"::1":               "[::1]:4304",             // fails
		"fd00::":            "[fd00::]:4304",          // fails
		"1:2:3:4:5:6:7:8":   "[1:2:3:4:5:6:7:8]:4304", // fails
		"1:2:3:4:5:6:7:8:9": "[1:2:3:4:5:6:7:8]:9",
		":3000":             "localhost:3000", // fails
	} {
		if _, got := owproto.SplitAddr(address(addr)); got != want {
			t.Errorf("%q: %s, want %s", addr, got, want)
		}
	}
}
