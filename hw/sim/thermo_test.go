// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// The table temperature/data relationship of the DS18B20 data sheet (page 6).
func TestDS18B20Temperatures(t *testing.T) {
	for family, make := range map[string]func(hw.ROM, sim.Clock, func() float64) *sim.DS18B20{
		"28": sim.NewDS18B20, "22": sim.NewDS1822,
	} {
		now := 0.0
		r := newRig(t)
		chip := make(rom(t, family+".000000000001"), r.clock, func() float64 { return now })
		r.line.Add(chip)
		r.says(chip.ROM, "BE", "50 05 4B 46 7F FF 0C 10 1C")
		for celsius, want := range map[float64]string{
			125: "D0 07", 85: "50 05", 25.0625: "91 01", 10.125: "A2 00", 0.5: "08 00",
			0: "00 00", -0.5: "F8 FF", -10.125: "5E FF", -25.0625: "6F FE", -55: "90 FC",
		} {
			now = celsius
			r.says(chip.ROM, "44", "00") // busy
			r.sleep(750 * time.Millisecond)
			r.says(chip.ROM, "BE", want)
		}
	}
}

// The table temperature/data relationship of the DS18S20 data sheet (page 3),
// and the formula of page 4.
func TestDS18S20Temperatures(t *testing.T) {
	now := 0.0
	r := newRig(t)
	chip := sim.NewDS18S20(rom(t, "10.000000000001"), r.clock, func() float64 { return now })
	r.line.Add(chip)
	r.says(chip.ROM, "BE", "AA 00 4B 46 FF FF 0C 10 87")
	for celsius, want := range map[float64]string{
		85: "AA 00", 25: "32 00", 0.5: "01 00", 0: "00 00", -0.5: "FF FF", -25: "CE FF", -55: "92 FF",
	} {
		now = celsius
		r.ask(chip.ROM, "44", 0)
		r.sleep(750 * time.Millisecond)
		r.says(chip.ROM, "BE", want)
	}
	for now = -55; now <= 85; now += 0.0625 {
		r.ask(chip.ROM, "44", 0)
		r.sleep(750 * time.Millisecond)
		p := r.ask(chip.ROM, "BE", 9)
		read := float64(int16(p[0])|int16(p[1])<<8) / 2
		if d := read - now; d > 0.25 || d < -0.25 {
			t.Errorf("%v °C reads % X", now, p)
		}
		tempRead := float64((int16(p[0]) | int16(p[1])<<8) >> 1)
		if got := tempRead - 0.25 + float64(p[7]-p[6])/float64(p[7]); got != now {
			t.Errorf("%v °C is extended to %v, from % X", now, got, p)
		}
	}
}

// The resolutions and times of the DS18B20's configuration register (page 9).
func TestDS18B20Resolution(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS18B20(rom(t, "28.000000000001"), r.clock, func() float64 { return 21.9375 })
	r.line.Add(chip)
	for config, want := range map[string]struct {
		reads, result string
		time          time.Duration
	}{
		"00": {"1F", "58 01", 94 * time.Millisecond},
		"BF": {"3F", "5C 01", 188 * time.Millisecond},
		"40": {"5F", "5E 01", 375 * time.Millisecond},
		"7F": {"7F", "5F 01", 750 * time.Millisecond},
	} {
		r.ask(chip.ROM, "4E 14 0A"+config, 0)
		r.ask(chip.ROM, "44", 0)
		r.sleep(want.time - 10*time.Millisecond)
		if p := r.ask(chip.ROM, "BE", 2); string(p) == string(raw(t, want.result)) {
			t.Errorf("with %s the result is there too early", config)
		}
		r.sleep(10 * time.Millisecond)
		r.says(chip.ROM, "BE", want.result+"14 0A"+want.reads+"FF")
	}
}

func TestThermometerEEPROM(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS18S20(rom(t, "10.000000000001"), r.clock, func() float64 { return 20 })
	r.line.Add(chip)
	r.ask(chip.ROM, "4E 1E F6", 0)
	r.says(chip.ROM, "BE", "AA 00 1E F6 FF FF")
	r.says(chip.ROM, "B8", "FF") // recall
	r.says(chip.ROM, "BE", "AA 00 4B 46")
	r.ask(chip.ROM, "4E 1E F6", 0)
	r.says(chip.ROM, "48", "00")
	r.sleep(10 * time.Millisecond)
	chip.PowerOn()
	r.says(chip.ROM, "BE", "AA 00 1E F6")

	// On parasite power, a copy needs the strong pull-up (page 12).
	chip.SetParasite(true)
	r.says(chip.ROM, "B4", "00")
	r.ask(chip.ROM, "4E 01 02", 0)
	r.ask(chip.ROM, "48", 0)
	r.sleep(10 * time.Millisecond)
	if got := chip.EEPROM(); got != [3]byte{0x1E, 0xF6} {
		t.Errorf("an unfed copy left % X", got)
	}
	r.do(func(tx *hw.Tx) error {
		if err := tx.Select(chip.ROM); err != nil {
			return err
		}
		return tx.Power(0x48, 10*time.Millisecond)
	})
	if got := chip.EEPROM(); got != [3]byte{1, 2} {
		t.Errorf("a fed copy left % X", got)
	}
}

func TestParasiteConversion(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS18B20(rom(t, "28.000000000001"), r.clock, func() float64 { return 25.0625 })
	chip.SetParasite(true)
	r.line.Add(chip)
	for fed, want := range map[time.Duration]string{
		0: "50 05", 500 * time.Millisecond: "50 05", 750 * time.Millisecond: "91 01",
	} {
		r.do(func(tx *hw.Tx) error {
			if err := tx.Select(chip.ROM); err != nil {
				return err
			}
			return tx.Power(0x44, fed)
		})
		r.sleep(time.Second)
		r.says(chip.ROM, "BE", want)
	}
}

// The alarm flag is set if the whole degrees are at or above TH, or at or below
// TL, and only by a conversion (page 7 and 8).
func TestThermometerAlarm(t *testing.T) {
	now := 0.0
	temp := func() float64 { return now }
	r := newRig(t)
	b := sim.NewDS18B20(rom(t, "28.000000000001"), r.clock, temp)
	s := sim.NewDS18S20(rom(t, "10.000000000001"), r.clock, temp)
	r.line.Add(b, s)
	if found := r.alarms(); found != nil {
		t.Errorf("at power-on, %v alarm", found)
	}
	r.ask(b.ROM, "4E 1E F6 7F", 0)
	r.ask(s.ROM, "4E 1E F6", 0)
	for celsius, want := range map[float64]int{
		29.9375 - 0.5: 0, 30: 2, 99: 2, -9.5 + 0.5: 0, -10: 2, -10.5: 2, 20: 0,
	} {
		now = celsius
		r.ask(hw.ROM{}, "44", 0)
		r.sleep(750 * time.Millisecond)
		if found := r.alarms(); len(found) != want {
			t.Errorf("at %v °C, %v alarm", celsius, found)
		}
	}
}

// The configuration register of the DS1825 data sheet (page 9).
func TestDS1825(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS1825(rom(t, "3B.000000000001"), r.clock, 0x0B, func() float64 { return -10.125 })
	r.line.Add(chip)
	r.says(chip.ROM, "BE", "50 05 4B 46 7B")
	r.ask(chip.ROM, "4E 4B 46 FF", 0)
	r.ask(chip.ROM, "44", 0)
	r.sleep(750 * time.Millisecond)
	r.says(chip.ROM, "BE", "5E FF 4B 46 7B")
	r.ask(chip.ROM, "4E 4B 46 00", 0)
	r.says(chip.ROM, "BE", "5E FF 4B 46 1B")
}

func TestMAX31826(t *testing.T) {
	r := newRig(t)
	chip := sim.NewMAX31826(rom(t, "3B.000000000001"), r.clock, 3, func() float64 { return 25.0625 })
	r.line.Add(chip)
	r.ask(chip.ROM, "44", 0)
	r.sleep(150 * time.Millisecond)
	r.says(chip.ROM, "BE", crc8(t, "91 01 FF FF F3 FF FF FF"))
	r.says(chip.ROM, "0F 08 01 02 03 04 05 06 07 08", crc8(t, "0F 08 01 02 03 04 05 06 07 08")[20:])
	r.says(chip.ROM, "AA 08", crc8(t, "01 02 03 04 05 06 07 08"))
	r.says(chip.ROM, "55 A5", "00")
	r.sleep(25 * time.Millisecond)
	r.says(chip.ROM, "F0 06", "FF FF 01 02 03 04 05 06 07 08 FF")
}

// Tables 2 to 4 of the MAX31850 data sheet (page 13).
func TestMAX31850(t *testing.T) {
	hot, cold := 0.0, 0.0
	r := newRig(t)
	chip := sim.NewMAX31850(rom(t, "3B.000000000001"), r.clock, 5,
		func() float64 { return hot }, func() float64 { return cold })
	r.line.Add(chip)
	for _, row := range []struct {
		hot, cold float64
		faults    byte
		want      string
	}{
		{1600, 100.5625, 0, "00 64 90 64"},
		{1000, 25, 0, "80 3E 00 19"},
		{100.75, 0, 0, "4C 06 00 00"},
		{-0.25, -0.0625, 0, "FC FF F0 FF"},
		{-250, -55, 0, "60 F0 00 C9"},
		{25, -20, sim.OpenCircuit, "91 01 01 EC"},
		{25, -20, sim.ShortToGround, "91 01 02 EC"},
		{25, -20, sim.ShortToSupply, "91 01 04 EC"},
	} {
		hot, cold = row.hot, row.cold
		chip.SetFaults(row.faults)
		r.ask(chip.ROM, "44", 0)
		r.sleep(100 * time.Millisecond)
		r.says(chip.ROM, "BE", crc8(t, row.want+"F5 FF FF FF"))
	}
}

// PIO status bits of page 11 and the protocols of page 29.
func TestDS28EA00Pins(t *testing.T) {
	r := newRig(t)
	chip := sim.NewDS28EA00(rom(t, "42.000000000001"), r.clock, func() float64 { return 20 })
	r.line.Add(chip)
	r.says(chip.ROM, "BE", "50 05 4B 46 7F FF 0C 10 1C")
	r.says(chip.ROM, "F5", "0F 0F")
	chip.SetPins(2)
	r.says(chip.ROM, "F5", "4B")
	r.says(chip.ROM, "A5 FE 01", "AA 78") // A conducts; B is held low
	r.says(chip.ROM, "A5 FF 01", "FF FF") // not the complement
	if chip.Latches() != 2 {
		t.Errorf("the latches are %02b", chip.Latches())
	}
	r.says(chip.ROM, "99 5A A4", "00 00")
	r.says(chip.ROM, "99 5B A4", "00 00")
}

// The sequence discovery example of page 29.
func TestDS28EA00Chain(t *testing.T) {
	r := newRig(t)
	temp := func() float64 { return 20 }
	names := []string{"42.000000000003", "42.000000000001", "42.000000000002"}
	var prior *sim.DS28EA00
	for i, name := range names {
		chip := sim.NewDS28EA00(rom(t, name), r.clock, temp)
		if i == 0 {
			chip.SetPins(2)
		} else {
			chip.Follow(prior)
		}
		prior = chip
		r.line.Add(chip)
	}
	r.says(hw.ROM{}, "99 5A A5", "AA AA")
	for _, name := range append(names, "") {
		want := hw.ROM{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
		if name != "" {
			want = rom(t, name)
		}
		r.do(func(tx *hw.Tx) error {
			var got hw.ROM
			if err := tx.Reset(); err != nil {
				return err
			}
			if err := tx.Write(0x0F); err != nil {
				return err
			}
			if err := tx.Read(got[:]); err != nil {
				return err
			}
			if got != want {
				t.Errorf("the chain gives %v, want %v", got, want)
			}
			return tx.Write(0x99, 0x96, 0x69)
		})
	}
	r.says(hw.ROM{}, "99 3C C3", "AA")
}
