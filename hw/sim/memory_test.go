// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// The protocols of the DS2431 data sheet, page 21.
func TestDS2431(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2431(rom(t, "2D.000000000001"), r.clock)
	r.line.Add(chip)
	write := func(at, data string) {
		r.Helper()
		r.says(chip.ROM, "0F"+at+data, crc16(t, "0F"+at+data, "")+"FF")
	}
	read := func(at, es, data string) {
		r.Helper()
		r.says(chip.ROM, "AA", crc16(t, "AA", at+es+data)+"FF")
	}
	write("08 00", "01 02 03 04 05 06 07 08")
	read("08 00", "07", "01 02 03 04 05 06 07 08")
	r.says(chip.ROM, "55 08 00 07", "FF FF") // programming
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "AA", "08 00 87 01")
	r.says(chip.ROM, "F0 06 00", "FF FF 01 02 03 04 05 06 07 08 FF")
	r.do(func(tx *hw.Tx) error {
		if err := tx.Command(chip.ROM, 0x55, 0x08, 0x00, 0x87); err != nil {
			return err
		}
		r.sleep(10 * time.Millisecond)
		p := make([]byte, 2)
		err := tx.Read(p)
		if p[0] != 0xAA || p[1] != 0xAA {
			t.Errorf("the copy ends with % X", p)
		}
		return err
	})

	// A wrong E/S, half a row, half a byte.
	r.says(chip.ROM, "55 08 00 86", "FF")
	r.ask(chip.ROM, "0F 08 00 01 02", 0)
	r.says(chip.ROM, "AA", "08 00 01 01 02")
	r.ask(chip.ROM, "55 08 00 01", 0)
	r.do(func(tx *hw.Tx) error {
		if err := tx.Command(chip.ROM, 0x0F, 0x10, 0x00, 0x55); err != nil {
			return err
		}
		_, err := tx.Bit()
		return err
	})
	r.says(chip.ROM, "AA", "10 00 20 55")

	// EPROM mode of page 1, write protection of page 2, then copy protection.
	chip.SetMemory(0x81, []byte{0xAA, 0x55})
	chip.SetMemory(0x40, []byte{1, 2, 3})
	write("20 00", "F0 FF FF FF FF FF FF FF")
	r.ask(chip.ROM, "55 20 00 07", 0)
	r.sleep(10 * time.Millisecond)
	write("20 00", "0F FF FF FF FF FF FF FF")
	read("20 00", "07", "00 FF FF FF FF FF FF FF")
	write("40 00", "FF FF FF FF FF FF FF FF")
	read("40 00", "07", "01 02 03 FF FF FF FF FF")
	write("80 00", "00 00 00 00 AA 77 11 22")
	read("80 00", "07", "00 AA 55 00 AA 55 11 22")
	r.ask(chip.ROM, "55 80 00 07", 0)
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "F0 80 00", "00 AA 55 00 AA 55 11 22 00 00 00 00 00 00 00 00 FF")
	write("80 00", "00 00 00 00 00 00 33 44")
	r.ask(chip.ROM, "55 80 00 07", 0)
	r.says(chip.ROM, "AA", "80 00 07")
	write("88 00", "00 00 00 00 00 00 00 00")
	r.ask(chip.ROM, "55 88 00 07", 0)
	r.says(chip.ROM, "AA", "88 00 07")
}

func TestDS28EC20(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS28EC20(rom(t, "43.000000000001"), r.clock)
	r.line.Add(chip)
	page := strings.Repeat("A5", 30)
	r.says(chip.ROM, "0F C2 09"+page, crc16(t, "0F C2 09"+page, "")+"FF")
	r.says(chip.ROM, "AA", crc16(t, "AA", "C2 09 1F"+page)+"FF")
	r.says(chip.ROM, "55 C2 09 1F", "FF")
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "A5 C0 09", crc16(t, "A5 C0 09", "FF FF"+page)+
		crc16(t, "", strings.Repeat("FF", 32))+crc16(t, "", strings.Repeat("00", 32)))
	r.says(chip.ROM, "F0 FE 09", "FF FF 00 00")
	chip.SetMemory(0xA00, []byte{0x55, 0xAA})
	r.ask(chip.ROM, "0F 00 00 12", 0)
	r.says(chip.ROM, "AA", "00 00 00 FF")
	r.ask(chip.ROM, "0F 00 01 12", 0)
	r.says(chip.ROM, "AA", "00 01 00 12")
}

func TestDS2433(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2433(rom(t, "23.000000000001"), r.clock)
	r.line.Add(chip)
	r.ask(chip.ROM, "0F 26 00 01 02 03", 0)
	r.says(chip.ROM, "AA", "26 00 08 01 02 03")
	r.says(chip.ROM, "55 26 00 08", "FF")
	r.sleep(5 * time.Millisecond)
	r.says(chip.ROM, "AA", "26 00 88")
	r.says(chip.ROM, "F0 25 00", "FF 01 02 03 FF")
	data := strings.Repeat("5A", 32)
	r.says(chip.ROM, "0F E0 01"+data, crc16(t, "0F E0 01"+data, "")+"FF")
	r.says(chip.ROM, "AA", "E0 01 1F"+data+"FF FF")
	r.ask(chip.ROM, "55 E0 01 1F", 0)
	r.sleep(5 * time.Millisecond)
	r.says(chip.ROM, "F0 DF 01", "FF"+data+"FF FF")
	r.says(chip.ROM, "AA", "DF 01 9F")
}

func TestNVRAM(t *testing.T) {
	for family, row := range map[string]struct{ at, after string }{
		"08": {"78 00", "00 00"}, "06": {"F8 01", "00 00"}, "0A": {"F8 07", "AA AA"}, "0C": {"F8 1F", "AA AA"},
	} {
		r := newRig(t)
		chip := sim.NewNVRAM(rom(t, family+".000000000001"), r.clock)
		r.line.Add(chip)
		r.says(chip.ROM, "0F"+row.at+"01 02 03 04 05 06 07 08", "FF") // and too much
		r.says(chip.ROM, "AA", row.at+"5F 01 02 03 04 05 06 07 08 FF")
		r.says(chip.ROM, "55"+row.at+"5F", row.after)
		r.says(chip.ROM, "F0"+row.at, "01 02 03 04 05 06 07 08 FF")
	}
}

// The commands of the DS2430A data sheet, pages 5 to 8.
func TestDS2430A(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2430A(rom(t, "14.000000000001"), r.clock)
	r.line.Add(chip)
	r.ask(chip.ROM, "0F 1F 01 02", 0) // wraps
	r.says(chip.ROM, "AA 1F", "01 02 FF")
	r.ask(chip.ROM, "55 A4", 0)
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "F0 1F", "FF FF")
	r.says(chip.ROM, "AA 1F", "FF FF") // the read has changed the scratchpad
	r.ask(chip.ROM, "0F 1F 01 02", 0)
	r.ask(chip.ROM, "55 A5", 0)
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "F0 1F", "01 02")

	r.says(chip.ROM, "66 00", "FF")
	r.ask(chip.ROM, "99 00 11 22", 0)
	r.says(chip.ROM, "C3 00", "11 22 FF FF FF FF FF FF 11")
	r.ask(chip.ROM, "5A A5", 0)
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "66 00", "FC")
	r.ask(chip.ROM, "99 00 33 44", 0)
	r.says(chip.ROM, "C3 00", "11 22")
}

func TestSerial(t *testing.T) {
	r := newRig(t)
	r.line.Add(sim.NewSerial(rom(t, "01.000000000001")), sim.NewSerial(rom(t, "81.000000000001")))
	r.do(func(tx *hw.Tx) error {
		found, err := tx.Search(hw.SearchROM)
		if len(found) != 2 {
			t.Errorf("found %v", found)
		}
		return err
	})
	r.says(rom(t, "01.000000000001"), "F0", "FF")
}
