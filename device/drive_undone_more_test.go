// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"slices"
	"strings"
	"testing"

	"owfs/device"
)

// The properties of the loggers, battery chips and sensors that nobody can read
// or write yet, with r or w where it is only the one: there is not enough that is
// certain about them, or the chip does not let anybody write them.
func TestUndoneMore(t *testing.T) {
	table := device.New()
	for code, want := range map[byte]string{
		0x30: "",
		0x2E: "",
		0x31: "",
		0x32: "",
		0x35: "",
		0x36: "",
		0x3D: "",
		0x51: "",
		0x21: "",
		0x41: "",
		0xFF: "",
		0xEF: "",
		0xEE: "",
		0x2C: "",
		0x1B: "",
	} {
		f, _ := table.Family(code)
		if got := undone(f); got != want {
			t.Errorf("family %s: undone are %q, want %q", f.Code, got, want)
		}
	}
}

// What is not certain of the sensors of Embedded Data Systems: where the lowest
// level of vibration is.
func TestUndoneEDS(t *testing.T) {
	f, _ := device.New().Family(0x7E)
	const want = "EDS0070/vib_min"
	if got := undone(f); got != want {
		t.Errorf("undone are %q, want %q", got, want)
	}
}

func undone(f *device.Family) string {
	var all []string
	for _, p := range f.Properties {
		d := f.Drivers[p.Name]
		read, write := p.Access.CanRead() && d.Read == nil, p.Access.CanWrite() && d.Write == nil
		if p.IsDir() || slices.Contains([]string{"alias", "locator", "r_locator", "present"}, p.Name) {
			continue
		}
		switch {
		case read && write, read && !p.Access.CanWrite(), write && !p.Access.CanRead():
			all = append(all, p.Name)
		case read:
			all = append(all, "r:"+p.Name)
		case write:
			all = append(all, "w:"+p.Name)
		}
	}
	return strings.Join(all, " ")
}
