// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// edsInputBuses are the sensor of vibration and the models with inputs, one bus each.
func edsInputBuses(t *testing.T) {
	tests := map[string]func(*testing.T){}
	for _, one := range []edsModel{
		{model: 0x70, first: edsHolding(0x70, 0x36, 0x0C), keys: "vibration = 100\n", groups: edsVibration()},
		edsAnalogModel(0x80, "current", 8, 0.002, "0.02", "0.0005"), edsAnalogModel(0x82, "volts", 8, 0.75, "9.5", "0.25"),
		edsAnalogModel(0x83, "current", 4, 0.004, "0.02", "0.0005"), edsAnalogModel(0x85, "volts", 4, 2.25, "9.5", "0.25"),
		{model: 0x90, first: edsHolding(0x90, 0x50, 0x04), keys: "input.0 = \"low\"\n", groups: edsDiscrete()},
	} {
		tests[one.name()] = one.test
	}
	together(t, tests)
}

// edsHolding is a memory with a tag and one byte more.
func edsHolding(model byte, at int, b byte) string {
	p := make([]byte, at+1)
	copy(p, "cellar")
	p[30], p[at] = model, b
	return fmt.Sprintf("%x", p)
}

func edsVibration() [][]step {
	const dir = "EDS0070/"
	return [][]step{
		{
			reads(dir+"vib_level", "100"), reads(dir+"vib_peak", "100"), reads(dir+"vib_max", "100"),
			reads(dir+"alarm/vib_hi", "1"), reads(dir+"alarm/vib_low", "1"), reads(dir+"alarm/state", "12"),
			sets(dir+"set_alarm/vib_hi", "1"), reads(dir+"set_alarm/alarm_function", "4"), sets(dir+"set_alarm/vib_low", "1"),
			sets(dir+"set_alarm/alarm_function", "0"),
		},
		{sets(dir+"threshold/vib_hi", "1023"), sets(dir+"threshold/vib_low", "10"), notWritten(dir+"threshold/vib_hi", "1024", syscall.ERANGE)},
	}
}

// edsAnalogModel is a model with inputs that measure gap, twice gap and so on. All limits
// are 0 at the start, so all inputs are above them; the first one is searched for.
func edsAnalogModel(model byte, measure string, count int, gap float64, high, low string) edsModel {
	dir := fmt.Sprintf("EDS00%02X/", model)
	var keys, values []string
	for i := range count {
		value := fmt.Sprintf("%.6g", float64(i+1)*gap)
		keys, values = append(keys, fmt.Sprint(i, " = ", value)), append(values, value)
	}
	every := strings.Join(values, ",")
	bits := func(on string) string { return strings.TrimSuffix(strings.Repeat(on+",", count), ",") }
	most := 1<<count - 1
	e := edsModel{model: model, first: edsHolding(model, 0x9A, 1), keys: measure + " = { " + strings.Join(keys, ", ") + " }\n"}
	e.groups = [][]step{
		{
			reads(dir+measure+".ALL", every), reads(dir+measure+".0", values[0]), reads(dir+"max_"+measure+".ALL", every),
			reads(dir+"max_"+measure+".1", values[1]),
			reads(dir+"alarm/"+measure+"_hi.ALL", bits("1")), reads(dir+"alarm/"+measure+"_hi.BYTE", fmt.Sprint(most)), reads(dir+"alarm/"+measure+"_hi.1", "1"),
			reads(dir+"alarm/"+measure+"_low.ALL", bits("0")), reads(dir+"alarm/"+measure+"_low.BYTE", "0"), reads(dir+"alarm/"+measure+"_low.1", "0"),
			readsSo(dir+"memory", "160 bytes", func(got string) bool { return len(got) == 160 && strings.HasPrefix(got, "cellar") }),
			readsSo(dir+"pages/page.ALL", "160 bytes", func(got string) bool { return len(got) == 160 }), matches(dir+"pages/page.0", "(?s)cellar.*"),
			writes(dir+"memory", "attic\x00"), reads("tag", "attic"), writes(dir+"pages/page.0", "cellar"), noted("w", dir+"pages/page.ALL"),
			notWritten(dir+"pages/page.1", "x", syscall.EPERM), notWritten(dir+"pages/page.2", "x", syscall.EPERM),
		},
		{
			reads(dir+"set_alarm/"+measure+"_hi.BYTE", "1"), sets(dir+"set_alarm/"+measure+"_hi.BYTE", fmt.Sprint(most)),
			reads(dir+"set_alarm/"+measure+"_hi.ALL", bits("1")), sets(dir+"set_alarm/"+measure+"_hi.2", "0"), sets(dir+"set_alarm/"+measure+"_hi.ALL", bits("1")),
			sets(dir+"set_alarm/"+measure+"_low.BYTE", "2"), sets(dir+"set_alarm/"+measure+"_low.0", "1"), sets(dir+"set_alarm/"+measure+"_low.ALL", bits("1")),
			reads(dir+"set_alarm/alarm_function", fmt.Sprint(1<<(2*count)-1)), sets(dir+"set_alarm/alarm_function", "1"),
			notWritten(dir+"set_alarm/"+measure+"_hi.BYTE", fmt.Sprint(most+1), syscall.ERANGE),
		},
	}
	for _, limit := range [][2]string{{"_low", low}, {"_hi", high}} { // above which none is, so that the alarms can be cleared
		name := dir + "threshold/" + measure + limit[0]
		var steps []step
		for i := range count {
			steps = append(steps, sets(fmt.Sprint(name, ".", i), limit[1]))
		}
		// The original has twice as many.
		e.groups = append(e.groups, append(steps, notRead(fmt.Sprint(name, ".", count), syscall.EINVAL), notRead(name+".ALL", syscall.EINVAL), noted("w", name+".ALL")))
	}
	e.after = []step{reads(dir+"min_"+measure+".ALL", every), reads(dir+"min_"+measure+".1", values[1]), reads(dir+"max_"+measure+".ALL", every)}
	return e
}

// edsDiscrete is the model with eight connections, of which the first is held low. The
// others have risen when it began.
func edsDiscrete() [][]step {
	const dir = "EDS0090/"
	none := "0,0,0,0,0,0,0,0"
	return [][]step{
		{
			reads(dir+"input.ALL", "0,1,1,1,1,1,1,1"), reads(dir+"input.BYTE", "254"), reads(dir+"input.0", "0"), reads(dir+"input.7", "1"),
			reads(dir+"latch/state.BYTE", "254"), reads(dir+"latch/state.ALL", "0,1,1,1,1,1,1,1"), reads(dir+"latch/state.1", "1"),
			writes(dir+"latch/reset.1", "1"), readsChip(dir+"latch/state.BYTE", "252"), writes(dir+"latch/reset.ALL", "0,0,1,0,0,0,0,0"),
			readsChip(dir+"latch/state.BYTE", "248"), writes(dir+"latch/reset.BYTE", "255"), readsChip(dir+"latch/state.ALL", none),
			reads(dir+"latch/reset.BYTE", "0"), reads(dir+"latch/reset.ALL", none), reads(dir+"latch/reset.3", "0"),
		},
		{ // The same order by another name.
			writes(dir+"output/reset.1", "1"), readsChip(dir+"latch/state.BYTE", "252"), writes(dir+"output/reset.ALL", "0,0,1,0,0,0,0,0"),
			readsChip(dir+"latch/state.BYTE", "248"), writes(dir+"output/reset.BYTE", "255"), readsChip(dir+"latch/state.ALL", none),
			reads(dir+"output/reset.BYTE", "0"), reads(dir+"output/reset.ALL", none), reads(dir+"output/reset.3", "0"),
			notWritten(dir+"output/reset.BYTE", "256", syscall.ERANGE),
		},
		{
			reads(dir+"counter/pulses.0", "0"), reads(dir+"counter/pulses.1", "1"), notRead(dir+"counter/pulses.2", syscall.EINVAL),
			notRead(dir+"counter/pulses.ALL", syscall.EINVAL), reads(dir+"counter/reset.BYTE", "0"), reads(dir+"counter/reset.ALL", none),
			reads(dir+"counter/reset.1", "0"), writes(dir+"counter/reset.1", "1"), readsChip(dir+"counter/pulses.1", "0"),
			writes(dir+"counter/reset.BYTE", "3"), writes(dir+"counter/reset.ALL", none),
		},
		{ // output/off is the outputs as well.
			reads(dir+"output/set.ALL", none), reads(dir+"output/off.ALL", none), sets(dir+"output/set.BYTE", "5"), reads(dir+"output/set.2", "1"),
			reads(dir+"output/off.BYTE", "5"), sets(dir+"output/set.7", "1"), reads(dir+"output/set.ALL", "1,0,1,0,0,0,0,1"),
			reads(dir+"output/off.ALL", "1,0,1,0,0,0,0,1"), reads(dir+"output/off.7", "1"), sets(dir+"output/set.ALL", none), reads(dir+"output/off.7", "0"),
			notWritten(dir+"output/set.BYTE", "256", syscall.ERANGE),
		},
		{
			reads(dir+"alarm/hi.BYTE", "254"), reads(dir+"alarm/hi.ALL", "0,1,1,1,1,1,1,1"), reads(dir+"alarm/hi.0", "0"),
			reads(dir+"alarm/low.BYTE", "0"), reads(dir+"alarm/low.ALL", none), reads(dir+"alarm/low.0", "0"), reads(dir+"alarm/state", "21844"),
			reads(dir+"set_alarm/hi.BYTE", "2"), sets(dir+"set_alarm/hi.ALL", "0,1,0,0,0,0,0,1"), sets(dir+"set_alarm/hi.7", "0"), sets(dir+"set_alarm/hi.BYTE", "2"),
			sets(dir+"set_alarm/low.BYTE", "255"), sets(dir+"set_alarm/low.ALL", none), sets(dir+"set_alarm/low.6", "1"),
			reads(dir+"set_alarm/alarm_function", "8196"), sets(dir+"set_alarm/alarm_function", "4"),
		},
	}
}
