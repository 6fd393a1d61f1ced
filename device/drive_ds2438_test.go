// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"math"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// near reads a number and compares it with a tolerance.
func (b *bench) near(t *testing.T, rom hw.ROM, path string, want, tolerance float64) {
	t.Helper()
	if got := b.read(t, rom, path).Num(); math.Abs(got-want) > tolerance {
		t.Errorf("%s is %v, want %v ± %v", path, got, want, tolerance)
	}
}

func newDS2438() (*bench, hw.ROM, *sim.DS2438) {
	b, rom := newBench(), testROM(0x26)
	chip := sim.NewDS2438(rom, b.clock)
	b.wire.Add(chip)
	return b, rom, chip
}

func TestDS2438Measures(t *testing.T) {
	b, rom, chip := newDS2438()
	chip.SetVoltages(5.02, 3.21, -0.05)
	for _, celsius := range []float64{21.15, -10.5, -0.03125, 0} {
		chip.SetTemperature(celsius)
		b.near(t, rom, "temperature", celsius, 1./32)
		chip.SetTemperature(99)
		b.near(t, rom, "latesttemp", celsius, 1./32)
	}
	for range 2 {
		b.near(t, rom, "VDD", 5.02, 0.011)
		b.near(t, rom, "VAD", 3.21, 0.011)
	}
	b.wantCost(t, "VAD again", 3, 80+8+88+72+16+72, func() { b.read(t, rom, "VAD") })

	for _, on := range []bool{true, false} {
		b.write(t, rom, "IAD", device.Flag(on))
		b.near(t, rom, "vis", -0.05, 1./4096)
		b.want(t, rom, "IAD", device.Flag(on))
	}
	b.near(t, rom, "S3-R1-A/current", -0.05/390*1e6, 1)
	chip.SetTemperature(20)
	b.read(t, rom, "temperature")
	b.noisyReads(t, rom, "VDD", "VAD", "temperature", "latesttemp", "vis")
}

func TestDS2438Settings(t *testing.T) {
	b, rom, chip := newDS2438()
	for _, name := range []string{"CA", "EE", "IAD"} {
		for _, on := range []bool{true, false, true} {
			b.write(t, rom, name, device.Flag(on))
			b.want(t, rom, name, device.Flag(on))
		}
	}
	if got := chip.Page(0)[0] & 7; got != 7 {
		t.Errorf("the configuration is %X, want 7", got)
	}
	for _, n := range []int64{-256, -1, 0, 17, 255, 0xFFFFFFFE} {
		b.write(t, rom, "offset", device.Int(n))
		b.want(t, rom, "offset", device.Int(int64(uint32(n))))
		b.want(t, rom, "IAD", device.Flag(true))
	}
	for _, n := range []int64{-257, 256} {
		wantErr(t, "offset", b.tryWrite(rom, "offset", device.Int(n)), syscall.ERANGE)
	}
	b.write(t, rom, "CA", device.Flag(false))

	now := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	b.write(t, rom, "date", device.Moment(now))
	if err := b.clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := b.read(t, rom, "date").Moment(); got.Sub(now) < time.Hour || got.Sub(now) > time.Hour+2*time.Second {
		t.Errorf("an hour after %v the date is %v", now, got)
	}
	b.write(t, rom, "disconnect/udate", device.Int(0xFFFFFFFF))
	b.write(t, rom, "endcharge/date", device.Moment(now))
	b.want(t, rom, "disconnect/udate", device.Int(0xFFFFFFFF))
	b.want(t, rom, "endcharge/udate", device.Int(now.Unix()))
	b.want(t, rom, "endcharge/date", device.Moment(now))
	b.want(t, rom, "offset", device.Int(0xFFFFFFFE)) // on the page of the clock
	wantErr(t, "udate", b.tryWrite(rom, "udate", device.Int(1<<32)), syscall.ERANGE)
	wantErr(t, "date", b.tryWrite(rom, "date", device.Moment(time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC))), syscall.ERANGE)
}

func TestDS2438Pages(t *testing.T) {
	b, rom, chip := newDS2438()
	b.write(t, rom, "pages/page.4", device.Text("12345678"))
	b.write(t, rom, "pages/page.4", device.Text("abc"))
	if got := chip.Page(4); string(got[:]) != "abc45678" {
		t.Errorf("page 4 is %q", got)
	}
	b.want(t, rom, "pages/page.4", device.Text("abc45678"))
	b.wantCost(t, "reading a page", 2, 88+88+72, func() { b.read(t, rom, "pages/page.4") })
	b.wantCost(t, "writing what is there", 2, 88+88+72, func() { b.write(t, rom, "pages/page.4", device.Text("abc")) })
	wantErr(t, "9 bytes", b.tryWrite(rom, "pages/page.4", device.Text("123456789")), syscall.ERANGE)
	b.write(t, rom, "pages/page.0", device.Bytes([]byte{0x0F, 0, 0, 0, 0, 0, 0, 0x40}))
	if got := chip.Page(0); got[0] != 0x0F || got[7] != 0x40 {
		t.Errorf("page 0 is % X", got)
	}

	b.noisyReads(t, rom, "pages/page.4", "CA", "IAD", "disconnect/udate", "offset")
	values := []device.Value{device.Text("noisy 01"), device.Text("noisy 02")}
	b.noisyWrites(t, rom, "pages/page.5", values, func(v device.Value) bool {
		p := chip.Page(5)
		return bytes.Equal(p[:], v.Bytes())
	})
	b.noisyWrites(t, rom, "EE", []device.Value{device.Flag(true), device.Flag(false)},
		func(v device.Value) bool { return chip.Page(0)[0]>>2&1 == 1 == v.Flag() })
	b.noisyWrites(t, rom, "endcharge/udate", []device.Value{device.Int(1), device.Int(2)},
		func(v device.Value) bool { return int64(chip.Page(2)[4]) == v.Int() })
}

// The sensors' data sheets say that at 25 °C and 5 V an HIH-3610 or HIH-4000
// gives 3.9 V at 100 %, an HIH-5030 3.9375 V, and an HTM1735 2.48 V at 55 %.
func TestDS2438Humidity(t *testing.T) {
	b, rom, chip := newDS2438()
	chip.SetTemperature(25)
	for _, one := range []struct {
		path              string
		vad, vdd, percent float64
	}{
		{"HIH3600/humidity", 2.35, 5, 50 / (1.0546 - 0.00216*25)},
		{"HIH4000/humidity", 2.35, 5, 50 / (1.0305 + 0.000044*25 - 0.0000011*625)},
		{"HIH5030/humidity", 2.3475, 5, 50},
		{"HIH3600/humidity", 1.88, 4, 50},
		{"humidity", 2.35, 5, 50},
		{"HTM1735/humidity", 2.48, 5, 54.5},
	} {
		chip.SetVoltages(one.vdd, one.vad, 0)
		b.near(t, rom, one.path, one.percent, 0.6)
		b.near(t, rom, one.path, one.percent, 0.6) // now VAD comes first
	}
	b.noisyReads(t, rom, "HIH4000/humidity")
	b.wantCost(t, "a humidity", 10, 88+(88+88+160)+(96+160+88)+(88+88+160), func() { b.read(t, rom, "HIH4000/humidity") })
	chip.SetVoltages(0, 0, 0)
	if v, err := b.tryRead(rom, "humidity"); err == nil {
		t.Errorf("without VDD the humidity is %v", v.Num())
	}

	b.want(t, rom, "MultiSensor/type", device.Text("unknown"))
	b.write(t, rom, "pages/page.3", device.Bytes([]byte{0x19}))
	b.want(t, rom, "MultiSensor/type", device.Text("MS-TH"))
	if shown, err := b.shown(rom, "DATANAB"); shown || err != nil {
		t.Errorf("DATANAB is shown for another sensor: %v", err)
	}
	b.write(t, rom, "pages/page.3", device.Text("HUMIDIT3"))
	b.forget(rom)
	if shown, err := b.shown(rom, "DATANAB"); !shown || err != nil {
		t.Errorf("a DATANAB is not shown as one: %v", err)
	}
}
