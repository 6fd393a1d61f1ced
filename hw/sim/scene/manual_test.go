// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"owfs/hw/sim"
	"owfs/hw/sim/scene"
)

var update = flag.Bool("update", false, "write docs/simulation.md anew")

const (
	manual  = "../../../docs/simulation.md"
	example = "../../../packaging/example-bus.toml"
)

// quoted are the properties of the example that the manual shows.
var quoted = []string{
	"28.0000CE11A401/temperature",
	"28.00000D0025E2/temperature",
	"28.00000D0025E2/power",
	"10.00001171C600/temperature",
	"29.00004E1A7501/sensed.BYTE",
	"3A.0000FEEDBAC1/sensed.ALL",
	"1D.00003A7E2001/counters.ALL",
	"20.0000ADC00001/volt.ALL",
	"26.0000BA77E201/temperature",
	"26.0000BA77E201/VDD",
	"26.0000BA77E201/vis",
	"1F.0000C0B1E201/main/28.00006A2DE401/temperature",
	"1F.0000C0B1E201/aux/28.000028D70C00/temperature",
}

// The manual's chips, example and values are the program's.
func TestManual(t *testing.T) {
	page, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	want := between(t, page, "chips", chips())
	want = between(t, want, "example", played(t))
	switch {
	case bytes.Equal(page, want):
	case *update:
		if err := os.WriteFile(manual, want, 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the program does; run this test with -update", manual)
	}
}

// between puts text between the comments that begin with a word and "end".
func between(t *testing.T, page []byte, word, text string) []byte {
	t.Helper()
	begin := bytes.Index(page, []byte("<!-- "+word+":"))
	if begin < 0 {
		t.Fatalf("%s has no place for %s", manual, word)
	}
	begin += bytes.IndexByte(page[begin:], '\n') + 1
	end := begin + bytes.Index(page[begin:], []byte("<!-- end -->"))
	return []byte(string(page[:begin]) + text + string(page[end:]))
}

func chips() string {
	b := strings.Builder{}
	b.WriteString("\n| family | chip | keys |\n| --- | --- | --- |\n")
	for _, row := range scene.Chips() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row[0], row[1], row[2])
	}
	return b.String()
}

// played is the example's text, and what it reads at noon of a day.
func played(t *testing.T) string {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	atNoon := func() *bus {
		b := &bus{TB: t, clock: &sim.Virtual{}}
		b.sleep(time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).Sub(b.clock.Now()))
		return b.over(read(t, string(text)))
	}
	out := strings.Builder{}
	for line := range strings.Lines(string(text)) {
		out.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	fmt.Fprintf(&out, "\nAt 2026-07-01 12:00 UTC the bus lists\n\n")
	for _, name := range atNoon().list("/") {
		fmt.Fprintf(&out, "    %s\n", name)
	}
	fmt.Fprintf(&out, "\nand these files read\n\n| file | value |\n| --- | --- |\n")
	for _, path := range quoted {
		value, err := atNoon().get("/" + path)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&out, "| `%s` | %s |\n", path, value)
	}
	return "\n" + out.String()
}
