// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A document is a TOML file that is being read. The earliest thing that is
// wrong with it is kept.
type document struct {
	name  string
	lines map[string]int // of a key's path, such as device.3.input.A
	wrong *wrong
}

type wrong struct {
	line int
	text string
}

// A table is a table of a document. Whoever asks for a key gets a value that
// is right, or the zero value.
type table struct {
	doc   *document
	path  string // "device.3."
	what  string // what it is a table of, for messages
	m     map[string]any
	asked map[string]bool
}

// parse reads TOML.
func parse(data []byte, name string) (*table, error) {
	doc := &document{name: name}
	t := &table{doc: doc, what: "a scene", asked: map[string]bool{}}
	if err := toml.Unmarshal(data, &t.m); err != nil {
		line := 1
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ = at.Position()
		}
		return nil, fmt.Errorf("%s:%d: %s", name, line, strings.TrimPrefix(err.Error(), "toml: "))
	}
	doc.lines = lines(data)
	return t, nil
}

// maxDepth is how deep a path may be of which the line is known.
const maxDepth = 8

// lines finds the line of every key.
func lines(data []byte) map[string]int {
	var newlines []int
	for i, b := range data {
		if b == '\n' {
			newlines = append(newlines, i)
		}
	}
	in := indexer{found: map[string]int{}, arrays: map[string]int{}, line: func(n *unstable.Node) int {
		before, _ := slices.BinarySearch(newlines, int(n.Raw.Offset))
		return before + 1
	}}
	var p unstable.Parser
	p.Reset(data)
	for p.NextExpression() {
		in.expression(p.Expression())
	}
	return in.found
}

type indexer struct {
	found  map[string]int
	arrays map[string]int // how many tables an array has so far
	table  []string
	line   func(*unstable.Node) int
}

func (in *indexer) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.KeyValue:
		in.keyValue(in.table, e)
	case unstable.Table:
		in.table, _ = in.key(nil, e)
	case unstable.ArrayTable:
		path, line := in.key(nil, e)
		n := in.arrays[join(path)]
		in.arrays[join(path)] = n + 1
		in.table = append(path, strconv.Itoa(n))
		in.found[join(in.table)] = line
	}
}

// key returns the path that a key leads to, and its line.
func (in *indexer) key(path []string, e *unstable.Node) (_ []string, line int) {
	path = slices.Clone(path)
	for it := e.Key(); it.Next() && len(path) <= maxDepth; {
		n := in.arrays[join(path)] // a path through an array is one of its last table
		if n > 0 {
			path = append(path, strconv.Itoa(n-1))
		}
		path = append(path, string(it.Node().Data))
		line = in.line(it.Node())
		if _, ok := in.found[join(path)]; !ok {
			in.found[join(path)] = line
		}
	}
	return path, line
}

func (in *indexer) keyValue(path []string, e *unstable.Node) {
	path, _ = in.key(path, e)
	in.value(path, e.Value())
}

func (in *indexer) value(path []string, v *unstable.Node) {
	if len(path) > maxDepth {
		return
	}
	n := 0
	switch it := v.Children(); v.Kind {
	case unstable.InlineTable:
		for it.Next() {
			in.keyValue(path, it.Node())
		}
	case unstable.Array:
		for ; it.Next(); n++ {
			in.value(append(slices.Clone(path), strconv.Itoa(n)), it.Node())
		}
	}
}

func join(path []string) string { return strings.Join(path, ".") }

// fail notes what is wrong with a key, unless there was something before it.
func (t *table) fail(key, format string, args ...any) {
	path := t.path + key
	line, ok := t.doc.lines[path]
	for !ok && path != "" { // of what it is a part of
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
		line, ok = t.doc.lines[path]
	}
	if line == 0 {
		line = 1
	}
	if t.doc.wrong != nil && t.doc.wrong.line <= line {
		return
	}
	text := fmt.Sprintf(format, args...)
	if key != "" {
		text = key + ": " + text
	}
	t.doc.wrong = &wrong{line, text}
}

// err returns what is wrong first.
func (d *document) err() error {
	if d.wrong == nil {
		return nil
	}
	return fmt.Errorf("%s:%d: %s", d.name, d.wrong.line, d.wrong.text)
}

// has tells whether there is a key.
func (t *table) has(key string) bool {
	_, ok := t.m[key]
	return ok
}

func (t *table) get(key string) (any, bool) {
	t.asked[key] = true
	v, ok := t.m[key]
	return v, ok
}

// end complains about the keys that nobody has asked for.
func (t *table) end() {
	known := slices.Sorted(maps.Keys(t.asked))
	for key := range t.m {
		if !t.asked[key] {
			t.fail(key, "%s has no such key; its keys are %s", t.what, strings.Join(known, ", "))
		}
	}
}

func (t *table) table(key string, v any, what string) (*table, bool) {
	m, ok := v.(map[string]any)
	return &table{doc: t.doc, path: t.path + key + ".", what: what, m: m, asked: map[string]bool{}}, ok
}

// sub returns the table at a key; nil, if there is none.
func (t *table) sub(key, what string) *table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	s, ok := t.table(key, v, what)
	if !ok {
		t.fail(key, "is a table, such as [%s] or { … }", key)
		return nil
	}
	return s
}

// tables returns an array of tables.
func (t *table) tables(key, what string) (all []*table) {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.fail(key, "write [[%s]], once for each", key)
	}
	for i, v := range list {
		s, ok := t.table(key+"."+strconv.Itoa(i), v, what)
		if !ok {
			t.fail(key, "write [[%s]], once for each", key)
			return nil
		}
		all = append(all, s)
	}
	return all
}

func (t *table) text(key string) string {
	v, ok := t.get(key)
	s, isText := v.(string)
	if ok && !isText {
		t.fail(key, "is a text in quotes")
	}
	return s
}

func (t *table) flag(key string) bool {
	v, ok := t.get(key)
	b, isFlag := v.(bool)
	if ok && !isFlag {
		t.fail(key, "is true or false")
	}
	return b
}

// number returns a number from low to high.
func (t *table) number(key string, low, high, unset float64) float64 {
	v, ok := t.get(key)
	if !ok {
		return unset
	}
	x, ok := asNumber(v)
	if !ok || !(x >= low && x <= high) {
		t.fail(key, "is a number from %v to %v", low, high)
		return unset
	}
	return x
}

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// whole returns a number without a fraction, from 0 to high.
func (t *table) whole(key string, high, unset int64) int64 {
	v, ok := t.get(key)
	if !ok {
		return unset
	}
	n, ok := v.(int64)
	if !ok || n < 0 || n > high {
		t.fail(key, "is a whole number from 0 to %d", high)
		return unset
	}
	return n
}

// longest bounds durations: ten years.
const longest = 87600 * time.Hour

// duration returns a time that something takes.
func (t *table) duration(key string, least, unset time.Duration) time.Duration {
	v, ok := t.get(key)
	if !ok {
		return unset
	}
	d, ok := asDuration(v)
	if !ok || d < least || d > longest {
		t.fail(key, "is a time such as \"90s\", \"1h30m\" or \"24h\", %v at least and %v at most", spell(least), spell(longest))
		return unset
	}
	return d
}

func asDuration(v any) (time.Duration, bool) {
	s, ok := v.(string)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

// spell writes a duration without the zeros that time.Duration has at its end.
func spell(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
