// SPDX-License-Identifier: Apache-2.0

package hw

import "testing"

// The ROM code of Maxim application note 27, figure 3: the CRC of
// 02 1C B8 01 00 00 00 is A2. The others were read from owserver 3.2p4.
func TestParseROM(t *testing.T) {
	for name, want := range map[string]string{
		"02.1CB801000000.A2": "02.1CB801000000",
		"10.67C6697351FF":    "10.67C6697351FF",
		"1067C6697351FF":     "10.67C6697351FF",
		"10.67C6697351FF.8D": "10.67C6697351FF",
		"10.67C6697351FF8D":  "10.67C6697351FF",
		"1067C6697351FF.8D":  "10.67C6697351FF",
		"1067c6697351ff8d":   "10.67C6697351FF",
		"10.000010EF0000.":   "10.000010EF0000",
		"10.67C6697351FF.8E": "",
		"10.67C6697351F":     "",
		"10.67C6697351FF8":   "",
		"10..67C6697351FF":   "",
		"1.067C6697351FF":    "",
		"kitchen":            "",
		"":                   "",
		"GG.67C6697351FF":    "",
	} {
		r, err := ParseROM(name)
		if got := r.String(); err == nil && got != want || err != nil && want != "" {
			t.Errorf("ParseROM(%q) = %v, %v, want %q", name, got, err, want)
		}
		if err == nil && !r.Valid() {
			t.Errorf("ParseROM(%q) = % X with a wrong CRC", name, r[:])
		}
	}
}

func FuzzParseROM(f *testing.F) {
	f.Add("10.67C6697351FF.8D")
	f.Add("28FF4A3C021604")
	f.Fuzz(func(t *testing.T, name string) {
		r, err := ParseROM(name)
		if err != nil {
			return
		}
		again, err := ParseROM(r.String())
		if err != nil || again != r {
			t.Errorf("%q parses as %v, which parses as %v, %v", name, r, again, err)
		}
	})
}
