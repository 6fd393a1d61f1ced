// SPDX-License-Identifier: Apache-2.0

package bustest_test

import (
	"testing"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/sim"
)

// The bare emulated line keeps the contract; else nothing behind it could.
func TestEmulatedLine(t *testing.T) {
	bustest.RunVirtual(t, func(t *testing.T) (hw.Bus, *sim.Line) {
		line := sim.NewLine(hw.Wall{})
		t.Cleanup(func() { line.Close() })
		return line, line
	})
}
