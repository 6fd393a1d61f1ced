// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// programs writes bytes as the data sheets' flow charts do: the answer to each,
// a pulse, and the byte read back.
func programs(r *rig, rom hw.ROM, send string, check []string, data, back []byte) {
	r.Helper()
	r.do(func(tx *hw.Tx) error {
		for i, b := range data {
			var p []byte
			var err error
			want := raw(r, check[i])
			if i == 0 {
				p, err = tx.Exchange(rom, len(want), append(raw(r, send), b)...)
			} else if err = tx.Write(b); err == nil {
				p = make([]byte, len(want))
				err = tx.Read(p)
			}
			if err != nil {
				return err
			}
			if string(p) != string(want) {
				r.Errorf("byte %d answers % X, want % X", i, p, want)
			}
			if err := tx.Pulse(480 * time.Microsecond); err != nil {
				return err
			}
			got := make([]byte, 1)
			if err := tx.Read(got); err != nil {
				return err
			}
			if got[0] != back[i] {
				r.Errorf("byte %d reads back %02X, want %02X", i, got[0], back[i])
			}
		}
		return nil
	})
}

func TestDS2502(t *testing.T) {
	r := newRig(t)
	chip := sim.NewEPROM(rom(t, "09.000000000001"))
	r.line.Add(chip)
	after := func(text string) string { s := crc8(t, text); return s[len(s)-2:] }
	// The generator starts with the address 1F, then 20: CRC8 of 1F^55, of 20^AA.
	programs(r, chip.ROM, "0F 1E 00", []string{after("0F 1E 00 F0"), after("4A"), after("8A")},
		[]byte{0xF0, 0x55, 0xAA}, []byte{0xF0, 0x55, 0xAA})
	programs(r, chip.ROM, "0F 1E 00", []string{after("0F 1E 00 0F")}, []byte{0x0F}, []byte{0x00})
	page := "00 55 "
	next := "AA" + strings.Repeat("FF", 31)
	r.says(chip.ROM, "C3 1E 00", after("C3 1E 00")+page+after(page)+next+after(next))
	rest := page + next + strings.Repeat("FF", 64)
	r.says(chip.ROM, "F0 1E 00", after("F0 1E 00")+rest+after(rest)+"FF")
	// Protect page 1.
	programs(r, chip.ROM, "55 00 00", []string{after("55 00 00 FD")}, []byte{0xFD}, []byte{0xFD})
	programs(r, chip.ROM, "0F 20 00", []string{after("0F 20 00 00")}, []byte{0}, []byte{0xAA})
	r.says(chip.ROM, "AA 00 00", after("AA 00 00")+crc8(t, "FD FF FF FF FF FF FF 00")+"FF")
	if chip.Memory()[0x20] != 0xAA || chip.Status()[0] != 0xFD {
		t.Error("a protected byte has changed")
	}
}

func TestDS2505(t *testing.T) {
	for family, end := range map[string]string{"0B": "E0 07", "0F": "E0 1F"} {
		r := newRig(t)
		chip := sim.NewEPROM(rom(t, family+".000000000001"))
		r.line.Add(chip)
		programs(r, chip.ROM, "0F 00 00", []string{crc16(t, "0F 00 00 12", "")}, []byte{0x12}, []byte{0x12})
		programs(r, chip.ROM, "F3 01 00", []string{"", ""}, []byte{0x34, 0x56}, []byte{0x34, 0x56})
		r.says(chip.ROM, "F0 00 00", "12 34 56 FF")
		programs(r, chip.ROM, "55 00 01", []string{crc16(t, "55 00 01 FC", "")}, []byte{0xFC}, []byte{0xFC})
		page := "12 34 56" + strings.Repeat("FF", 29)
		r.says(chip.ROM, "A5 00 00", crc16(t, "A5 00 00", "FC")+crc16(t, "", page)+crc16(t, "", "FF"))
		r.says(chip.ROM, "AA 00 00", crc16(t, "AA 00 00", strings.Repeat("FF", 8)))
		r.says(chip.ROM, "A5"+end, crc16(t, "A5"+end, "FF")+crc16(t, "", strings.Repeat("FF", 32))+"FF FF")
	}
}
