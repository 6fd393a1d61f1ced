// SPDX-License-Identifier: Apache-2.0

//go:build !cgo || nousb

package ds2490

import (
	"errors"
	"strings"
	"testing"
)

// A build without libusb says so in one line.
func TestWithoutUSB(t *testing.T) {
	_, err := Open(t.Context(), "", Options{})
	if !errors.Is(err, ErrNoUSB) || !strings.Contains(err.Error(), "this build has no USB: ") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	if _, err := Find(t.Context()); !errors.Is(err, ErrNoUSB) {
		t.Error(err)
	}
}
