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

// chronROM is the code of a DS1921 whose last 12 bits tell its type.
func chronROM(kind uint) hw.ROM {
	rom := hw.ROM{0x21, 0xA0, 0, 0, 0, byte(kind << 4), byte(kind >> 4)}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

func newChron(celsius func(time.Time) float64) (*bench, hw.ROM) {
	b, rom := newBench(), chronROM(0)
	b.wire.Add(sim.NewDS1921(rom, b.clock, sim.DS1921G, celsius))
	return b, rom
}

func (b *bench) sleep(t *testing.T, d time.Duration) {
	t.Helper()
	if err := b.clock.Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestDS1921Kinds(t *testing.T) {
	for _, one := range []struct {
		code    uint
		kind    sim.Thermochron
		name    string
		celsius float64
		step    float64
	}{
		{0, sim.DS1921G, "DS1921G-F5", 23.5, 0.5}, {0x34C, sim.DS1921G, "DS1921L-F51", -10, 0.5},
		{0x4F2, sim.DS1921H, "DS1921H-F5", 35.125, 0.125}, {0x3B2, sim.DS1921Z, "DS1921Z-F5", 5.25, 0.125},
	} {
		b, rom := newBench(), chronROM(one.code)
		b.wire.Add(sim.NewDS1921(rom, b.clock, one.kind, func(time.Time) float64 { return one.celsius }))
		b.want(t, rom, "temperature", device.Num(one.celsius))
		b.want(t, rom, "about/version", device.Text(one.name))
		b.want(t, rom, "about/resolution", device.Num(one.step))
		b.want(t, rom, "about/samples", device.Int(1))
		b.want(t, rom, "about/measuring", device.Flag(false))
		b.want(t, rom, "histogram/gap", device.Num(4*one.step))
		b.want(t, rom, "histogram/temperature.0", device.Num(one.kind.Zero))
		b.noisyReads(t, rom, "temperature")
	}
}

// The mission of the DS1921G data sheet, pages 36 to 40: limits of -5 and 0 °C, a
// sample every ten minutes.
func TestDS1921Mission(t *testing.T) {
	temps := []float64{-2.5, -2.5, 0, 1, -2.5, -5, -90, -2.5, 0, 99}
	var begun time.Time
	b, rom := newChron(func(at time.Time) float64 {
		return temps[max(0, min(len(temps)-1, int(at.Sub(begun)/(10*time.Minute))-1))]
	})
	now := time.Date(2002, 4, 1, 15, 30, 0, 0, time.UTC)
	begun = b.clock.Now() // its samples are on the minutes of its own clock
	b.write(t, rom, "clock/date", device.Moment(now))
	b.want(t, rom, "clock/udate", device.Int(now.Unix()))
	b.write(t, rom, "overtemp/temperature", device.Num(0))
	b.write(t, rom, "undertemp/temperature", device.Num(-5))
	b.want(t, rom, "undertemp/temperature", device.Num(-5))
	b.write(t, rom, "set_alarm/temphigh", device.Flag(true))
	b.write(t, rom, "mission/enable", device.Flag(false))
	wantErr(t, "a start without a cleared memory", b.tryWrite(rom, "mission/running", device.Flag(true)), syscall.EINVAL)
	b.write(t, rom, "mission/easystart", device.Int(10))
	b.want(t, rom, "mission/running", device.Flag(true))
	b.want(t, rom, "mission/udate", device.Int(now.Unix()))
	wantErr(t, "setting the clock", b.tryWrite(rom, "clock/udate", device.Int(0)), syscall.EBUSY)
	b.sleep(t, 101*time.Minute)

	b.want(t, rom, "mission/samples", device.Int(10))
	b.want(t, rom, "log/elements", device.Int(10))
	log := b.read(t, rom, "log/temperature.ALL").List()
	times := b.read(t, rom, "log/udate.ALL").List()
	for i, want := range []float64{-2.5, -2.5, 0, 1, -2.5, -5, -40, -2.5, 0, 85} {
		if got := log[i].Num(); got != want {
			t.Errorf("sample %d is %v °C, want %v", i, got, want)
		}
		at := now.Add(time.Duration(i+1) * 10 * time.Minute)
		if got := times[i].Int(); got != at.Unix() {
			t.Errorf("sample %d was at %v, want %v", i, time.Unix(got, 0).UTC(), at)
		}
	}
	if len(log) != 2048 || !math.IsNaN(log[10].Num()) {
		t.Errorf("the log has %d elements, and number 10 is %v", len(log), log[10].Num())
	}
	b.want(t, rom, "log/temperature.3", device.Num(1))
	_, err := b.tryRead(rom, "log/temperature.10")
	wantErr(t, "a sample that is not yet", err, syscall.ERANGE)
	b.want(t, rom, "overtemp/elements", device.Int(2))
	b.want(t, rom, "overtemp/count.0", device.Int(2))
	b.want(t, rom, "overtemp/date.0", device.Moment(now.Add(30*time.Minute)))
	b.want(t, rom, "overtemp/end.0", device.Moment(now.Add(50*time.Minute)))
	b.want(t, rom, "undertemp/elements", device.Int(1))
	b.want(t, rom, "undertemp/udate.0", device.Int(now.Add(time.Hour).Unix()))
	b.want(t, rom, "mission/temphigh", device.Flag(true))
	b.want(t, rom, "histogram/counts.0", device.Int(1))
	if got := b.read(t, rom, "histogram/counts.ALL").List(); len(got) != 63 || got[18].Int() != 4 {
		t.Errorf("the histogram is %v", got)
	}
	b.noisyReads(t, rom, "log/temperature.3", "overtemp/count.ALL", "mission/samples")

	b.write(t, rom, "mission/temphigh", device.Flag(false))
	b.want(t, rom, "mission/temphigh", device.Flag(false))
	b.want(t, rom, "mission/running", device.Flag(true))
	b.write(t, rom, "mission/running", device.Flag(false))
	b.want(t, rom, "mission/running", device.Flag(false))
	b.write(t, rom, "mission/clear", device.Flag(true))
	b.want(t, rom, "mission/samples", device.Int(0))
	b.write(t, rom, "mission/frequency", device.Int(1))
	b.want(t, rom, "mission/running", device.Flag(true))
}

// A mission begins only when the clock has run for a second (DS1921H/Z data sheet,
// page 9), which easystart sees to.
func TestDS1921ClockStood(t *testing.T) {
	b, rom := newChron(func(time.Time) float64 { return 20 })
	b.write(t, rom, "clock/running", device.Flag(false))
	b.write(t, rom, "mission/easystart", device.Int(10))
	b.want(t, rom, "mission/running", device.Flag(true))
	b.want(t, rom, "clock/running", device.Flag(true))
}

func TestDS1921Rollover(t *testing.T) {
	var begun time.Time
	b, rom := newChron(func(at time.Time) float64 { return float64(int(at.Sub(begun)/time.Minute) % 100) })
	b.write(t, rom, "mission/rollover", device.Flag(true))
	begun = b.clock.Now().Truncate(time.Minute)
	b.write(t, rom, "mission/easystart", device.Int(1))
	b.sleep(t, 2100*time.Minute+30*time.Second)
	log := b.read(t, rom, "log/temperature.ALL").List()
	if first, last := log[0].Num(), log[2047].Num(); first != 53 || last != 0 {
		t.Errorf("the log goes from %v to %v, want 53 to 0", first, last)
	}
	b.want(t, rom, "log/temperature.0", device.Num(53))
}

func TestDS1921Settings(t *testing.T) {
	b, rom := newChron(func(time.Time) float64 { return 20 })
	for _, name := range []string{"clock/running", "mission/enable", "mission/rollover", "set_alarm/date", "set_alarm/templow"} {
		for _, on := range []bool{false, true, false} {
			b.write(t, rom, name, device.Flag(on))
			b.want(t, rom, name, device.Flag(on))
		}
	}
	for name, n := range map[string]int64{
		"alarm_second": 59, "alarm_minute": 59, "alarm_hour": 23, "alarm_dow": 7, "mission/delay": 65535, "ControlRegister": 0x80,
	} {
		b.write(t, rom, name, device.Int(n))
		b.want(t, rom, name, device.Int(n))
		if name != "ControlRegister" {
			wantErr(t, name, b.tryWrite(rom, name, device.Int(n+1)), syscall.ERANGE)
		}
	}
	wantErr(t, "alarm_dow", b.tryWrite(rom, "alarm_dow", device.Int(0)), syscall.ERANGE)
	wantErr(t, "templow", b.tryWrite(rom, "mission/templow", device.Flag(true)), syscall.EINVAL)
	wantErr(t, "easystart", b.tryWrite(rom, "mission/easystart", device.Int(0)), syscall.ERANGE)
	b.write(t, rom, "pages/page.3", device.Text("hello"))
	b.want(t, rom, "pages/page.3", device.Bytes(append([]byte("hello"), make([]byte, 27)...)))
	if got := b.read(t, rom, "memory").Bytes(); len(got) != 512 || !bytes.HasPrefix(got[96:], []byte("hello")) {
		t.Errorf("the memory is % X", got)
	}
	b.wantCost(t, "the clock", 1, 72+24+32*8+16, func() { b.read(t, rom, "clock/udate") })
	b.noisyWrites(t, rom, "mission/delay", []device.Value{device.Int(1), device.Int(500)}, func(v device.Value) bool {
		defer b.noise(1000, 9)
		b.noise(0, 0)
		return b.read(t, rom, "mission/delay").Equal(v)
	})
}
