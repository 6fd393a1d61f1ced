// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw/sim"
)

// wantShown compares which of the properties with a condition are listed.
func (b *bench) wantShown(t *testing.T, names string, others string) {
	t.Helper()
	for list, want := range map[string]bool{names: true, others: false} {
		for _, name := range strings.Fields(list) {
			if got, err := b.shown(testROM(0x3B), name); err != nil || got != want {
				t.Errorf("%s is shown: %v, %v; want %v", name, got, err, want)
			}
		}
	}
}

const (
	shownDS1825   = "temperature9 temperature10 temperature11 temphigh templow fasttemp"
	shownMAX31826 = "memory pages pages/page"
	shownMAX31850 = "fault ground_short open_circuit thermocouple vdd_short"
)

func TestDS1825(t *testing.T) {
	b, rom := newBench(), testROM(0x3B)
	celsius := 0.
	chip := sim.NewDS1825(rom, b.clock, 11, func() float64 { return celsius })
	b.wire.Add(chip)
	b.wantShown(t, shownDS1825, shownMAX31826+" "+shownMAX31850)
	b.want(t, rom, "prog_addr", device.Int(11))
	b.want(t, rom, "type", device.Text("DS1825"))
	for _, celsius = range []float64{85, 21.0625, -10.125, 125, -55} {
		b.want(t, rom, "temperature", device.Num(celsius))
		b.near(t, rom, "fasttemp", celsius, 0.5)
		b.near(t, rom, "temperature11", celsius, 0.125)
		b.want(t, rom, "temperature12", device.Num(celsius))
		b.want(t, rom, "latesttemp", device.Num(celsius))
	}
	b.write(t, rom, "tempres", device.Int(10))
	b.want(t, rom, "tempres", device.Int(10))
	b.write(t, rom, "temphigh", device.Num(44))
	b.write(t, rom, "templow", device.Num(-4))
	b.want(t, rom, "temphigh", device.Num(44))
	b.want(t, rom, "templow", device.Num(-4))
	b.want(t, rom, "prog_addr", device.Int(11))
	b.want(t, rom, "power", device.Flag(true))
	for _, name := range []string{"memory", "pages/page.3", "thermocouple", "fault", "flagfield"} {
		_, err := b.tryRead(rom, name)
		wantErr(t, name, err, syscall.ENOTSUP)
	}
	b.noisyReads(t, rom, "temperature", "prog_addr", "scratchpad", "tempres", "temphigh")
	b.wantCost(t, "prog_addr", 1, 80+72, func() { b.read(t, rom, "prog_addr") })
}

func TestMAX31826(t *testing.T) {
	b, rom := newBench(), testROM(0x3B)
	celsius := 0.
	chip := sim.NewMAX31826(rom, b.clock, 6, func() float64 { return celsius })
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	b.wantShown(t, shownMAX31826, shownDS1825+" "+shownMAX31850)
	b.want(t, rom, "prog_addr", device.Int(6))
	for _, celsius = range []float64{85, 21.0625, -10.125, 125, -55} {
		for _, path := range []string{"temperature", "temperature9", "temperature12", "fasttemp", "latesttemp"} {
			b.want(t, rom, path, device.Num(celsius))
		}
	}
	b.want(t, rom, "tempres", device.Int(12))
	b.write(t, rom, "tempres", device.Int(12))
	wantErr(t, "tempres", b.tryWrite(rom, "tempres", device.Int(9)), syscall.ERANGE)
	wantErr(t, "temphigh", b.tryWrite(rom, "temphigh", device.Num(9)), syscall.ENOTSUP)
	b.noisyReads(t, rom, "temperature", "prog_addr", "scratchpad")

	for _, parasite := range []bool{false, true} {
		chip.SetParasite(parasite)
		b.want(t, rom, "power", device.Flag(!parasite))
		all := pattern(byte(len(shownMAX31826)), 128)
		if parasite {
			all = pattern(200, 128)
		}
		b.write(t, rom, "memory", device.Bytes(all))
		if got := chip.EEPROM(); !bytes.Equal(got[:], all) {
			t.Errorf("the memory is % X", got)
		}
		b.want(t, rom, "memory", device.Bytes(all))
		b.write(t, rom, "pages/page.15", device.Text("end"))
		copy(all[120:], "end")
		b.want(t, rom, "pages/page.15", device.Bytes(all[120:]))
		b.want(t, rom, "memory", device.Bytes(all))
	}
	wantErr(t, "9 bytes", b.tryWrite(rom, "pages/page.0", device.Text("123456789")), syscall.ERANGE)
	b.wantCost(t, "reading a page", 2, 2*(88+64), func() { b.read(t, rom, "pages/page.4") })
	b.noisyWrites(t, rom, "pages/page.3", []device.Value{device.Text("12345678"), device.Text("abcdefgh")},
		func(v device.Value) bool {
			p := chip.EEPROM()
			return bytes.Equal(p[24:32], v.Bytes())
		})
}

func TestMAX31850(t *testing.T) {
	b, rom := newBench(), testROM(0x3B)
	hot, cold := 0., 0.
	chip := sim.NewMAX31850(rom, b.clock, 15, func() float64 { return hot }, func() float64 { return cold })
	b.wire.Add(chip)
	b.wantShown(t, shownMAX31850, shownDS1825+" "+shownMAX31826)
	for _, row := range [][2]float64{{0, 0}, {1200.25, 21.0625}, {-200.5, -0.0625}, {1767.75, 125}, {-270, -55}} {
		hot, cold = row[0], row[1]
		b.want(t, rom, "thermocouple", device.Num(hot))
		for _, path := range []string{"temperature", "temperature9", "temperature12", "latesttemp"} {
			b.want(t, rom, path, device.Num(cold))
		}
	}
	b.want(t, rom, "prog_addr", device.Int(15))
	for faults, path := range map[byte]string{
		0: "", sim.OpenCircuit: "open_circuit", sim.ShortToGround: "ground_short", sim.ShortToSupply: "vdd_short",
	} {
		chip.SetFaults(faults)
		b.read(t, rom, "temperature12")
		b.want(t, rom, "fault", device.Flag(faults != 0))
		for _, one := range []string{"open_circuit", "ground_short", "vdd_short"} {
			b.want(t, rom, one, device.Flag(one == path))
		}
		v, err := b.tryRead(rom, "thermocouple")
		if faults != 0 && !errors.Is(err, syscall.EIO) || faults == 0 && (err != nil || v.Num() != hot) {
			t.Errorf("with faults %d the thermocouple is %v, %v", faults, v.Num(), err)
		}
	}
	chip.SetFaults(0)
	if v := b.read(t, rom, "thermocouple").Num(); math.Abs(v-hot) > 0.125 {
		t.Errorf("the thermocouple is %v, want %v", v, hot)
	}
	b.noisyReads(t, rom, "temperature", "thermocouple", "fault", "flagfield", "prog_addr")
}
