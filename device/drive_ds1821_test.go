// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"context"
	"math"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// A thermostatBench is a line with nothing but a DS1821, whose properties are
// those of the tree thermostat and whose ROM code is none.
type thermostatBench struct {
	*bench
	family *device.Family
}

func newThermostat(temp func() float64) (thermostatBench, *sim.DS1821) {
	b := newBench()
	chip := sim.NewDS1821(b.clock, temp)
	b.wire.Add(chip)
	return thermostatBench{b, b.table.Tree("thermostat")}, chip
}

func (b thermostatBench) read(name string) (v device.Value, err error) {
	c := &benchChip{bench: b.bench, family: b.family}
	p, _ := b.family.Property(name)
	return c.readDriver(context.Background(), p, device.Element{})
}

func (b thermostatBench) write(name string, v device.Value) error {
	c := &benchChip{bench: b.bench, family: b.family}
	p, _ := b.family.Property(name)
	return c.writeDriver(context.Background(), p, device.Element{}, v)
}

func (b thermostatBench) want(t *testing.T, name string, want device.Value) {
	t.Helper()
	if got, err := b.read(name); err != nil || !got.Equal(want) {
		t.Errorf("%s is %v, %v, want %v", name, show(got), err, show(want))
	}
}

func (b thermostatBench) set(t *testing.T, name string, v device.Value) {
	t.Helper()
	if err := b.write(name, v); err != nil {
		t.Errorf("writing %s: %v", name, err)
	}
}

func TestDS1821Temperature(t *testing.T) {
	temp := 25.4
	b, _ := newThermostat(func() float64 { return temp })
	b.want(t, "type", device.Text("DS1821"))
	b.want(t, "1shot", device.Flag(false))
	for _, x := range []struct{ is, whole float64 }{{25.4, 25}, {-0.6, -1}, {-55, -55}, {125, 125}} {
		temp = x.is
		if err := b.clock.Sleep(t.Context(), 2_000_000_000); err != nil {
			t.Fatal(err)
		}
		b.want(t, "temperature", device.Num(x.whole))
	}
	b.set(t, "1shot", device.Flag(true))
	for _, is := range []float64{25.4, 0, -0.6, -24.99, 84.5, 124.3} {
		temp = is
		got, err := b.read("temperature")
		if err != nil || math.Abs(got.Num()-is) > 1.0/256 {
			t.Errorf("at %v °C the temperature is %v, %v", is, got.Num(), err)
		}
	}
	temp = 30
	b.set(t, "1shot", device.Flag(false))
	b.want(t, "temperature", device.Num(30))
}

// The example on page 14: limits of 10 and 40 °C, and a thermostat that is
// active high.
func TestDS1821Thermostat(t *testing.T) {
	temp := 25.0
	b, chip := newThermostat(func() float64 { return temp })
	b.set(t, "temphigh", device.Num(40))
	b.set(t, "templow", device.Num(10))
	b.want(t, "temphigh", device.Num(40))
	b.want(t, "templow", device.Num(10))
	b.set(t, "templow", device.Num(-20.4))
	b.want(t, "templow", device.Num(-20))
	b.set(t, "polarity", device.Flag(true))
	b.set(t, "1shot", device.Flag(true))
	if high, low, status := chip.Registers(); high != 0x28 || low != -20 || status != 0x03 {
		t.Errorf("TH %d, TL %d, status %02X, want 40, -20, 03", high, low, status)
	}
	for _, name := range []string{"temphigh", "templow"} {
		for _, bad := range []float64{-55.6, 125.6, math.NaN(), math.Inf(1)} {
			wantErr(t, name, b.write(name, device.Num(bad)), syscall.ERANGE)
		}
	}

	b.want(t, "temphighflag", device.Flag(false))
	temp = 41
	b.want(t, "temperature", device.Num(41))
	b.want(t, "temphighflag", device.Flag(true))
	temp = -21
	b.want(t, "temperature", device.Num(-21))
	b.want(t, "templowflag", device.Flag(true))
	b.set(t, "temphighflag", device.Flag(false))
	b.want(t, "temphighflag", device.Flag(false))
	b.want(t, "templowflag", device.Flag(true))

	b.set(t, "thermostatmode", device.Flag(true))
	b.want(t, "thermostatmode", device.Flag(true))
	chip.PowerUp()
	_, err := b.read("temperature")
	wantErr(t, "a thermostat", err, hw.ErrNoPresence)
}

// Other devices on the line do not pass for a DS1821.
func TestDS1821Missing(t *testing.T) {
	b, chip := newThermostat(func() float64 { return 25 })
	b.wire.Remove(chip)
	b.wire.Add(sim.NewSerial(testROM(0x01)))
	for _, name := range []string{"temperature", "temphigh", "polarity"} {
		_, err := b.read(name)
		wantErr(t, name, err, hw.ErrNoPresence)
	}
	wantErr(t, "temphigh", b.write("temphigh", device.Num(7)), hw.ErrNoPresence)
}

func TestDS1821Noise(t *testing.T) {
	b, chip := newThermostat(func() float64 { return 25 })
	b.set(t, "1shot", device.Flag(true))
	b.noise(1000, 3)
	good := 0
	for i := range 100 {
		got, err := b.read("temperature")
		if err == nil && got.Num() != 25 {
			t.Fatalf("with noise the temperature is %v", got.Num())
		}
		limit := float64(i % 50)
		if err2 := b.write("templow", device.Num(limit)); err2 == nil {
			if _, low, _ := chip.Registers(); float64(low) != limit {
				t.Fatalf("with noise TL is %d, not %v", low, limit)
			}
			if err == nil {
				good++
			}
		}
	}
	if good < 50 {
		t.Errorf("only %d of 100 came through", good)
	}
}
