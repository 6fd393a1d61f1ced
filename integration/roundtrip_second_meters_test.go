// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// hobbyBoardsBus has the devices of HobbyBoards, of which the scene says what they
// measure.
func hobbyBoardsBus(t *testing.T) {
	const moisture, hub, barometer, humidity, multi = "EF.0000EF020001", "EF.0000EF050001", "EF.0000EF060001", "EF.0000EF070001", "EF.0000EF090001"
	m := mountScene(t, `
[[device]]
id = "`+moisture+`"
chip = "HB_MOISTURE_METER"
sensor = { 0 = 0, 1 = 99, 2 = 150, 3 = 255 }
[[device]]
id = "`+hub+`"
chip = "HB_HUB"
[[device]]
id = "`+barometer+`"
chip = "HB_BAROMETER"
temperature = -5.5
pressure = 898.75
[[device]]
id = "`+humidity+`"
chip = "HB_HUMIDITY"
temperature = 21.5
humidity = 50.25
[[device]]
id = "`+multi+`"
chip = "HB_MULTITEMP"
temperature = { 0 = 21.5, 1 = -10, 2 = 0, 3 = 0.1, 4 = 99.9, 5 = -55 }
`)
	trips := map[string][]step{
		moisture: {
			hobbyBoardsIdentity("HB_MOISTURE_METER", "2", "1.80", "336"),
			reads("moisture/sensor.ALL", "0,99,150,255"), reads("moisture/sensor.0", "0"), reads("moisture/sensor.3", "255"),
			reads("moisture/calibrate/raw.ALL", "0,1980,3000,5100"), reads("moisture/calibrate/raw.2", "3000"),
			sets("moisture/calibrate/min", "20"), sets("moisture/calibrate/max", "65535"), notWritten("moisture/calibrate/max", "65536", syscall.ERANGE),
			reads("moisture/is_leaf.ALL", "0,0,0,0"), reads("moisture/is_moisture.ALL", "1,1,1,1"),
			sets("moisture/is_leaf.BYTE", "5"), reads("moisture/is_leaf.2", "1"), readsChip("moisture/is_moisture.BYTE", "10"),
			sets("moisture/is_leaf.ALL", "0,1,1,0"), readsChip("moisture/is_moisture.ALL", "1,0,0,1"),
			sets("moisture/is_moisture.BYTE", "7"), readsChip("moisture/is_leaf.BYTE", "8"), sets("moisture/is_moisture.0", "0"),
			sets("moisture/is_moisture.ALL", "1,1,1,1"), sets("moisture/is_leaf.3", "1"), readsChip("moisture/is_leaf.BYTE", "8"),
			notWritten("moisture/is_leaf.BYTE", "16", syscall.ERANGE), readsChip("moisture/is_leaf.BYTE", "8"),
		},
		hub: {
			hobbyBoardsIdentity("HB_HUB", "5", "1.0", "256"),
			reads("hub/branch.ALL", "0,0,0,0"), sets("hub/branch.BYTE", "5"), reads("hub/branch.ALL", "1,0,1,0"), reads("hub/branch.2", "1"),
			sets("hub/branch.ALL", "0,1,1,1"), reads("hub/branch.BYTE", "14"), sets("hub/branch.1", "0"), readsChip("hub/branch.BYTE", "12"),
			notWritten("hub/branch.BYTE", "16", syscall.ERANGE), reads("hub/short.ALL", "0,0,0,0"), reads("hub/short.BYTE", "0"), reads("hub/short.3", "0"),
			reads("hub/config", "0"), sets("hub/config", "3"), sets("hub/branch.BYTE", "3"), // two branches end the mode with one
			readsChip("hub/config", "1"), notWritten("hub/config", "256", syscall.ERANGE), sets("hub/branch.BYTE", "0"),
		},
		barometer: append(polledSteps("barometer/", true),
			hobbyBoardsIdentity("HobbyBoards_EF", "6", "1.0", "256"),
			reads("barometer/temperature", "-5.5"), near("barometer/pressure", 898.75, 0.5), near("barometer/pressure_altitude", 1000, 2), // in the standard atmosphere
			reads("barometer/altitude", "0"), sets("barometer/altitude", "-5"), sets("barometer/altitude", "8848"),
			notWritten("barometer/altitude", "32768", syscall.ERANGE), reads("barometer/altitude", "8848")),
		humidity: append(polledSteps("humidity/", true),
			hobbyBoardsIdentity("HobbyBoards_EF", "7", "1.0", "256"),
			reads("humidity/temperature", "21.5"), reads("humidity/humidity_raw", "50.25"), reads("humidity/humidity_corrected", "50.25"),
			sets("humidity/humidity_offset", "-1.25"), readsChip("humidity/humidity_corrected", "49"), readsChip("humidity/humidity_raw", "50.25"),
			notWritten("humidity/humidity_offset", "400", syscall.ERANGE)),
		multi: append(polledSteps("multitemp/", false),
			hobbyBoardsIdentity("HB_MULTITEMP", "9", "1.0", "256"),
			reads("multitemp/temperature.ALL", "21.5,-10,0,0.1,99.9,-55"), reads("multitemp/temperature.1", "-10"), reads("multitemp/temperature.5", "-55")),
	}
	tests := map[string]func(*testing.T){}
	for name, steps := range trips {
		kind := map[string]string{moisture: "moisture", hub: "hub", barometer: "barometer", humidity: "humidity", multi: "multitemp"}[name]
		tests[kind] = func(t *testing.T) { secondTrip(t, m, name, append(steps, alarms(false), except(kind))...) }
	}
	together(t, tests)
}

func hobbyBoardsIdentity(kind, number, version, versionNumber string) step {
	return all(identity(kind), reads("type_number", number), reads("version", version), reads("version_number", versionNumber))
}

// polledSteps are those of the devices that measure at intervals of their own.
func polledSteps(dir string, config bool) []step {
	steps := []step{
		reads(dir+"location", ""), sets(dir+"location", "cellar, on the left.."), sets(dir+"location", "attic"),
		reads(dir+"polling_frequency", "1"), sets(dir+"polling_frequency", "255"), notWritten(dir+"polling_frequency", "256", syscall.ERANGE),
		reads(dir+"polling_available", "7"), reads(dir+"config", "0"), writes(dir+"reboot", "1"), writes(dir+"reset", "1"), writes(dir+"reset", "0"),
	}
	if config {
		steps = append(steps, sets(dir+"config", "3"), notWritten(dir+"config", "256", syscall.ERANGE))
	}
	return steps
}

// lcdBus has a display. What it shows nobody can read over the line.
func lcdBus(t *testing.T) {
	const lcd = "FF.00001CD00001"
	m := mountScene(t, "[[device]]\nid = \""+lcd+"\"\n")
	steps := []step{
		identity("LCD"), reads("version", "Emulated LCD 1.0"), writes("LCDon", "0"), writes("LCDon", "1"), writes("backlight", "1"), writes("backlight", "0"),
		reads("gpio.BYTE", "0"), reads("gpio.ALL", "0,0,0,0"), sets("gpio.BYTE", "5"), reads("gpio.ALL", "1,0,1,0"), reads("gpio.2", "1"),
		sets("gpio.1", "1"), readsChip("gpio.BYTE", "7"), sets("gpio.ALL", "0,0,0,1"), readsChip("gpio.BYTE", "8"), notWritten("gpio.BYTE", "16", syscall.ERANGE),
		reads("counters.ALL", "0,0,0,0"), reads("counters.3", "0"), reads("cumulative.ALL", "0,0,0,0"),
		sets("cumulative.ALL", "100,200,300,4294967295"), sets("cumulative.1", "7"), readsChip("cumulative.ALL", "100,7,300,4294967295"),
		notWritten("cumulative.0", "4294967296", syscall.ERANGE),
		// The cursor goes to place 5, and behind what is written or read there.
		writes("register", "133"), writes("data", "65"), readsChip("register", "6"), writes("register", "133"), readsChip("data", "65"),
		readsChip("register", "6"), notWritten("register", "256", syscall.ERANGE), notWritten("data", "-1", syscall.ERANGE),
		reads("memory", strings.Repeat("\x00", 112)), writes("memory", pattern(112, 9)), reads("memory", pattern(112, 9)),
		writesAt("memory", 100, "end"), reads("memory", pattern(112, 9)[:100]+"end"+pattern(112, 9)[103:]), alarms(false),
	}
	for width, lines := range map[int]int{16: 4, 20: 4, 40: 2} {
		var all []string
		for i := range lines {
			all = append(all, fmt.Sprint("line ", i))
			steps = append(steps, writes(fmt.Sprint("line", width, ".", i), strings.Repeat("x", width)))
		}
		steps = append(steps, writes(fmt.Sprint("line", width, ".ALL"), strings.Join(all, ",")),
			notWritten(fmt.Sprint("line", width, ".0"), strings.Repeat("x", width+1), syscall.ENOSPC),
			writes(fmt.Sprint("screen", width), "one\ntwo\nthree"))
	}
	secondTrip(t, m, lcd, steps...)
}

// edsFirst is what the sensors of Embedded Data Systems hold at the start: a tag, the
// model, and the flags of the alarms, which are up for a temperature above and a
// humidity below the limits.
func edsFirst(model byte) string {
	first := [60]byte{30: model}
	if model < 0x70 {
		first[0x3A] = 0x09
	} else {
		first[0x36] = 0x09
	}
	copy(first[:], "cellar")
	return fmt.Sprintf("%x", first)
}

// edsBuses are one bus for each model.
func edsBuses(t *testing.T) {
	climate := "temperature = 21.5\nhumidity = 55.25\npressure = 1013.25\nlight = 250\n"
	tests := map[string]func(*testing.T){}
	for _, one := range []edsModel{
		{model: 0x64, keys: "temperature = -12.5\n", groups: edsTemperature("EDS0064/", "-12.5")},
		{model: 0x65, keys: "temperature = 21.5\nhumidity = 55.25\n", groups: slices.Concat(edsTemperature("EDS0065/", "21.5"), edsHumidity("EDS0065/"))},
		{model: 0x66, keys: "temperature = 85\npressure = 1013.25\n", groups: slices.Concat(edsTemperature("EDS0066/", "85"), edsPressure("EDS0066/"))},
		{model: 0x67, keys: "temperature = 0\nlight = 250\n", groups: slices.Concat(edsTemperature("EDS0067/", "0"), edsLight("EDS0067/", " "))},
		{model: 0x68, keys: climate, groups: slices.Concat(edsTemperature("EDS0068/", "21.5"), edsHumidity("EDS0068/"), edsPressure("EDS0068/"), edsLight("EDS0068/", ""))},
		{model: 0x71, keys: "temperature = -100.5\nresistance = 60.25\n", groups: edsResistance("EDS0071/", "resistance")},
		{model: 0x72, keys: "temperature = -100.5\nresistance = 60.25\n", groups: edsResistance("EDS0072/", "RTD")},
	} {
		one.first = edsFirst(one.model)
		tests[one.name()] = one.test
	}
	together(t, tests)
}

// An edsModel is a model with what it holds, measures and does.
type edsModel struct {
	model  byte
	first  string // what the memory holds, in hex digits
	keys   string
	groups [][]step // each with a sensor of its own
	after  []step   // when the alarms of the last one are cleared
}

func (e edsModel) name() string { return fmt.Sprintf("EDS00%02X", e.model) }

// test has a sensor of the model for each group of steps, and one more: what is written
// to a sensor takes 700 ms until it counts, in which the line is free for others. So few
// share a bus that it is not busy all the time.
func (e edsModel) test(t *testing.T) {
	const share = 3
	groups := append([][]step{{alarms(true), edsIdentity(e.name()), except(e.name())}}, e.groups...)
	for i := range groups {
		groups[i] = append(groups[i], alarms(true))
	}
	last := &groups[len(groups)-1]
	*last = append(*last, writes(e.name()+"/alarm/clear", "1"), alarms(false), reads(e.name()+"/alarm/state", "0"))
	*last = append(*last, e.after...)

	sensor := func(i int) string { return fmt.Sprintf("7E.00007E0000%02X", i) }
	var first *trip
	tests := map[string]func(*testing.T){}
	var m *mounted
	for i, steps := range groups {
		if i%share == 0 {
			scene := ""
			for n := i; n < min(i+share, len(groups)); n++ {
				scene += fmt.Sprintf("[[device]]\nid = %q\nchip = %q\nhex = \"%s\"\n%s", sensor(n), e.name(), e.first, e.keys)
			}
			m = mountScene(t, scene)
		}
		r := newTrip(t, m, sensor(i))
		if i == 0 {
			first = r
		}
		r.record = first.record
		tests[fmt.Sprint("sensor ", i)] = func(t *testing.T) { r.does(t, steps...) }
	}
	together(t, tests)
	first.coverage(t, "", secondUndone()["7E"])
}

// edsIdentity is what all models tell and take. The tag is their first page but for the
// number of the model; the second page is the readings.
func edsIdentity(name string) step {
	dir := name + "/"
	code, _ := strconv.ParseInt(name[3:], 16, 16)
	model := fmt.Sprint(code)
	size := func(n int) func(string) bool { return func(got string) bool { return len(got) == n } }
	return all(identity("EDS"), reads("tag", "cellar"), reads("device_id", model), reads("device_type", name),
		readsSo("memory", "96 bytes", size(96)), readsSo("pages/page.ALL", "96 bytes", size(96)), readsSo("pages/page.1", "32 bytes", size(32)),
		matches("pages/page.0", "cellar\x00{24}.\x00"), writes("pages/page.0", "attic\x00"), reads("tag", "attic"), notWritten("pages/page.1", "x", syscall.EPERM),
		writes("memory", "cellar"), reads("tag", "cellar"), noted("w", "pages/page.ALL"),
		later(dir+"counter/seconds", 0, 100), noted("r", dir+"counter/seconds"),
		sets(dir+"relay/control", "2"), sets(dir+"LED/control", "3"), reads(dir+"relay_function", "14"), notWritten(dir+"relay/control", "4", syscall.ERANGE),
		sets(dir+"LED/state", "1"), reads(dir+"relay_state", "2"), reads(dir+"relay/state", "0"), sets(dir+"relay/state", "1"), reads(dir+"relay_state", "3"),
		sets(dir+"relay_function", "0"), sets(dir+"relay_state", "0"))
}

// edsLimits are the limits of a measure, the flags of their alarms, and the bits that
// have these flags searched for.
func edsLimits(dir, name, ending, high, low string, bit int, over, under string) []step {
	return []step{
		reads(dir+"alarm/"+name+"_hi", over), reads(dir+"alarm/"+name+"_low", under),
		writes(dir+"set_alarm/alarm_function", fmt.Sprint(3<<bit)), reads(dir+"set_alarm/"+name+"_hi", "1"), reads(dir+"set_alarm/"+name+"_low", "1"),
		sets(dir+"set_alarm/"+name+"_hi", "0"), reads(dir+"set_alarm/alarm_function", fmt.Sprint(2<<bit)), sets(dir+"set_alarm/"+name+"_low", "0"),
		sets(dir+"threshold/"+name+"_hi"+ending, high), sets(dir+"threshold/"+name+"_low", low),
	}
}

func edsTemperature(dir, celsius string) [][]step {
	return [][]step{append(edsLimits(dir, "temp", "", "127", "-128", 0, "1", "0"),
		reads(dir+"temperature", celsius), reads(dir+"alarm/state", "9"), notWritten(dir+"threshold/temp_hi", "128", syscall.ERANGE))}
}

// edsHumidity is that of 55.25 % at 21.5 °C. What follows from both was calculated with
// the formulas of Alduchov and Eskridge, of Environment Canada and of the NWS.
func edsHumidity(dir string) (groups [][]step) {
	values := []step{reads(dir+"humidity", "55.25"), near(dir+"dew_point", 12.15, 0.1), near(dir+"humidex", 23.84, 0.1), near(dir+"heat_index", 21.15, 0.1)}
	for i, name := range []string{"humidity", "dew_point", "humidex", "heat_index"} {
		under := "0"
		if name == "humidity" {
			under = "1"
		}
		groups = append(groups, append(edsLimits(dir, name, "", "80", fmt.Sprint(-5*i), 2+2*i, "0", under), values[i]))
	}
	return groups
}

func edsPressure(dir string) [][]step {
	return [][]step{
		append(edsLimits(dir, "pressure", "", "1050.5", "950", 10, "0", "0"), reads(dir+"pressure", "1013.25")),
		append(edsLimits(dir, "inHg", "", "31.5", "27", 12, "0", "0"), near(dir+"inHg", 29.921, 0.001)),
	}
}

// edsLight has a name with a blank at its end in one model.
func edsLight(dir, ending string) [][]step {
	return [][]step{append(edsLimits(dir, "light", ending, "50000", "16777215", 14, "0", "0"), reads(dir+"light", "250"),
		notWritten(dir+"threshold/light_low", "16777216", syscall.ERANGE))}
}

// edsResistance is that of a platinum resistor.
func edsResistance(dir, name string) [][]step {
	hi := "_hi"
	if name == "resistance" {
		hi = "__hi" // as clients of the original know it
	}
	return [][]step{
		{
			reads(dir+"alarm/temp_hi", "1"), reads(dir+"alarm/temp_low", "0"), reads(dir+"alarm/"+name+"_hi", "0"), reads(dir+"alarm/"+name+"_low", "1"),
			sets(dir+"set_alarm/alarm_function", "5"), reads(dir+"set_alarm/temp_hi", "1"), reads(dir+"set_alarm/"+name+hi, "1"),
			sets(dir+"set_alarm/temp_hi", "0"), sets(dir+"set_alarm/temp_low", "1"), sets(dir+"set_alarm/"+name+hi, "0"), sets(dir+"set_alarm/"+name+"_low", "1"),
			reads(dir+"set_alarm/alarm_function", "10"),
		},
		{
			reads(dir+"temperature", "-100.5"), reads(dir+"resistance", "60.25"), reads(dir+"raw", "0"), reads(dir+"calibration/constant", "0"),
			reads(dir+"counter/samples", "0"), reads(dir+"alarm/state", "9"), sets(dir+"calibration/key", "160"), sets(dir+"delay", "7"), sets(dir+"user_byte", "255"),
			notWritten(dir+"user_byte", "256", syscall.ERANGE), sets(dir+"threshold/temp_hi", "850.5"), sets(dir+"threshold/temp_low", "-200.25"),
			sets(dir+"threshold/resistance_hi", "390.5"), sets(dir+"threshold/resistance_low", "18.5"),
		},
	}
}
