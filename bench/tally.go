// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A tally says how often each kind of a thing happened.
type tally map[string]int

func (t tally) sum() (n int) {
	for _, k := range t {
		n += k
	}
	return n
}

// String lists the kinds, the most frequent first.
func (t tally) String() string {
	var kinds []string
	for kind := range t {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if t[a] != t[b] {
			return t[b] - t[a]
		}
		return strings.Compare(a, b)
	})
	for i, kind := range kinds {
		if n := t[kind]; n > 1 {
			kinds[i] = fmt.Sprint(n, " ", kind)
		}
	}
	return strings.Join(kinds, ", ")
}

// A counter is a tally that is counted up while others look.
type counter struct {
	mu     sync.Mutex
	counts tally
}

func (c *counter) add(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = tally{}
	}
	c.counts[kind]++
}

// take returns what was counted since the last time.
func (c *counter) take() tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.counts
	c.counts = nil
	return t
}

// opcodes counts the requests of the kernel in what a program logs: go-fuse as
// "rx 2: LOOKUP n1 …", libfuse as "unique: 2, opcode: LOOKUP (1), …".
type opcodes struct {
	counter
	rest []byte
}

var opcode = regexp.MustCompile(`\brx \d+: ([A-Z_0-9]+)|, opcode: ([A-Z_0-9]+)`)

func (o *opcodes) Write(p []byte) (int, error) {
	o.rest = append(o.rest, p...)
	for {
		line, rest, ok := bytes.Cut(o.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		o.rest = rest
		if m := opcode.FindSubmatch(line); m != nil {
			o.add(string(m[1]) + string(m[2]))
		}
	}
}

var _ io.Writer = (*opcodes)(nil)
