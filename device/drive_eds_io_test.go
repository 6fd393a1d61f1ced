// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"fmt"
	"math"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
)

func TestEDSVibration(t *testing.T) {
	b, rom, chip := newEDS(0x70)
	for at, name := range map[int]string{0x24: "vib_level", 0x26: "vib_peak", 0x28: "vib_max"} {
		chip.Reading(at, 2, 1023-float64(at), 1)
		b.want(t, rom, "EDS0070/"+name, device.Int(1023-int64(at)))
		b.noisyReads(t, rom, "EDS0070/"+name)
	}
	for name, at := range map[string]int{"vib_hi": 0x44, "vib_low": 0x46} {
		b.write(t, rom, "EDS0070/threshold/"+name, device.Num(1000))
		b.want(t, rom, "EDS0070/threshold/"+name, device.Num(1000))
		if m := chip.Memory()[at : at+2]; m[0] != 0xE8 || m[1] != 0x03 {
			t.Errorf("%s is kept as % X", name, m)
		}
		for _, v := range []float64{-1, 1024, math.NaN()} {
			wantErr(t, name, b.tryWrite(rom, "EDS0070/threshold/"+name, device.Num(v)), syscall.ERANGE)
		}
	}
	b.wantPair(t, rom, "EDS0070", "vib_hi", "vib_hi", 4, func(p byte) { chip.SetMemory(0x36, []byte{p}) })
	b.wantPair(t, rom, "EDS0070", "vib_low", "vib_low", 8, func(p byte) { chip.SetMemory(0x36, []byte{p}) })
	if shown, err := b.shown(rom, "EDS0070/vib_level"); !shown || err != nil {
		t.Errorf("vib_level is not shown: %v", err)
	}
}

// wantPair checks one flag of alarm and the one that makes it answer the search.
func (b *bench) wantPair(t *testing.T, rom hw.ROM, model, alarm, set string, bit byte, raise func(flags byte)) {
	t.Helper()
	raise(^bit)
	b.want(t, rom, model+"/alarm/"+alarm, device.Flag(false))
	raise(bit)
	b.want(t, rom, model+"/alarm/"+alarm, device.Flag(true))
	b.write(t, rom, model+"/alarm/clear", device.Flag(true))
	b.want(t, rom, model+"/alarm/"+alarm, device.Flag(false))
	b.write(t, rom, model+"/set_alarm/"+set, device.Flag(true))
	b.want(t, rom, model+"/set_alarm/alarm_function", device.Int(int64(bit)))
	b.write(t, rom, model+"/set_alarm/"+set, device.Flag(false))
	b.want(t, rom, model+"/set_alarm/"+set, device.Flag(false))
}

func TestEDSResistanceAlarms(t *testing.T) {
	for _, one := range []struct {
		model      int
		alarm, set [4]string
	}{
		{0x71, [4]string{"temp_hi", "temp_low", "resistance_hi", "resistance_low"}, [4]string{"temp_hi", "temp_low", "resistance__hi", "resistance_low"}},
		{0x72, [4]string{"temp_hi", "temp_low", "RTD_hi", "RTD_low"}, [4]string{"temp_hi", "temp_low", "RTD_hi", "RTD_low"}},
	} {
		b, rom, chip := newEDS(one.model)
		for i := range one.alarm {
			b.wantPair(t, rom, fmt.Sprintf("EDS%04X", one.model), one.alarm[i], one.set[i], 1<<i, func(p byte) { chip.SetMemory(0x36, []byte{p}) })
		}
	}
}

func TestEDSAnalog(t *testing.T) {
	for _, one := range []struct {
		model    int
		measure  string
		channels int
		unit     float64
		value    float64 // that the input below measures
	}{
		{0x80, "current", 8, 1e-3, 0.02}, {0x83, "current", 4, 1e-3, 0.004},
		{0x82, "volts", 8, 1, 10}, {0x85, "volts", 4, 1, 0.5},
	} {
		b, rom, chip := newEDS(one.model)
		dir := fmt.Sprintf("EDS%04X/", one.model)
		last := one.channels - 1
		chip.Input(0, 2048)
		chip.Input(last, uint16(math.Round(one.value/one.unit*2048)))
		b.near(t, rom, dir+one.measure+".0", one.unit, 1e-12)
		b.near(t, rom, fmt.Sprintf("%s%s.%d", dir, one.measure, last), one.value, 1e-12)
		b.noisyReads(t, rom, dir+one.measure+".0")

		b.write(t, rom, dir+"alarm/clear", device.Flag(true)) // the extremes begin anew
		for _, steps := range []uint16{3 * 2048, 1024, 2048} {
			chip.Input(0, steps)
		}
		b.near(t, rom, dir+"max_"+one.measure+".0", 3*one.unit, 1e-12)
		b.near(t, rom, dir+"min_"+one.measure+".0", one.unit/2, 1e-12)

		hi, low := one.measure+"_hi", one.measure+"_low"
		for n := range one.channels {
			b.write(t, rom, fmt.Sprintf("%sthreshold/%s.%d", dir, hi, n), device.Num(float64(n+2)*one.unit))
			b.write(t, rom, fmt.Sprintf("%sthreshold/%s.%d", dir, low, n), device.Num(float64(n+1)*one.unit))
		}
		b.near(t, rom, fmt.Sprintf("%sthreshold/%s.%d", dir, hi, last), float64(last+2)*one.unit, 1e-12)
		b.near(t, rom, fmt.Sprintf("%sthreshold/%s.%d", dir, low, last), float64(last+1)*one.unit, 1e-12)
		wantErr(t, "threshold", b.tryWrite(rom, dir+"threshold/"+hi+".0", device.Num(32*one.unit)), syscall.ERANGE)
		_, err := b.tryRead(rom, fmt.Sprintf("%sthreshold/%s.%d", dir, hi, one.channels))
		wantErr(t, "an input too many", err, syscall.EINVAL)

		b.write(t, rom, dir+"alarm/clear", device.Flag(true))
		chip.Input(1, 4*2048)
		chip.Input(last, 1024)
		b.want(t, rom, dir+"alarm/"+hi+".BYTE", device.Bits(2))
		b.want(t, rom, dir+"alarm/"+low+".BYTE", device.Bits(1<<last))
		if found := b.alarms(t); len(found) != 0 {
			t.Errorf("%v answer the search for alarms, though none was set", found)
		}
		b.write(t, rom, dir+"set_alarm/"+low+".BYTE", device.Bits(1<<last))
		b.write(t, rom, dir+"set_alarm/"+hi+".0", device.Flag(true))
		b.want(t, rom, dir+"set_alarm/alarm_function", device.Int(1|2<<(2*last)))
		if found := b.alarms(t); len(found) != 1 || found[0] != rom {
			t.Errorf("%v answer the search for alarms", found)
		}
		b.write(t, rom, dir+"alarm/clear", device.Flag(true))
		b.want(t, rom, dir+"alarm/state", device.Int(0))
		wantErr(t, "set_alarm", b.tryWrite(rom, dir+"set_alarm/"+hi+".BYTE", device.Bits(1<<one.channels)), syscall.ERANGE)

		b.write(t, rom, dir+"relay/control", device.Int(2))
		b.write(t, rom, dir+"relay/state", device.Flag(true))
		if m := chip.Memory(); m[0x9E] != 2 || m[0x9F] != 1 {
			t.Errorf("the relay is kept as % X", m[0x9E:0xA0])
		}
	}
}

// alarms is who answers the search for alarms.
func (b *bench) alarms(t *testing.T) []hw.ROM {
	t.Helper()
	var found []hw.ROM
	err := b.line.Do(t.Context(), func(tx *hw.Tx) (err error) {
		found, err = tx.Search(hw.AlarmSearch)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEDSAnalogPages(t *testing.T) {
	b, rom, chip := newEDS(0x82)
	all := bytes.Clone(b.read(t, rom, "EDS0082/memory").Bytes())
	if len(all) != 160 {
		t.Fatalf("the memory has %d bytes", len(all))
	}
	copy(all, "boiler\x00")
	all[0x70], all[0x9A] = 0x34, 0x12
	b.write(t, rom, "EDS0082/memory", device.Bytes(all))
	b.want(t, rom, "EDS0082/pages/page.3", device.Bytes(all[0x60:0x80]))
	if m := chip.Memory(); m[0x70] != 0x34 || m[0x9A] != 0x12 || m[0] != 'b' {
		t.Error("the memory was not written")
	}
	for _, page := range []string{"1", "2"} {
		wantErr(t, "page "+page, b.tryWrite(rom, "EDS0082/pages/page."+page, device.Text("x")), syscall.EPERM)
	}
	values := []device.Value{device.Num(1), device.Num(2.5)}
	b.noisyWrites(t, rom, "EDS0082/threshold/volts_low.7", values, func(v device.Value) bool {
		m := chip.Memory()
		return float64(int(m[0x8E])|int(m[0x8F])<<8)/2048 == v.Num()
	})
}

func TestEDSDiscrete(t *testing.T) {
	b, rom, chip := newEDS(0x90)
	chip.Connect(0, true)
	chip.Connect(0, false)
	chip.Connect(0, true)
	chip.Connect(7, true)
	b.want(t, rom, "EDS0090/input.BYTE", device.Bits(0x81))
	b.want(t, rom, "EDS0090/latch/state.BYTE", device.Bits(0x81))
	b.want(t, rom, "EDS0090/counter/pulses.0", device.Int(2))
	b.want(t, rom, "EDS0090/counter/pulses.1", device.Int(0))
	// Only the channels 1 and 2 have counters (user manual, page 1).
	_, err := b.tryRead(rom, "EDS0090/counter/pulses.2")
	wantErr(t, "pulses.2", err, syscall.EINVAL)
	b.noisyReads(t, rom, "EDS0090/input.BYTE", "EDS0090/counter/pulses.0")

	b.want(t, rom, "EDS0090/alarm/hi.BYTE", device.Bits(0x81))
	b.want(t, rom, "EDS0090/alarm/low.BYTE", device.Bits(1))
	b.write(t, rom, "EDS0090/set_alarm/low.BYTE", device.Bits(1))
	if found := b.alarms(t); len(found) != 1 {
		t.Errorf("%v answer the search for alarms", found)
	}
	b.write(t, rom, "EDS0090/set_alarm/hi.7", device.Flag(true))
	b.want(t, rom, "EDS0090/set_alarm/alarm_function", device.Int(0x4002))
	b.write(t, rom, "EDS0090/alarm/clear", device.Flag(true))
	b.want(t, rom, "EDS0090/alarm/state", device.Int(0))

	b.write(t, rom, "EDS0090/counter/reset.1", device.Flag(true))
	b.want(t, rom, "EDS0090/counter/pulses.0", device.Int(2))
	b.write(t, rom, "EDS0090/counter/reset.0", device.Flag(true))
	b.want(t, rom, "EDS0090/counter/pulses.0", device.Int(0))
	b.write(t, rom, "EDS0090/latch/reset.7", device.Flag(true))
	b.want(t, rom, "EDS0090/latch/state.BYTE", device.Bits(1))
	b.want(t, rom, "EDS0090/output/reset.BYTE", device.Bits(0))
	b.write(t, rom, "EDS0090/output/reset.0", device.Flag(true)) // the same order
	b.want(t, rom, "EDS0090/latch/state.BYTE", device.Bits(0))
	wantErr(t, "output/reset", b.tryWrite(rom, "EDS0090/output/reset.BYTE", device.Bits(256)), syscall.ERANGE)

	for _, on := range []uint64{0x81, 0x7E, 0} {
		b.write(t, rom, "EDS0090/output/set.BYTE", device.Bits(on))
		b.want(t, rom, "EDS0090/output/set.BYTE", device.Bits(on))
		b.want(t, rom, "EDS0090/output/off.BYTE", device.Bits(on))
		if got := chip.Memory()[0x24]; uint64(got) != on {
			t.Errorf("the outputs are %X, want %X", got, on)
		}
	}
	values := []device.Value{device.Bits(0x55), device.Bits(0xAA)}
	b.noisyWrites(t, rom, "EDS0090/output/set.BYTE", values, func(v device.Value) bool {
		return uint64(chip.Memory()[0x5C]) == v.Bits()
	})
}
