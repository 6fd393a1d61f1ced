// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newEDS(model int) (*bench, hw.ROM, *sim.EDS) {
	b, rom := newBench(), testROM(0x7E)
	chip := sim.NewEDS(rom, b.clock, model)
	b.wire.Add(chip)
	return b, rom, chip
}

func TestEDSReadings(t *testing.T) {
	b, rom, chip := newEDS(0x68)
	b.want(t, rom, "tag", device.Text("Emulated sensor"))
	b.want(t, rom, "device_id", device.Int(0x68))
	b.want(t, rom, "device_type", device.Text("EDS0068"))
	for _, one := range []struct {
		name  string
		at, n int
		unit  float64
		value float64
	}{
		{"temperature", 0x22, 2, 1. / 16, -12.5}, {"humidity", 0x24, 2, 1. / 16, 55.25},
		{"dew_point", 0x26, 2, 1. / 16, -3.0625}, {"humidex", 0x28, 2, 1. / 16, 31}, {"heat_index", 0x2A, 2, 1. / 16, 33.5},
		{"pressure", 0x2C, 3, 1. / 2048, 1013.25}, {"inHg", 0x2F, 3, 1. / 2048, 29.5},
	} {
		chip.Reading(one.at, one.n, one.value, one.unit)
		b.want(t, rom, "EDS0068/"+one.name, device.Num(one.value))
		b.noisyReads(t, rom, "EDS0068/"+one.name)
	}
	chip.Reading(0x32, 3, 0x123456, 1)
	b.want(t, rom, "EDS0068/light", device.Int(0x123456))
	b.sleep(t, time.Hour)
	if got := b.read(t, rom, "EDS0068/counter/seconds").Int(); got < 3600 || got > 4000 {
		t.Errorf("it has run for %d s", got)
	}
	for name, want := range map[string]bool{"EDS0068": true, "EDS0068/temperature": true, "EDS0064/temperature": false, "EDS0090": false} {
		if shown, err := b.shown(rom, name); shown != want || err != nil {
			t.Errorf("%s is shown: %v, %v", name, shown, err)
		}
	}
	b.wantCost(t, "temperature", 1, 72+24+30*8+16, func() { b.read(t, rom, "EDS0068/temperature") })

	b, rom, chip = newEDS(0x71)
	chip.Reading(0x22, 3, -100.5, 1./2048)
	chip.Reading(0x25, 3, 138.5, 1./2048)
	b.want(t, rom, "EDS0071/temperature", device.Num(-100.5))
	b.want(t, rom, "EDS0071/resistance", device.Num(138.5))
	b.write(t, rom, "EDS0071/threshold/resistance_low", device.Num(-4000.5))
	b.want(t, rom, "EDS0071/threshold/resistance_low", device.Num(-4000.5))
}

func TestEDSSettings(t *testing.T) {
	b, rom, chip := newEDS(0x68)
	for name, values := range map[string][]float64{
		"temp_hi": {-128, 127}, "temp_low": {-40}, "humidity_hi": {80}, "dew_point_low": {-5}, "heat_index_hi": {40},
		"humidex_low": {3}, "pressure_hi": {1050.5}, "pressure_low": {950}, "inHg_hi": {31.5}, "inHg_low": {27},
	} {
		for _, v := range values {
			b.write(t, rom, "EDS0068/threshold/"+name, device.Num(v))
			b.want(t, rom, "EDS0068/threshold/"+name, device.Num(v))
		}
	}
	b.write(t, rom, "EDS0068/threshold/light_hi", device.Int(50000))
	b.want(t, rom, "EDS0068/threshold/light_hi", device.Int(50000))
	b.write(t, rom, "EDS0067/threshold/light_hi ", device.Int(50001))
	wantErr(t, "temp_hi", b.tryWrite(rom, "EDS0068/threshold/temp_hi", device.Num(128)), syscall.ERANGE)
	wantErr(t, "light_hi", b.tryWrite(rom, "EDS0068/threshold/light_hi", device.Int(1<<24)), syscall.ERANGE)

	for i, name := range []string{"temp", "humidity", "dew_point", "humidex", "heat_index", "pressure", "inHg", "light"} {
		for k, end := range []string{"_hi", "_low"} {
			b.write(t, rom, "EDS0068/set_alarm/"+name+end, device.Flag(true))
			b.want(t, rom, "EDS0068/set_alarm/alarm_function", device.Int(1<<(2*i+k)))
			b.write(t, rom, "EDS0068/set_alarm/"+name+end, device.Flag(false))
			flag := uint16(1) << (2*i + k)
			chip.SetMemory(0x3A, []byte{byte(flag), byte(flag >> 8)})
			b.want(t, rom, "EDS0068/alarm/"+name+end, device.Flag(true))
		}
	}
	b.write(t, rom, "EDS0068/alarm/clear", device.Flag(true))
	b.want(t, rom, "EDS0068/alarm/state", device.Int(0))
	b.write(t, rom, "EDS0068/relay/control", device.Int(2))
	b.write(t, rom, "EDS0068/LED/control", device.Int(3))
	b.want(t, rom, "EDS0068/relay_function", device.Int(14))
	wantErr(t, "relay/control", b.tryWrite(rom, "EDS0068/relay/control", device.Int(4)), syscall.ERANGE)
	b.write(t, rom, "EDS0068/LED/state", device.Flag(true))
	b.want(t, rom, "EDS0068/relay_state", device.Int(2))
	b.want(t, rom, "EDS0068/relay/state", device.Flag(false))
	values := []device.Value{device.Num(1), device.Num(2)}
	b.noisyWrites(t, rom, "EDS0068/threshold/temp_low", values, func(v device.Value) bool {
		return float64(int8(chip.Memory()[0x43])) == v.Num()
	})
}

func TestEDSPages(t *testing.T) {
	b, rom, _ := newEDS(0x64)
	b.write(t, rom, "pages/page.0", device.Text("cellar\x00"))
	b.want(t, rom, "tag", device.Text("cellar\x00d sensor"))
	wantErr(t, "page 1", b.tryWrite(rom, "pages/page.1", device.Text("x")), syscall.EPERM)
	all := bytes.Clone(b.read(t, rom, "memory").Bytes())
	copy(all, "attic")
	all[64] = 3
	b.write(t, rom, "memory", device.Bytes(all))
	b.want(t, rom, "EDS0064/set_alarm/temp_low", device.Flag(true))
	b.want(t, rom, "pages/page.0", device.Bytes(all[:32]))
	wantErr(t, "97 bytes", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 97))), syscall.ERANGE)
}
