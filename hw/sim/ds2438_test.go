// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"fmt"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

func newDS2438(t *testing.T) (*rig, *sim.DS2438) {
	r := newRig(t)
	chip := sim.NewDS2438(rom(t, "26.000000000001"), r.clock)
	r.line.Add(chip)
	return r, chip
}

// page recalls a page and compares it, with its CRC.
func (r *rig) page(rom hw.ROM, page byte, want string) {
	r.Helper()
	r.ask(rom, fmt.Sprintf("B8 %02X", page), 0)
	r.says(rom, fmt.Sprintf("BE %02X", page), crc8(r, want))
}

// The tables temperature/data relationship and voltage of pages 4 and 5.
func TestDS2438Convert(t *testing.T) {
	r, chip := newDS2438(t)
	for celsius, want := range map[float64]string{
		125: "00 7D", 25.0625: "10 19", 0.5: "80 00", 0: "00 00", -0.5: "80 FF", -25.0625: "F0 E6", -55: "00 C9",
	} {
		chip.SetTemperature(celsius)
		r.says(chip.ROM, "44", "00") // busy
		r.ask(chip.ROM, "B8 00", 0)
		r.says(chip.ROM, "BE 00", "1F") // TB
		r.sleep(10 * time.Millisecond)
		r.page(chip.ROM, 0, "0F"+want+"00 00 00 00 00")
	}
	chip.PowerOn()
	for volts, want := range map[float64]string{
		2.7: "0E 01", 3.6: "68 01", 5: "F4 01", 7.2: "D0 02", 9.99: "E7 03", 10: "E8 03",
	} {
		chip.SetVoltages(volts, 1, 0)
		r.says(chip.ROM, "B4", "00")
		r.ask(chip.ROM, "B8 00", 0)
		r.says(chip.ROM, "BE 00", "4F") // ADB
		r.sleep(10 * time.Millisecond)
		r.page(chip.ROM, 0, "0F 00 00"+want+"00 00 00")
	}
}

// AD selects what is measured; the configuration is copied to EEPROM, the
// read-only registers are not.
func TestDS2438Configuration(t *testing.T) {
	r, chip := newDS2438(t)
	chip.SetVoltages(5, 1.5, 0)
	r.ask(chip.ROM, "4E 00 F7 FF FF FF FF FF FF FF", 0)
	r.says(chip.ROM, "BE 00", crc8(t, "F7 FF FF FF FF FF FF FF"))
	r.ask(chip.ROM, "48 00", 0)
	r.page(chip.ROM, 0, "27 00 00 00 00 00 00 C0") // NVB
	r.sleep(10 * time.Millisecond)
	r.ask(chip.ROM, "B4", 0)
	r.sleep(10 * time.Millisecond)
	r.page(chip.ROM, 0, "07 00 00 96 00 00 00 C0")
	chip.PowerOn()
	r.page(chip.ROM, 0, "07 00 00 00 00 00 00 C0")
}

// Current is VSENS × 4096 with the offset added (pages 7 and 9); without IAD
// it is not measured.
func TestDS2438Current(t *testing.T) {
	r, chip := newDS2438(t)
	for vis, want := range map[float64]string{
		0.03125: "80 00", -0.03125: "80 FF", 0.25: "FF 03", -0.25: "01 FC",
	} {
		chip.SetVoltages(5, 0, vis)
		r.page(chip.ROM, 0, "0F 00 00 00 00"+want+"00")
	}
	chip.SetVoltages(5, 0, 0.03125)
	r.ask(chip.ROM, "4E 01 00 00 00 00 00 F0 1F", 0) // offset -2
	r.ask(chip.ROM, "48 01", 0)
	r.sleep(10 * time.Millisecond)
	r.page(chip.ROM, 0, "0F 00 00 00 00 7E 00 00")
	r.ask(chip.ROM, "4E 00 00", 0)
	r.ask(chip.ROM, "48 00", 0)
	r.sleep(10 * time.Millisecond)
	chip.SetVoltages(5, 0, 0)
	r.page(chip.ROM, 0, "00 00 00 00 00 7E 00 00")
}

// The pages 1, 2, 3 and 7 (page 16) and the accumulators (pages 7 and 8).
func TestDS2438Memory(t *testing.T) {
	r, chip := newDS2438(t)
	r.ask(chip.ROM, "4E 01 00 01 02 03 40 00 00 00", 0)
	r.ask(chip.ROM, "48 01", 0)
	r.sleep(5 * time.Second)
	r.page(chip.ROM, 1, "05 01 02 03 40 00 00 FF")
	chip.Charge(0.0625) // 62.5 mVh
	r.page(chip.ROM, 1, "05 01 02 03 C0 00 00 FF")
	chip.Charge(-0.125)
	r.page(chip.ROM, 1, "05 01 02 03 00 00 00 FF")
	r.page(chip.ROM, 7, "00 00 00 00 04 00 08 00")
	for page, left := range map[byte]string{2: "00 00 00 00 00 00 00 00", 3: "11 22 33 44 55 66 77 88"} {
		r.ask(chip.ROM, fmt.Sprintf("4E %02X 11 22 33 44 55 66 77 88", page), 0)
		r.ask(chip.ROM, fmt.Sprintf("48 %02X", page), 0)
		r.page(chip.ROM, page, "11 22 33 44 55 66 77 88")
		chip.PowerOn()
		r.page(chip.ROM, page, left)
	}
	r.page(chip.ROM, 7, "00 00 00 00 04 00 08 00")
	r.says(chip.ROM, "BE 08", "FF")
}
