// SPDX-License-Identifier: Apache-2.0

package passive_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/passive"
)

var update = flag.Bool("update", false, "write the traces anew")

// A recorder writes down what goes over the port, with what it means on the
// line. The meanings are found from the words alone.
type recorder struct {
	text  strings.Builder
	reset bool // the word under way is a reset
	ones  byte
	flush func()
}

func (r *recorder) step(name string) {
	r.flush()
	fmt.Fprintf(&r.text, "\n%s\n", name)
}

func (r *recorder) see(toLine bool, p []byte) {
	if toLine {
		r.reset = len(p) == 1 && p[0] == 0xF0
	}
	sign := "<"
	if toLine {
		sign = ">"
	}
	bytes := len(p)%8 == 0
	for ; len(p) > 0; p = p[min(len(p), 16):] {
		words := p[:min(len(p), 16)]
		means := r.slots(words, bytes)
		switch {
		case r.reset && toLine:
			means = "reset"
		case r.reset:
			means = r.answer(words[0])
		}
		fmt.Fprintf(&r.text, "%s %-48s %s\n", sign, fmt.Sprintf("% X", words), means)
	}
}

func (r *recorder) answer(w byte) string {
	switch w {
	case 0xF0:
		return "nobody"
	case 0x00:
		return "short"
	}
	return "presence"
}

// slots spells slots as bits in the order of the line, or whole bytes of them in
// hex.
func (r *recorder) slots(words []byte, bytes bool) string {
	var bits, hex strings.Builder
	var b byte
	for i, w := range words {
		bit := byte(0)
		if w == r.ones {
			bit = 1
		}
		fmt.Fprint(&bits, bit)
		if b |= bit << (i % 8); i%8 == 7 {
			fmt.Fprintf(&hex, "%02X ", b)
			b = 0
		}
	}
	if bytes {
		return strings.TrimSpace(hex.String())
	}
	return bits.String()
}

// golden compares what was recorded with a file.
func (r *recorder) golden(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join("testdata", name+".trace")
	got := r.text.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("other words than in %s (go test -update writes it anew); now:\n%s", file, got)
	}
}

func traced(t *testing.T, name string, opts passive.Options, steps func(t *testing.T, r *rig, rec *recorder)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := &recorder{ones: 0x3F}
			if opts.EightBit {
				rec.ones = 0xFF
			}
			fmt.Fprintf(&rec.text, "# %s: > to the line, < from it\n\nopen\n", name)
			var last []byte // what comes back comes in pieces
			flush := func() {
				if len(last) > 0 {
					rec.see(false, last)
				}
				last = nil
			}
			opts.Trace = func(toLine bool, p []byte) {
				if !toLine {
					last = append(last, p...)
					return
				}
				flush()
				rec.see(true, p)
			}
			r := connect(t, opts, func(r *rig) { thermometer(t, r.line, "28.000000000001") })
			rec.flush = flush
			steps(t, r, rec)
			flush()
			rec.golden(t, name)
		})
	})
}

func TestTraces(t *testing.T) {
	check := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, opts := range map[string]passive.Options{"six": {}, "eight": {EightBit: true}} {
		traced(t, name, opts, func(t *testing.T, r *rig, rec *recorder) {
			present := func() {
				there, err := r.bus.Reset(t.Context())
				check(t, err)
				if !there {
					t.Fatal("nobody")
				}
			}
			rec.step("convert, the line left alone for 750 ms; then read")
			present()
			check(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM}))
			_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
			check(t, err)
			present()
			check(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM, 0xBE, 0xFF, 0xFF}))
		})
	}
	traced(t, "search", passive.Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("is the device there?")
		there, err := hw.Verify(t.Context(), r.bus, hw.SearchROM, romOf(t, "28.000000000001"))
		check(t, err)
		if !there {
			t.Fatal("it is not there")
		}
	})
}
