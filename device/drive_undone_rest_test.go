// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"testing"

	"owfs/device"
)

// The properties of the rarer chips that nobody can read or write: the secrets
// of a SHA iButton, of which no width and place fit the name; what the sensors
// of CMC send about open loops and after a change of mode, for which there is no
// data sheet; and all of the DS1954, whose answers overlap with what it is sent.
func TestUndoneRest(t *testing.T) {
	table := device.New()
	families := table.Shelved()
	for _, code := range []byte{0x02, 0x04, 0x18, 0x1A, 0x1C, 0x37, 0x82, 0xA0, 0xA2, 0xA5, 0xB2, 0xDD, 0xFC, 0xFE} {
		f, _ := table.Family(code)
		families = append(families, f)
	}
	families = append(families, table.Tree("thermostat"))
	want := map[string]string{
		"DS1963S": "pages/password password",
		"mDI001":  "loop_open open",
		"mVM001":  "RMS peak",
		"DS1954":  "io_buffer ipr reset status",
	}
	for _, f := range families {
		if got := undone(f); got != want[f.Type] {
			t.Errorf("%s: undone are %q, want %q", f.Type, got, want[f.Type])
		}
	}
}
