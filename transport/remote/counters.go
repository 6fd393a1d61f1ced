// SPDX-License-Identifier: Apache-2.0

package remote

// Counters are told what the caches of a Peer do. The names of the caches are
// those of /statistics/cache: "directory", "device", "external".
type Counters interface {
	CacheTry(cache string, hit bool)
	CacheAdd(cache string)
	CacheExpire(cache string)
	CacheDelete(cache string)
}

type noCounters struct{}

func (noCounters) CacheTry(string, bool) {}
func (noCounters) CacheAdd(string)       {}
func (noCounters) CacheExpire(string)    {}
func (noCounters) CacheDelete(string)    {}
