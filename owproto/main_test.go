// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestMain fails the run if a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			os.Exit(code)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	fmt.Printf("goroutines left:\n%s\n", stacks[:runtime.Stack(stacks, true)])
	os.Exit(1)
}
