// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// Whatever was sent before, at whatever rate: a break makes the chip listen.
func FuzzTakesOver(f *testing.F) {
	f.Add([]byte{}, uint16(0))
	f.Add([]byte{0xC1, 0x77}, uint16(0))                         // at 115200 baud
	f.Add([]byte{0xC1, 0x3F, 0x83}, uint16(10))                  // strong pull-up without end
	f.Add([]byte{0xC1, 0x2F, 0xFD}, uint16(10))                  // 12 V without end
	f.Add([]byte{0xC1, 0xEF, 0xE1, 0x01, 0x02, 0x03}, uint16(0)) // pull-up after each byte, in the middle of them
	f.Add([]byte{0xC1, 0xB9, 0xE1, 0x00, 0xE3}, uint16(1))       // in a search at overdrive
	f.Fuzz(func(t *testing.T, left []byte, wait uint16) {
		if len(left) > 64 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			line := sim.NewLine(hw.Wall{})
			defer line.Close()
			cable := chip.Plug(chip.New(line))
			defer cable.Close()
			if _, err := cable.Write(left); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(wait) * time.Microsecond)
			bus, err := ds2480b.Attach(t.Context(), cable, ds2480b.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer bus.Close()
			line.Add(sim.NewDS18B20(romOf(t, "28.000000000001"), hw.Wall{}, func() float64 { return 20 }))
			found, err := hw.Search(t.Context(), bus, hw.SearchROM)
			if err != nil || len(found) != 1 {
				t.Errorf("finds %v, %v", found, err)
			}
		})
	})
}
