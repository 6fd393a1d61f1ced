// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"owfs/device"
)

// Statistics count what the program does. Make them with NewStatistics.
type Statistics struct {
	family   *device.Family
	counters map[string][]atomic.Uint64 // by property, one for each element

	mu      sync.Mutex
	sources []func() map[string]uint64
}

// NewStatistics returns counters for every property of /statistics.
func NewStatistics(table *device.Table) *Statistics {
	s := &Statistics{family: table.Tree("statistics"), counters: map[string][]atomic.Uint64{}}
	for _, p := range s.family.Properties {
		if !p.IsDir() {
			s.counters[p.Name] = make([]atomic.Uint64, max(1, p.Elements))
		}
	}
	return s
}

// Add adds to a counter, such as "read/calls".
func (s *Statistics) Add(name string, n uint64) {
	if c := s.counters[name]; len(c) > 0 {
		c[0].Add(n)
	}
}

// AddElement adds 1 to an element of an array, such as "read/tries" 0.
func (s *Statistics) AddElement(name string, i int) {
	if c := s.counters[name]; i >= 0 && i < len(c) {
		c[i].Add(1)
	}
}

// Enter counts a request that begins in each of the groups below threads, and
// returns what to call when it ends.
func (s *Statistics) Enter(group string) (leave func()) {
	for _, g := range [...]string{group, "overall"} {
		at := "threads/" + g
		s.Add(at+"/num", 1)
		s.Add(at+"/sum", 1)
		now := s.counters[at+"/now"][0].Add(1)
		raise(&s.counters[at+"/max"][0], now)
	}
	return func() {
		for _, g := range [...]string{group, "overall"} {
			s.counters["threads/"+g+"/now"][0].Add(^uint64(0))
		}
	}
}

// Depth records how many segments a listed path has.
func (s *Statistics) Depth(path string) {
	raise(&s.counters["directory/maxdepth"][0], uint64(strings.Count(strings.TrimSuffix(path, "/"), "/")))
}

func raise(c *atomic.Uint64, to uint64) {
	for {
		was := c.Load()
		if was >= to || c.CompareAndSwap(was, to) {
			return
		}
	}
}

// CacheTry counts a question to a cache.
func (s *Statistics) CacheTry(cache string, hit bool) {
	s.Add("cache/"+cache+"/tries", 1)
	if hit {
		s.Add("cache/"+cache+"/hits", 1)
	}
}

// CacheAdd counts an entry put into a cache.
func (s *Statistics) CacheAdd(cache string) {
	s.Add("cache/"+cache+"/added", 1)
	s.Add("cache/additions", 1)
}

// CacheExpire counts an entry that was too old.
func (s *Statistics) CacheExpire(cache string) { s.Add("cache/"+cache+"/expired", 1) }

// CacheDelete counts an entry taken out of a cache.
func (s *Statistics) CacheDelete(cache string) { s.Add("cache/"+cache+"/deleted", 1) }

// AddSource adds to the counters what somebody else counts, by property.
func (s *Statistics) AddSource(counts func() map[string]uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = append(s.sources, counts)
}

// elsewhere sums up what the sources count.
func (s *Statistics) elsewhere(name string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := uint64(0)
	for _, counts := range s.sources {
		sum += counts()[name]
	}
	return sum
}

// Tree returns the tree of /statistics.
func (s *Statistics) Tree(start time.Time) *Tree {
	t := &Tree{Family: s.family, Start: start, Values: map[string]Value{}}
	for name, c := range s.counters {
		t.Values[name] = Value{Read: func(e device.Element) string {
			i := min(max(e.Index, 0), len(c)-1)
			return strconv.FormatUint(c[i].Load()+s.elsewhere(name), 10)
		}}
	}
	return t
}
