// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"math"
	"strings"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newBattery(family byte, kind sim.Battery) (*bench, hw.ROM, *sim.DS2760) {
	b, rom := newBench(), testROM(family)
	chip := sim.NewDS2760(rom, b.clock, kind)
	b.wire.Add(chip)
	return b, rom, chip
}

func TestBatteryMeasures(t *testing.T) {
	for _, one := range []struct {
		family byte
		kind   sim.Battery
		step   float64 // of vis
		volt   float64 // of one step
	}{
		{0x30, sim.DS2760Kind, 15.625e-6, 4.88e-3},
		{0x51, sim.DS2760Kind, 15.625e-6, 4.88e-3},
		{0x35, sim.DS2756Kind, 15.625e-6, 4.88e-3},
		{0x2E, sim.DS2770Kind, 1.5625e-6, 4.88e-3},
		{0x32, sim.DS2780Kind, 1.5625e-6, 4.88e-3},
		{0x3D, sim.DS2781Kind, 1.5625e-6, 9.76e-3},
		{0x36, sim.DS2740Kind, 1.5625e-6, 0},
	} {
		b, rom, chip := newBattery(one.family, one.kind)
		for _, v := range [][3]float64{{3.7, 0.0123, 21.5}, {4.2, -0.0321, -10.125}, {0, 0, 0}} {
			chip.Measure(v[0], v[1], v[2])
			b.near(t, rom, "vis", v[1], one.step)
			if one.volt > 0 {
				b.near(t, rom, "volt", v[0], one.volt)
				b.near(t, rom, "temperature", v[2], 0.125)
				b.noisyReads(t, rom, "temperature", "volt", "vis")
			}
		}
	}
	b, rom, chip := newBattery(0x36, sim.DS2740Kind)
	chip.Measure(0, -0.01, 0)
	b.near(t, rom, "vis_B", -0.01, 6.25e-6)
	b, rom, chip = newBattery(0x30, sim.DS2760Kind)
	chip.Measure(3.7, 0.025, 20)
	b.near(t, rom, "current", 1, 0.000625)
	b.wantCost(t, "volt", 2, 2*(72+16+16), func() { b.read(t, rom, "volt") })
	// DS2760 page 9: 0.125 °C is the bit 5; the data sheet's units of the rest.
	chip.Put(0x18, 0x1940)
	b.want(t, rom, "temperature", device.Num(25.25))
	chip.Put(0x0E, 0xFFF8)
	b.near(t, rom, "current", -0.625e-3, 1e-9)
	for _, vis := range []int{0x4000, 0xC000} {
		b, rom, chip := newBattery(0x35, sim.DS2756Kind)
		chip.Put(0x1A, vis)
		b.near(t, rom, "vis_avg", float64(int16(vis))*1.953125e-6, 1e-9)
	}
}

func TestBatteryCharge(t *testing.T) {
	b, rom, chip := newBattery(0x30, sim.DS2760Kind)
	for _, ah := range []float64{1.5, -8.19, 0} {
		b.write(t, rom, "amphours", device.Num(ah))
		b.near(t, rom, "amphours", ah, 0.25e-3)
		b.near(t, rom, "volthours", ah*0.025, 6.25e-6)
	}
	wantErr(t, "amphours", b.tryWrite(rom, "amphours", device.Num(8.3)), syscall.ERANGE)
	wantErr(t, "volthours", b.tryWrite(rom, "volthours", device.Num(math.NaN())), syscall.ERANGE)
	b.write(t, rom, "currentbias", device.Num(-0.05))
	b.near(t, rom, "vbias", -0.00125, 1e-9)
	if now, kept := chip.Memory(0x33); now != 0xB0 || kept != 0xB0 {
		t.Errorf("the bias is %X, %X after a loss of power", now, kept)
	}
	wantErr(t, "currentbias", b.tryWrite(rom, "currentbias", device.Num(0.081)), syscall.ERANGE)
	b.noisyWrites(t, rom, "vbias", []device.Value{device.Num(0), device.Num(31.25e-6)}, func(v device.Value) bool {
		_, kept := chip.Memory(0x33)
		return float64(kept)*15.625e-6 == v.Num()
	})

	for _, family := range []byte{0x32, 0x3D} {
		b, rom, _ = newBattery(family, sim.DS2781Kind)
		b.write(t, rom, "volthours", device.Num(0.4))
		b.near(t, rom, "volthours", 0.4, 6.25e-6)
		wantErr(t, "volthours", b.tryWrite(rom, "volthours", device.Num(-0.1)), syscall.ERANGE)
		b.write(t, rom, "vbias", device.Num(-100e-6))
		b.near(t, rom, "vbias", -100e-6, 1e-9)
	}
	b.write(t, rom, "vis_offset", device.Num(-199.7e-6))
	b.write(t, rom, "vbias", device.Num(100e-6))
	b.near(t, rom, "vis_offset", -199.7e-6, 1e-6)

	b, rom, chip = newBattery(0x2E, sim.DS2770Kind)
	b.write(t, rom, "timer", device.Num(1000.5))
	b.near(t, rom, "timer", 1000.5, 1./64)
	wantErr(t, "timer", b.tryWrite(rom, "timer", device.Num(1024)), syscall.ERANGE)
	b.write(t, rom, "vbias", device.Num(-0.03))
	b.near(t, rom, "currentbias", -1.2, 0.001)
	b.write(t, rom, "charge", device.Flag(true))
	b.want(t, rom, "cstat0", device.Flag(true))
	b.want(t, rom, "cstat1", device.Flag(false))
	chip.SetRegister(0x01, 0xC0)
	b.write(t, rom, "cstat1", device.Flag(false))
	b.want(t, rom, "cstat0", device.Flag(false))
	wantErr(t, "cstat0", b.tryWrite(rom, "cstat0", device.Flag(true)), syscall.EINVAL)
	b.write(t, rom, "charge", device.Flag(false))
	for _, name := range []string{"pmod", "cini", "ctype"} {
		for _, on := range []bool{true, false} {
			b.write(t, rom, name, device.Flag(on))
			b.want(t, rom, name, device.Flag(on))
		}
	}
	b.write(t, rom, "defaultpmod", device.Flag(true))
	b.want(t, rom, "pmod", device.Flag(false))
	b.write(t, rom, "refresh", device.Flag(true))
	b.want(t, rom, "pmod", device.Flag(true))
}

func TestBatteryFlags(t *testing.T) {
	b, rom, chip := newBattery(0x30, sim.DS2760Kind)
	chip.SetRegister(0x00, 0xFF)
	for _, name := range []string{"ov", "uv", "coc", "doc", "ce", "de"} {
		for _, on := range []bool{false, true, false} {
			b.write(t, rom, name, device.Flag(on))
			b.want(t, rom, name, device.Flag(on))
		}
	}
	if now, _ := chip.Memory(0); now != 0x0C {
		t.Errorf("the protection register is %X", now)
	}
	b.want(t, rom, "cc", device.Flag(true))
	chip.SetRegister(0x08, 0x60)
	b.want(t, rom, "mstr", device.Flag(true))

	for _, on := range []bool{true, false, true} {
		b.write(t, rom, "PIO", device.Flag(on))
		b.want(t, rom, "sensed", device.Flag(!on))
		b.write(t, rom, "ps", device.Flag(on))
		b.want(t, rom, "ps", device.Flag(on))
		if chip.Conducts() != on {
			t.Errorf("the pin conducts: %v, want %v", !on, on)
		}
	}
	b.write(t, rom, "PIO", device.Flag(false))
	chip.SetPin(true)
	b.want(t, rom, "sensed", device.Flag(false))
	b.write(t, rom, "ps", device.Flag(false))
	if chip.Conducts() {
		t.Error("the level from outside was written to the pin")
	}

	b.write(t, rom, "defaultswen", device.Flag(true))
	b.want(t, rom, "defaultswen", device.Flag(true))
	b.want(t, rom, "swen", device.Flag(true))
	b.want(t, rom, "pmod", device.Flag(false))
	b.noisyReads(t, rom, "ov", "sensed", "defaultpmod")

	b, rom, chip = newBattery(0x3D, sim.DS2781Kind)
	chip.SetRegister(0x01, 0x46)
	b.want(t, rom, "aef", device.Flag(true))
	b.want(t, rom, "porf", device.Flag(true))
	b.write(t, rom, "porf", device.Flag(false))
	b.want(t, rom, "porf", device.Flag(false))
	b.want(t, rom, "uvf", device.Flag(true))
	wantErr(t, "uvf", b.tryWrite(rom, "uvf", device.Flag(true)), syscall.EINVAL)
	b.write(t, rom, "pmod", device.Flag(true))
	if _, kept := chip.Memory(0x60); kept != 0x20 {
		t.Errorf("the control register is kept as %X", kept)
	}
	b.write(t, rom, "PIO", device.Flag(true))
	b.want(t, rom, "sensed", device.Flag(false))

	b, rom, chip = newBattery(0x35, sim.DS2756Kind)
	chip.SetRegister(0x08, 0xC0)
	chip.SetRegister(0x01, 0xAA)
	b.write(t, rom, "por", device.Flag(false))
	b.want(t, rom, "por", device.Flag(false))
	b.want(t, rom, "sensed", device.Flag(true))
	for i, name := range strings.Fields("ovd uben ios uven rnaop pmod pie0 pie1") {
		b.want(t, rom, name, device.Flag(i%2 == 1))
	}

	b, rom, _ = newBattery(0x36, sim.DS2740Kind)
	for _, on := range []bool{true, false} {
		b.write(t, rom, "PIO", device.Flag(on))
		b.want(t, rom, "PIO", device.Flag(on))
		b.write(t, rom, "smod", device.Flag(on))
		b.want(t, rom, "smod", device.Flag(on))
	}
	b, rom, chip = newBattery(0x31, sim.DS2720Kind)
	chip.SetRegister(0x08, 0x01)
	b.write(t, rom, "psf", device.Flag(true))
	b.write(t, rom, "ot", device.Flag(false))
	b.want(t, rom, "ot", device.Flag(false))
	b.want(t, rom, "psf", device.Flag(true))
}

func TestBatteryPages(t *testing.T) {
	for _, one := range []struct {
		family byte
		kind   sim.Battery
		page   string
		at     int
		size   int
	}{
		{0x30, sim.DS2760Kind, "0", 0x20, 16},
		{0x51, sim.DS2760Kind, "1", 0x30, 16},
		{0x35, sim.DS2756Kind, "2", 0x60, 32},
		{0x2E, sim.DS2770Kind, "2", 0x40, 8},
		{0x31, sim.DS2720Kind, "1", 0x30, 4},
		{0x32, sim.DS2780Kind, "1", 0x60, 16},
		{0x3D, sim.DS2781Kind, "0", 0x20, 16},
	} {
		b, rom, chip := newBattery(one.family, one.kind)
		page := "pages/page." + one.page
		data := bytes.Repeat([]byte{0x5A}, one.size)
		b.write(t, rom, page, device.Bytes(data))
		if got := b.read(t, rom, page).Bytes(); !bytes.HasPrefix(got, data) {
			t.Errorf("%v/%s is % X", rom, page, got)
		}
		if _, kept := chip.Memory(one.at + one.size - 1); kept != 0x5A {
			t.Errorf("%v: the end of %s is not kept", rom, page)
		}
		wantErr(t, "a page too long", b.tryWrite(rom, page, device.Bytes(append(data, 0))), syscall.ERANGE)
		b.write(t, rom, page, device.Bytes(data))
		b.wantCost(t, "writing what is there", 3, 88+2*(72+16+8), func() { b.write(t, rom, page, device.Bytes(data[:1])) })
		b.noisyReads(t, rom, page)
		values := []device.Value{device.Bytes([]byte{1, 2}), device.Bytes([]byte{3, 4})}
		b.noisyWrites(t, rom, page, values, func(v device.Value) bool {
			_, first := chip.Memory(one.at)
			_, second := chip.Memory(one.at + 1)
			return first == v.Bytes()[0] && second == v.Bytes()[1]
		})

		lock := "lock." + one.page
		b.want(t, rom, lock, device.Flag(false))
		b.write(t, rom, lock, device.Flag(false))
		b.write(t, rom, lock, device.Flag(true))
		b.want(t, rom, lock, device.Flag(true))
		b.write(t, rom, lock, device.Flag(true))
		wantErr(t, "unlocking", b.tryWrite(rom, lock, device.Flag(false)), syscall.EPERM)
		wantErr(t, "writing a locked page", b.tryWrite(rom, page, device.Text("x")), syscall.EPERM)
	}
}

func TestBatteryMemory(t *testing.T) {
	b, rom, chip := newBattery(0x30, sim.DS2760Kind)
	chip.Measure(3.7, 0.01, 20)
	all := bytes.Clone(b.read(t, rom, "memory").Bytes())
	if len(all) != 256 {
		t.Fatalf("the memory has %d bytes", len(all))
	}
	copy(all[0x28:], "one end,")
	copy(all[0x34:], "another")
	copy(all[0x80:], "RAM")
	b.write(t, rom, "memory", device.Bytes(all))
	b.want(t, rom, "memory", device.Bytes(all))
	if _, kept := chip.Memory(0x3A); kept != 'r' {
		t.Errorf("the last byte is kept as %q", kept)
	}
	b.write(t, rom, "memory", device.Bytes(all[:0x30]))
	wantErr(t, "257 bytes", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 257))), syscall.ERANGE)
	b.noise(1000, 3)
	for range 20 {
		if got, err := b.tryRead(rom, "memory"); err == nil && !bytes.Equal(got.Bytes(), all) {
			t.Error("the memory is another one with noise")
		}
	}
}

// A chip that is not there reads as ones, if another one answers the reset.
func TestBatteryAbsent(t *testing.T) {
	b, _, _ := newBattery(0x30, sim.DS2760Kind)
	rom := testROM(0x51)
	for _, path := range []string{"volt", "memory", "pmod"} {
		_, err := b.tryRead(rom, path)
		wantErr(t, path, err, hw.ErrNoPresence)
	}
}

// Values from the tables of NIST monograph 175.
func TestThermocouples(t *testing.T) {
	b, rom, chip := newBattery(0x2E, sim.DS2770Kind)
	for _, one := range []struct {
		letter  string
		celsius float64
		mv      float64
	}{
		{"B", 600, 1.792}, {"B", 1000, 4.834}, {"B", 1800, 13.591},
		{"E", -200, -8.825}, {"E", 100, 6.319}, {"E", 500, 37.005},
		{"J", -200, -7.890}, {"J", 100, 5.269}, {"J", 800, 45.494},
		{"K", -200, -5.891}, {"K", 100, 4.096}, {"K", 1000, 41.276},
		{"N", -200, -3.990}, {"N", 100, 2.774}, {"N", 1000, 36.256},
		{"R", -40, -0.188}, {"R", 500, 4.471}, {"R", 1200, 13.228}, {"R", 1700, 20.222},
		{"S", -40, -0.194}, {"S", 500, 4.233}, {"S", 1200, 11.951}, {"S", 1700, 17.947},
		{"T", -200, -5.603}, {"T", 100, 4.279}, {"T", 400, 20.872},
	} {
		chip.Measure(3.7, one.mv/1000, 0)
		slope := map[string]float64{"B": 0.004, "R": 0.003, "S": 0.004}[one.letter]
		b.near(t, rom, "type"+one.letter+"/temperature", one.celsius, 0.0015/max(slope, 0.015)+0.3)
	}
	// With the cold junction at 25 °C (1.000 mV for K) the couple gives the rest.
	chip.Measure(3.7, 0.003096, 25)
	b.near(t, rom, "typeK/temperature", 100, 0.1)
	chip.Measure(3.7, 0.05119, 25)
	_, err := b.tryRead(rom, "typeT/temperature")
	wantErr(t, "a T at 52 mV", err, syscall.ERANGE)
	b.want(t, rom, "typeT/range_high", device.Num(400))
}
