// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// built is the folder that TestMain puts the programs under test into.
var built string

// TestMain builds the programs, runs the tests, and fails the run if a test
// has left a mount or a process behind.
func TestMain(m *testing.M) {
	if os.Getenv(noisyMount) != "" {
		os.Exit(serveNoise(os.Stdin, os.Stdout))
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "owfs-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // another user runs owfs, too
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	built = dir
	// The captures show dates in local time; there and here that is UTC.
	if err := os.Setenv("TZ", "UTC"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, name := range []string{"owfs", "owserver", "ow"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), "../cmd/"+name)
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", name, err, out)
			return 1
		}
	}
	code := m.Run()
	if left := leftovers(dir); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "left behind by the tests:", left)
		return 1
	}
	return code
}

// leftovers finds mounts below the test's folders, and processes that were
// built for it.
func leftovers(dir string) []string {
	var left []string
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for _, line := range strings.Split(string(mounts), "\n") {
		if f := strings.Fields(line); len(f) > 2 && strings.HasPrefix(f[1], dir) {
			left = append(left, "mount "+f[1])
		}
	}
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range procs {
		line, _ := os.ReadFile(p)
		if bytes.Contains(line, []byte(dir)) {
			left = append(left, "process "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}
