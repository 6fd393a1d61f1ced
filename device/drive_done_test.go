// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"testing"

	"owfs/device"
)

// All properties of memories, clocks, couplers and their thermometers can be
// read and written.
func TestDone(t *testing.T) {
	table := device.New()
	for _, code := range []byte{
		0x2D, 0x23, 0x43, 0x14, 0x06, 0x08, 0x0A, 0x0C, 0x09, 0x0B, 0x0F, 0x89, 0x8B, 0x8F, 0x24, 0x27, 0x1F, 0x3B, 0x42,
	} {
		f, _ := table.Family(code)
		for _, p := range f.Properties {
			d := f.Drivers[p.Name]
			switch {
			case p.IsDir() || p.Name == "alias": // which is the program's
			case p.Access.CanRead() && d.Read == nil:
				t.Errorf("family %s: %s can't be read", f.Code, p.Name)
			case p.Access.CanWrite() && d.Write == nil:
				t.Errorf("family %s: %s can't be written", f.Code, p.Name)
			}
		}
	}
}
