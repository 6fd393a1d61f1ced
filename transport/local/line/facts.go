// SPDX-License-Identifier: Apache-2.0

package line

import (
	"sync"

	"owfs/hw"
)

// maxFacts bounds of how many devices facts are kept.
const maxFacts = 16384

// facts remembers what drivers have learned of devices.
type facts struct {
	mu    sync.Mutex
	known map[hw.ROM]map[string]any
}

func (f *facts) get(rom hw.ROM, key string) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[rom][key]
}

func (f *facts) set(rom hw.ROM, key string, fact any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil || len(f.known) >= maxFacts {
		f.known = map[hw.ROM]map[string]any{}
	}
	if f.known[rom] == nil {
		f.known[rom] = map[string]any{}
	}
	f.known[rom][key] = fact
}

// drop forgets one fact of a device.
func (f *facts) drop(rom hw.ROM, key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known[rom], key)
}

// forgetAll forgets one fact of every device.
func (f *facts) forgetAll(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.known {
		delete(known, key)
	}
}

func (f *facts) forget(rom hw.ROM) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, rom)
}
