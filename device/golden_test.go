// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"owfs/device"
)

// golden reads a table below testdata: tab separated, compressed, with a comment at its head that tells where it is from.
func golden(tb testing.TB, name string) [][]string {
	tb.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	var table [][]string
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if line := lines.Text(); !strings.HasPrefix(line, "#") {
			table = append(table, strings.Split(line, "\t"))
		}
	}
	if err := lines.Err(); err != nil || len(table) == 0 {
		tb.Fatalf("%s: %d lines, %v", name, len(table), err)
	}
	return table
}

// split parts "/28/errata/die" into the table of 28 and "errata/die". The table is nil for what is none.
func split(t *device.Table, path string) (*device.Family, string) {
	top, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return family(t, top), rest
}

// family finds the table of "28" or of "settings".
func family(t *device.Table, name string) *device.Family {
	if code, ok := hexByte(name); ok {
		f, _ := t.Family(code)
		return f
	}
	return t.Tree(name)
}

func hexByte(s string) (byte, bool) {
	const digits = "0123456789ABCDEF"
	if len(s) != 2 {
		return 0, false
	}
	high, low := strings.IndexByte(digits, s[0]), strings.IndexByte(digits, s[1])
	return byte(high<<4 | low), high >= 0 && low >= 0
}
