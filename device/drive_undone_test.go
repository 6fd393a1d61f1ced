// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"slices"
	"strings"
	"testing"

	"owfs/device"
)

// The properties of the switches, counters and converters that nobody can read
// or write yet, because what is certain about them is not enough: how displays
// are wired to a DS2408, how a DataNAB is calibrated, where the gains are kept.
func TestUndone(t *testing.T) {
	table := device.New()
	sensors := "B1-R1-A/gain B1-R1-A/offset B1-R1-A/pressure DATANAB/humidity DATANAB/reset S3-R1-A/gain S3-R1-A/illuminance"
	for code, want := range map[byte]string{
		0x05: "",
		0x12: "T8A/volt TAI8570/C TAI8570/D1 TAI8570/D2 TAI8570/DA5534/pressure TAI8570/DA5534/temperature " +
			"TAI8570/DA5540/pressure TAI8570/DA5540/temperature TAI8570/pressure TAI8570/sibling TAI8570/temperature",
		0x1D: "mincount",
		0x1E: "",
		0x20: "CO2/Vdd CO2/ppm CO2/status",
		0x26: sensors,
		0x29: "LCD_H/clear LCD_H/home LCD_H/message LCD_H/onoff LCD_H/redefchar LCD_H/redefchar_hex LCD_H/screen LCD_H/screenyx " +
			"LCD_M/clear LCD_M/home LCD_M/message LCD_M/screen",
		0x3A: "",
		0xA6: sensors,
	} {
		f, _ := table.Family(code)
		var undone []string
		for _, p := range f.Properties {
			d := f.Drivers[p.Name]
			others := []string{"alias", "locator", "r_locator", "present"} // not the chip's to tell
			done := (d.Read != nil || !p.Access.CanRead()) && (d.Write != nil || !p.Access.CanWrite())
			if !done && !p.IsDir() && !slices.Contains(others, p.Name) {
				undone = append(undone, p.Name)
			}
		}
		if got := strings.Join(undone, " "); got != want {
			t.Errorf("family %s: undone are %q, want %q", f.Code, got, want)
		}
	}
}
