// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"flag"
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
	fuzzing := flag.Lookup("test.fuzz").Value.String() != "" // has goroutines of its own
	for range 100 {
		if fuzzing || runtime.NumGoroutine() <= before {
			os.Exit(code)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	fmt.Printf("goroutines left:\n%s\n", stacks[:runtime.Stack(stacks, true)])
	os.Exit(1)
}
