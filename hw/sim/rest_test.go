// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

var everybody hw.ROM // Skip ROM

// The example on page 12 of the DS2404 data sheet: two bytes at 0026h and 0027h.
func TestDS2404Example(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS2404(rom(t, "04.A00000000000"), r.clock)
	r.line.Add(chip)
	r.ask(everybody, "0F 2600 1234", 0)
	r.says(everybody, "AA", "2600 07 1234")
	r.says(everybody, "55 2600 07", "00") // after a copy, 0 is sent
	r.says(everybody, "F0 2500", "00 1234 00")

	// A bit for ever takes three copies, with the flag AA from the second on.
	r.ask(everybody, "0F 0102 11", 0)
	for i, es := range []string{"01", "81", "81"} {
		if got := chip.Register(0x201); got&1 != 0 {
			t.Errorf("WPR is set after %d copies", i)
		}
		r.ask(everybody, "55 0102 "+es, 0)
	}
	r.says(everybody, "F0 0102", "11")
	r.ask(everybody, "0F 0102 00", 0)
	r.ask(everybody, "55 0102 01", 0)
	r.says(everybody, "F0 0102", "11")
}

// The examples on pages 34 and 35 of the DS28E04-100 data sheet.
func TestDS28E04Examples(t *testing.T) {
	r := newRig(t)
	r.line.Add(sim.NewDS28E04(rom(t, "1C.A00000000000"), r.clock))
	r.ask(everybody, "0F 2100 0102030405", 0)
	r.says(everybody, "AA", "2100 05 0102030405")
	r.do(func(tx *hw.Tx) error {
		if err := tx.Command(everybody, raw(t, "55 2100 05")...); err != nil {
			return err
		}
		r.sleep(10 * time.Millisecond)
		p := make([]byte, 2)
		if err := tx.Read(p); err != nil {
			return err
		}
		if p[1] != 0xAA && p[1] != 0x55 {
			t.Errorf("the copy is answered by % X", p)
		}
		return nil
	})
	r.says(everybody, "F0 2000", "FF 0102030405 FF")
	samples := "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	r.says(everybody, "F5", crc16(t, "F5", samples))
	r.says(everybody, "5A FC 03", "AA FC")
	r.says(everybody, "F0 2002", "00 00 03 00 00 88")
	r.says(everybody, "5A FF 00", "AA FF")
	r.says(everybody, "C3", "AA AA")
	r.says(everybody, "F0 2202", "00")
	r.ask(everybody, "CC 2302 01 01 02", 0)
	r.says(everybody, "F0 2302", "01 01 82 FF")
}

// The examples on pages 25 to 28 of the DS1977 data sheet: the version, and a
// password that is installed, verified and activated.
func TestDS1977Examples(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1977(rom(t, "37.A00000000000"))
	r.line.Add(chip)
	r.says(everybody, "CC 0000", "31 31 FF")
	powered := func(send string, d time.Duration, want string) {
		t.Helper()
		r.do(func(tx *hw.Tx) error {
			p := raw(t, send)
			if err := tx.Command(everybody, p[:len(p)-1]...); err != nil {
				return err
			}
			if err := tx.Power(p[len(p)-1], d); err != nil {
				return err
			}
			got := make([]byte, len(raw(t, want)))
			if err := tx.Read(got); err != nil {
				return err
			}
			if string(got) != string(raw(t, want)) {
				t.Errorf("%s is answered by % X, want %s", send, got, want)
			}
			return nil
		})
	}
	const readPassword, fullPassword = "0102030405060708", "1112131415161718"
	const long, short = 23 * time.Millisecond, time.Millisecond
	r.ask(everybody, "0F C07F"+readPassword+fullPassword, 0)
	r.says(everybody, "AA", "C07F 0F"+readPassword+fullPassword)
	powered("99 C07F 0F 0000000000000000", 10*time.Millisecond, "FF") // too short (page 3)
	powered("99 C07F 0F 0000000000000000", long, "AA AA")
	powered("C3 C07F"+readPassword, short, "AA")
	powered("C3 C87F"+fullPassword, short, "AA")
	powered("C3 C87F"+readPassword, short, "FF")
	r.ask(everybody, "0F D07F AA", 0)
	r.says(everybody, "AA", "D07F 10 AA")
	powered("99 D07F 10 0000000000000000", long, "AA")
	powered("69 D07F"+fullPassword, 3*time.Millisecond, "AA FF FF")
	powered("69 C07F"+readPassword, 3*time.Millisecond, "FF FF FF")
	powered("69 0000 0000000000000000", 3*time.Millisecond, "FF FF FF")
	r.ask(everybody, "0F A000 55", 0)
	powered("99 A000 20"+readPassword, long, "FF") // reading only
	powered("99 A000 20"+fullPassword, long, "AA")
	if got := chip.Memory()[0xA0]; got != 0x55 {
		t.Errorf("at 00A0h there is %02X", got)
	}
}

// The example on page 14 of the DS1821 data sheet.
func TestDS1821Example(t *testing.T) {
	r := newRig(t)
	temp := 24.75
	chip := sim.NewDS1821(r.clock, func() float64 { return temp })
	r.line.Add(chip)
	ask := func(send string, n int) []byte {
		t.Helper()
		p := make([]byte, n)
		r.do(func(tx *hw.Tx) error {
			if err := tx.Reset(); err != nil {
				return err
			}
			if err := tx.Write(raw(t, send)...); err != nil {
				return err
			}
			return tx.Read(p)
		})
		return p
	}
	ask("01 28", 0)
	ask("02 0A", 0)
	if high, low := ask("A1", 1)[0], ask("A2", 1)[0]; high != 0x28 || low != 0x0A {
		t.Errorf("TH is %02X, TL %02X, want 28 and 0A", high, low)
	}
	ask("0C 01", 0) // one shot
	r.sleep(10 * time.Millisecond)
	if got := ask("AC", 1)[0]; got != 0xC1 {
		t.Errorf("the status is %02X, want C1", got)
	}
	ask("EE", 0)
	if got := ask("AC", 1)[0]; got != 0x41 {
		t.Errorf("while it measures the status is %02X, want 41", got)
	}
	r.sleep(time.Second)
	// 24.75 °C is 25 − 0.5 + (COUNT_PER_C − COUNT_REMAIN) / COUNT_PER_C (page 6).
	if got := ask("AA", 1)[0]; got != 25 {
		t.Errorf("TEMP_READ is %d, want 25", got)
	}
	remain := ask("A0", 2)
	ask("41", 0)
	slope := ask("A0", 2)
	nine := func(p []byte) float64 { return float64(p[0]) + 256*float64(p[1]&1) }
	if got := 24.5 + (nine(slope)-nine(remain))/nine(slope); got < 24.74 || got > 24.76 {
		t.Errorf("the counters % X and % X make %v °C", remain, slope, got)
	}
	ask("0C 06", 0)
	chip.PowerUp()
	err := r.bus.Do(t.Context(), func(tx *hw.Tx) error { return tx.Reset() })
	if err == nil {
		t.Error("a thermostat answers a reset")
	}
}

// Behind a page of a DS1963L come its counter and the tamper-detect bits, which
// the CRC covers (page 8).
func TestDS1963L(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1963L(rom(t, "1A.A00000000000"), r.clock)
	r.line.Add(chip)
	chip.SetMemory(0x19F, []byte{0x77})
	chip.SetCounter(12, 0x01020304)
	r.says(everybody, "A5 9F01", crc16(t, "A5 9F01", "77 04030201 55555555"))
	chip.SetMemory(0x1F, []byte{0x88})
	r.says(everybody, "A5 1F00", crc16(t, "A5 1F00", "88 FFFFFFFF 55555555"))
}

// A block of the scratchpad is copied to a subkey with its selector and the
// password, and cleared (page 6).
func TestDS1991(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1991(rom(t, "02.A00000000000"))
	r.line.Add(chip)
	r.says(everybody, "5A 40 BF", "0000000000000000")
	r.ask(everybody, "96 D0 2F 4142434445464748", 0)
	r.says(everybody, "69 D0 2F", "4142434445464748 00")
	r.ask(everybody, "3C 40 BF 9A65B3629B6E964C 0000000000000001", 0)
	r.says(everybody, "69 D0 2F", "4142434445464748")
	r.ask(everybody, "3C 40 BF 9A65B3629B6E964C 0000000000000000", 0)
	r.says(everybody, "69 D0 2F", "0000000000000000")
	if _, _, data := chip.Subkey(1); string(data[:8]) != "ABCDEFGH" {
		t.Errorf("the data begins with %q", data[:8])
	}
	r.ask(everybody, "96 D0 2E 4142434445464748", 0) // no complement
	r.says(everybody, "69 D0 2F", "0000000000000000")
}
