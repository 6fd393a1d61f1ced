// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

func newDS2406(t *testing.T) (*rig, *sim.DS2406) {
	r := newRig(t)
	chip := sim.NewDS2406(rom(t, "12.000000000001"))
	r.line.Add(chip)
	return r, chip
}

// Status memory as it comes (page 5), and status byte 7 written with a byte FF
// for the pulse (page 13).
func TestDS2406Status(t *testing.T) {
	r, chip := newDS2406(t)
	r.says(chip.ROM, "AA 0000", crc16(t, "AA 0000", "FF FF FF FF FF 00 00 FF")+"FFFF")
	r.says(chip.ROM, "55 0700 40"+crc16(t, "55 0700 40", "")+"FF", "C0")
	if chip.Latches() != 2 || chip.Levels() != 2 {
		t.Errorf("latches %X, levels %X, want 2: A conducts, B does not", chip.Latches(), chip.Levels())
	}
	chip.SetVCC(false)
	r.says(chip.ROM, "AA 0700", crc16(t, "AA 0700", "40"))
	r.says(chip.ROM, "AA 0780", crc16(t, "AA 0700", "40")) // its CRC is of the address it knows
}

// writes sends a write command with one byte and, after the CRC, a pulse.
func (r *rig) writes(rom hw.ROM, send string, pulse bool, want byte) {
	r.Helper()
	r.do(func(tx *hw.Tx) error {
		got, err := tx.Exchange(rom, 2, raw(r, send)...)
		if err != nil {
			return err
		}
		if string(got) != string(raw(r, crc16(r, send, ""))) {
			r.Errorf("the CRC of %s is % X", send, got)
		}
		if pulse {
			if err := tx.Pulse(480 * time.Microsecond); err != nil {
				return err
			}
		}
		back := make([]byte, 1)
		err = tx.Read(back)
		if back[0] != want {
			r.Errorf("%s is read back as % X, want %02X", send, back, want)
		}
		return err
	})
}

// Writing EPROM (page 9): only the pulse programs, and only zeros; protected
// pages are not programmed.
func TestDS2406Program(t *testing.T) {
	r, chip := newDS2406(t)
	r.writes(chip.ROM, "0F 2500 F0", false, 0xFF)
	r.writes(chip.ROM, "0F 2500 F0", true, 0xF0)
	r.writes(chip.ROM, "0F 2500 3C", true, 0x30)
	r.writes(chip.ROM, "55 0000 FE", true, 0xFE) // protects page 0
	r.writes(chip.ROM, "0F 0000 00", true, 0xFF)
	r.writes(chip.ROM, "55 0700 60", true, 0xE0) // the pulse does for RAM too
	r.writes(chip.ROM, "55 0500 00", true, 0x00)
	r.says(chip.ROM, "F0 7E00", crc16(t, "F0 7E00", "FF FF")+"FF")
	r.says(chip.ROM, "F0 2400", "FF 30 FF")
}

// The CRC of the bytes that follow the first starts from their address (page 27).
func TestDS2406ProgramNext(t *testing.T) {
	r, chip := newDS2406(t)
	r.do(func(tx *hw.Tx) error {
		_, err := tx.Exchange(chip.ROM, 3, 0x0F, 0x10, 0x00, 0xFF)
		if err != nil {
			return err
		}
		if err := tx.Write(0x55); err != nil {
			return err
		}
		got := make([]byte, 2)
		err = tx.Read(got)
		if want := hw.AppendCRC16([]byte{0x55}, 0x11)[1:]; string(got) != string(want) {
			t.Errorf("the CRC is % X, want % X", got, want)
		}
		return err
	})
}

// Extended Read Memory (pages 8 and 26): redirection byte, CRC, data, CRC.
func TestDS2406ExtendedRead(t *testing.T) {
	r, chip := newDS2406(t)
	r.writes(chip.ROM, "55 0400 FC", true, 0xFC) // page 3 is redirected
	chip.SetMemory(0x5E, []byte{1, 2})
	data := strings.Repeat("FF", 32)
	r.says(chip.ROM, "A5 5E00", crc16(t, "A5 5E00", "FF")+crc16(t, "", "01 02")+
		crc16(t, "", "FC")+crc16(t, "", data)+"FF")
}

// The Channel Info Byte (page 16) and channel access with CRC.
func TestDS2406ChannelAccess(t *testing.T) {
	r, chip := newDS2406(t)
	r.says(chip.ROM, "F5 44 FF", "CF FF")
	chip.PullLow(2)
	r.says(chip.ROM, "F5 4C FF", "E7 55 55")
	r.says(chip.ROM, "F5 C5 FF", crc16(t, "F5 C5 FF", "E7 FF")+crc16(t, "", "FF"))
	r.says(chip.ROM, "F5 48 FF", "C7 00") // the activity latch of B was reset
	chip.SetSingle(true)
	chip.SetVCC(false)
	r.says(chip.ROM, "F5 44 FF", "07")
}

// Writing: one channel, both in turn, and write and read in turn (page 15).
func TestDS2406ChannelWrite(t *testing.T) {
	r, chip := newDS2406(t)
	for send, want := range map[string]byte{
		"F5 04 FF":  2, // A: 0
		"F5 08 FF":  1, // B: 0
		"F5 0C FF":  0, // A, B: 0
		"F5 1C FF":  0,
		"F5 0C FF ": 2, // A, B, … last A 0, B 1
		"F5 1C FF ": 2,
	} {
		chip.PowerOn()
		data := byte(0x00)
		if strings.HasSuffix(send, " ") {
			data = 0x80
		}
		r.do(func(tx *hw.Tx) error {
			if _, err := tx.Exchange(chip.ROM, 1, raw(t, send)...); err != nil {
				return err
			}
			return tx.Write(data)
		})
		if got := chip.Latches(); got != want {
			t.Errorf("% s with %02X: latches %X, want %X", send, data, got, want)
		}
	}
	chip.PowerOn()
	r.do(func(tx *hw.Tx) error { // toggle: write, then read
		if _, err := tx.Exchange(chip.ROM, 1, 0xF5, 0x24, 0xFF); err != nil {
			return err
		}
		if err := tx.Write(0x7F); err != nil {
			return err
		}
		got := make([]byte, 1)
		err := tx.Read(got)
		if got[0] != 0 {
			t.Errorf("channel A reads %02X, want 00", got[0])
		}
		return err
	})
}

// Table 2 of page 21.
func TestDS2406Search(t *testing.T) {
	r, chip := newDS2406(t)
	for _, row := range []struct {
		css   byte
		low   byte
		alarm bool
	}{
		{0x00, 0, false}, {0x01, 0, false}, // reserved
		{0x02, 0, true}, {0x04, 0, true}, {0x06, 0, true}, // unconditional
		{0x0E, 1, true}, {0x0E, 2, false}, // A low
		{0x0F, 1, false}, {0x0F, 2, true}, // A high
		{0x16, 2, true}, {0x16, 1, false}, // B low
		{0x1F, 1, true}, {0x1F, 3, false}, // A or B high
		{0x0D, 3, true}, {0x0C, 0, false}, // flip-flop of A
	} {
		chip.PowerOn()
		chip.PullLow(row.low)
		r.ask(chip.ROM, "55 0700", 0)
		r.do(func(tx *hw.Tx) error {
			if _, err := tx.Exchange(chip.ROM, 2, 0x55, 7, 0, row.css|0x60); err != nil {
				return err
			}
			return tx.Write(0xFF)
		})
		if got := len(r.alarms()) == 1; got != row.alarm {
			t.Errorf("CSS %02X with %d pulled low: alarm %v", row.css, row.low, got)
		}
	}
	chip.PowerOn()
	chip.PullLow(0)
	r.says(chip.ROM, "55 0700 6B"+crc16(t, "55 0700 6B", "")+"FF", "EB") // activity of A
	chip.PullLow(1)
	if len(r.alarms()) != 1 {
		t.Error("the activity latch gives no alarm")
	}
	r.says(chip.ROM, "F5 C5 FF", "DB") // resets the latches
	if len(r.alarms()) != 0 {
		t.Error("an activity latch that was reset gives an alarm")
	}
}
