// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"testing"

	"owfs/device"
)

// Of the thermometers, switches, counters and converters every property can be
// read and written.
func TestUndone(t *testing.T) {
	table := device.New()
	for _, code := range []byte{0x05, 0x10, 0x12, 0x1D, 0x1E, 0x20, 0x22, 0x26, 0x28, 0x29, 0x3A, 0xA6} {
		f, _ := table.Family(code)
		if got := undone(f); got != "" {
			t.Errorf("family %s: undone are %s", f.Code, got)
		}
	}
}
