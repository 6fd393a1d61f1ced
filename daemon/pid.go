// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"fmt"
	"os"
	"strconv"
)

// WritePID writes the pid file, and returns its full path.
func WritePID(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	full := FullName(name)
	if err := os.WriteFile(full, []byte(ownPID()), 0o644); err != nil {
		return "", fmt.Errorf("pid file: %w", err)
	}
	return full, nil
}

// RemovePID removes the pid file, unless another process has taken it over.
func RemovePID(full string) {
	if text, err := os.ReadFile(full); err == nil && string(text) == ownPID() {
		os.Remove(full)
	}
}

func ownPID() string { return strconv.Itoa(os.Getpid()) + "\n" }
