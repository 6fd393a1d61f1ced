// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Many reads, one in twenty of them asked from the peer, leave the memory of the
// mount as it was: 21 bytes kept of each would be seen. OWFS_MEMORY_READS=1000000
// makes a million of them.
func TestMemoryStaysFlat(t *testing.T) {
	const warm, workers = 50_000, 8
	reads := numberFrom(t, "OWFS_MEMORY_READS", 250_000)
	m := mountOwfs(t, "-s", startOwserver(t, testDevices))
	static := []string{thermometer + "/type", "29.000029D60200/id", "12.000012ED0400/address", "10.000010EF0000/family"}
	volatile := []string{thermometer + "/temperature", "29.000029D60200/sensed.ALL"}
	run := func(n int) {
		var next atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				buf := make([]byte, 64)
				for {
					i := int(next.Add(1))
					if i > n {
						return
					}
					name := static[i%len(static)]
					if i%20 == 0 {
						name = volatile[i/20%len(volatile)]
					}
					if !readRaw(m.path(name), buf) {
						t.Errorf("%s can't be read", name)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	run(warm)
	before := m.rss(t)
	run(reads - warm)
	after := m.rss(t)
	t.Logf("resident after %d reads: %d KB, after %d: %d KB", warm, before/1024, reads, after/1024)
	if after > before+4<<20 {
		t.Errorf("the mount grew by %d KB", (after-before)/1024)
	}
}

// readRaw opens, reads once and closes, with no more than these system calls.
func readRaw(name string, buf []byte) bool {
	var fd int
	var err error
	for fd, err = syscall.Open(name, syscall.O_RDONLY, 0); err == syscall.EINTR; {
		fd, err = syscall.Open(name, syscall.O_RDONLY, 0)
	}
	if err != nil {
		return false
	}
	defer syscall.Close(fd)
	n, err := syscall.Read(fd, buf)
	return err == nil && n > 0
}
