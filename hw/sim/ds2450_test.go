// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"fmt"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

func newDS2450(t *testing.T) (*rig, *sim.DS2450) {
	r := newRig(t)
	chip := sim.NewDS2450(rom(t, "20.000000000001"), r.clock)
	r.line.Add(chip)
	return r, chip
}

// store writes bytes to memory from an address on: each is followed by a CRC
// and read back (page 16). The first CRC is of the command, the address and the
// byte, the next ones start from their address.
func (r *rig) store(rom hw.ROM, address byte, data, want string) {
	r.Helper()
	w := raw(r, want)
	r.do(func(tx *hw.Tx) error {
		if err := tx.Command(rom, 0x55, address, 0); err != nil {
			return err
		}
		seed := hw.CRC16(0, []byte{0x55, address, 0})
		for i, b := range raw(r, data) {
			if err := tx.Write(b); err != nil {
				return err
			}
			got := make([]byte, 3)
			if err := tx.Read(got); err != nil {
				return err
			}
			if string(got) != string(append(hw.AppendCRC16([]byte{b}, seed)[1:], w[i])) {
				r.Errorf("%02X at %02X is answered % X", b, int(address)+i, got)
			}
			seed = uint16(address) + uint16(i) + 1
		}
		return nil
	})
}

// The state at power-on (pages 5 and 6), and the CRC of each page (page 7).
func TestDS2450PowerOn(t *testing.T) {
	r, chip := newDS2450(t)
	r.says(chip.ROM, "AA 0600", crc16(t, "AA 0600", "00 00")+
		crc16(t, "", "08 8C 08 8C 08 8C 08 8C")+crc16(t, "", "00 FF 00 FF 00 FF 00 FF")+
		crc16(t, "", "00 00 00 00 00 00 00 00")+"FF")
	if len(r.alarms()) != 1 {
		t.Error("POR gives no alarm")
	}
}

// The usage example of pages 16 and 17: channel D with 12 bits and 5.12 V,
// limits 2 V and 3 V.
func TestDS2450Example(t *testing.T) {
	r, chip := newDS2450(t)
	r.store(hw.ROM{}, 0x08, "C0 00 C0 00 C0 00 0C 0D", "C0 00 C0 00 C0 00 0C 0D")
	r.store(hw.ROM{}, 0x16, "64 96", "64 96")
	r.store(hw.ROM{}, 0x1C, "40", "40")
	for _, row := range []struct {
		volts  float64
		result string
		status byte
	}{
		{2.5, "00 7D", 0x0D}, {1.9, "00 5F", 0x1D}, {3.1, "00 9B", 0x2D}, {2.0, "00 64", 0x0D},
		{2.00125, "10 64", 0x0D}, {6, "F0 FF", 0x2D},
	} {
		chip.SetVoltage(3, row.volts)
		r.says(hw.ROM{}, "3C 08 00", crc16(t, "3C 08 00", "")+"00")
		r.sleep(160*time.Microsecond + 12*80*time.Microsecond)
		r.says(hw.ROM{}, "AA 0600", crc16(t, "AA 0600", row.result))
		r.says(hw.ROM{}, "AA 0F00", crc16(t, "AA 0F00", fmt.Sprintf("%02X", row.status)))
		if got := len(r.alarms()) == 1; got != (row.status != 0x0D) {
			t.Errorf("%v V: alarm %v", row.volts, got)
		}
	}
}

// 16 bits are written as 0; a channel's output pulls its input low; unused bits
// can't be set.
func TestDS2450Channels(t *testing.T) {
	r, chip := newDS2450(t)
	for i, v := range []float64{1.28, 1.28, 2.56, 1} {
		chip.SetVoltage(i, v)
	}
	r.store(chip.ROM, 0x08, "30 4E 80 00 0F 00 01 00", "00 0C 80 00 0F 00 01 00")
	if chip.Output(0) || !chip.Output(1) {
		t.Error("the output of B alone should be on")
	}
	r.ask(chip.ROM, "3C 0F 00", 2)
	r.sleep(5 * time.Millisecond)
	r.says(chip.ROM, "AA 0000", crc16(t, "AA 0000", "00 80 00 00 FE FF 00 00"))
}

// The read-out control byte (page 11) presets; conversions follow one another,
// and with 16 bits each takes 1.28 ms.
func TestDS2450Preset(t *testing.T) {
	r, chip := newDS2450(t)
	for i := range 4 {
		chip.SetVoltage(i, 1.28)
	}
	r.store(chip.ROM, 0x08, "00 0C 00 0C 00 0C 00 0C", "00 0C 00 0C 00 0C 00 0C")
	r.do(func(tx *hw.Tx) error { // A ones, B zeros, C zeros; D is not selected
		if err := tx.Command(chip.ROM, 0x3C, 0x07, 0x16); err != nil {
			return err
		}
		return tx.Read(make([]byte, 2)) // takes 1.12 ms
	})
	for _, want := range []string{
		"FF FF 00 00 00 00 00 00", "00 80 00 00 00 00 00 00",
		"00 80 00 80 00 00 00 00", "00 80 00 80 00 80 00 00",
	} {
		if got := chip.Memory()[:8]; string(got) != string(raw(t, want)) {
			t.Errorf("the results are % X, want %s", got, want)
		}
		r.sleep(1280 * time.Microsecond)
	}
}

// On parasite power a conversion needs strong pull-up, and is not told of.
func TestDS2450Parasite(t *testing.T) {
	r, chip := newDS2450(t)
	chip.SetParasite(true)
	chip.SetVoltage(0, 1.28)
	r.says(chip.ROM, "3C 01 00", crc16(t, "3C 01 00", "")+"FF")
	r.sleep(10 * time.Millisecond)
	r.says(chip.ROM, "AA 0000", "00 00")
	r.do(func(tx *hw.Tx) error {
		if _, err := tx.Exchange(chip.ROM, 2, 0x3C, 0x01, 0x00); err != nil {
			return err
		}
		return tx.Power(0xFF, 2*time.Millisecond)
	})
	r.says(chip.ROM, "AA 0000", "00 80")
}
