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
		0x30: "WS603/LED/control WS603/LED/model WS603/LED/status WS603/calibration/direction WS603/calibration/wind_speed WS603/data_string WS603/direction" +
			" WS603/light/intensity WS603/light/threshold WS603/param_string WS603/temperature WS603/volt WS603/wind_speed w:cc w:dc",
		0x2E: "",
		0x31: "w:cc w:dc",
		0x32: "w:aef w:chgtf dc w:learnf nben w:rnaop w:sef",
		0x35: "alarm_set w:ios w:ovd w:uben w:uven vbias",
		0x36: "",
		0x3D: "w:aef w:sef",
		0x51: "por w:uven",
		0x21: "alarm_state alarm_trigger",
		0x41: "",
		0xFF: "r:data r:register",
		0xEF: "barometer/pressure moisture/calibrate/max moisture/calibrate/min",
		0xEE: "",
		0x2C: "",
		0x1B: "pages/page",
	} {
		f, _ := table.Family(code)
		if got := undone(f); got != want {
			t.Errorf("family %s: undone are %q, want %q", f.Code, got, want)
		}
	}
}

// Of the sensors of Embedded Data Systems, the environment ones are done, and of
// those with a resistor all but the alarms.
func TestUndoneEDS(t *testing.T) {
	f, _ := device.New().Family(0x7E)
	for _, name := range strings.Fields(undone(f)) {
		model, rest, _ := strings.Cut(name, "/")
		switch {
		case slices.Contains([]string{"EDS0070", "EDS0080", "EDS0082", "EDS0083", "EDS0085", "EDS0090"}, model):
		case (model == "EDS0071" || model == "EDS0072") && strings.Contains(rest, "alarm/"):
		default:
			t.Errorf("%s is undone", name)
		}
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
