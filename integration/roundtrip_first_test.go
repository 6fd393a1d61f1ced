// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"path"
	"strings"
	"syscall"
	"testing"
	"time"
)

// undoneFirst are the properties, by family, that can't be read or written: those of a
// barometer that a DS2406 alone is not (TestRoundTripBoards has one). What shows on a
// condition is not here.
var undoneFirst = map[string][]string{
	"12": {
		"TAI8570/C", "TAI8570/D1", "TAI8570/D2", "TAI8570/DA5534/pressure", "TAI8570/DA5534/temperature", "TAI8570/DA5540/pressure",
		"TAI8570/DA5540/temperature", "TAI8570/pressure", "TAI8570/sibling", "TAI8570/temperature",
	},
}

// The families of priority 1: each property is read and written, with values of the
// scene and the data sheets.
func TestRoundTripFirst(t *testing.T) {
	t.Parallel()
	together(t, map[string]func(t *testing.T){
		"memories": firstMemories, "thermometers": firstThermometers, "simultaneous": firstSimultaneous,
		"converters": firstConverters, "switches": firstSwitches,
	})
}

// firstTrips makes round trips to several devices of a scene at the same time, each of
// them, and each group of its steps, on a mount of its own.
func firstTrips(t *testing.T, scene string, trips map[string][][]step) {
	tests := map[string]func(t *testing.T){}
	for name, groups := range trips {
		family, _, _ := strings.Cut(name, ".")
		tests[family] = func(t *testing.T) { roundTrips(t, scene, name, undoneFirst[family], groups...) }
	}
	together(t, tests)
}

// becomes waits until a property reads a text from the chip.
func (m *mounted) becomes(t *testing.T, name, want string) {
	t.Helper()
	eventually(t, 10*time.Second, name+" reads "+want, func() bool { return m.read(t, path.Join("uncached", name)) == want })
}

// Numbers, memories and counters.
func firstMemories(t *testing.T) {
	eeprom := strings.Repeat("Boiler, serviced in March 2026. ", 4)
	scene := `
[[device]]
id = "01.0000C0FFEE01"
[[device]]
id = "81.0000C0FFEE81"
[[device]]
id = "2D.0000CA7A0601"
text = "` + eeprom + `"
[[device]]
id = "1D.00003A7E2001"
text = "meter 7"
counter.A = { count = 123456, follows = "relay.A" }
counter.B = { count = 7, follows = "relay.A" }
[[device]]
name = "relay"
id = "3A.0000CA7A0601"
`
	none := strings.Repeat("4294967295,", 12) // page 5: pages 0 to 11 have no counter, which reads as ones
	relay := func(state string) step {
		return func(t *testing.T, r *trip) { r.m.write(t, "3A.0000CA7A0601/PIO.A", state) }
	}
	ram := strings.Repeat("0123456789ABCDEF", 32)
	firstTrips(t, scene, map[string][][]step{
		"01.0000C0FFEE01": {{identity("DS2401")}},
		"81.0000C0FFEE81": {{identity("DS1420")}},
		"2D.0000CA7A0601": {{
			identity("DS2431"),
			reads("memory", eeprom), reads("pages/page.ALL", eeprom), reads("pages/page.3", eeprom[96:]),
			writes("pages/page.1", "Pump replaced."), reads("pages/page.1", "Pump replaced."+eeprom[46:64]),
			writesAt("memory", 100, "x, SERVICED"), reads("pages/page.3", "Boilx, SERVICED"+eeprom[111:]),
			writes("pages/page.ALL", strings.ToUpper(eeprom)), reads("memory", strings.ToUpper(eeprom)),
			writes("memory", eeprom), reads("pages/page.0", eeprom[:32]),
		}},
		"1D.00003A7E2001": {{
			identity("DS2423"),
			reads("counter.ALL", "123456,7"), reads("counter.A", "123456"), reads("counter.B", "7"),
			reads("counters.ALL", "123456,7"), reads("counters.A", "123456"), reads("counters.B", "7"),
			reads("pages/count.ALL", none+"0,0,123456,7"), reads("pages/count.0", "4294967295"), reads("pages/count.15", "7"),
			readsChip("mincount", "7"), // the smaller one
			relay("1"), readsChip("counter.B", "8"), relay("0"), relay("1"), readsChip("counters.ALL", "123458,9"), readsChip("mincount", "9"),
			sets("mincount", "100"), relay("0"), relay("1"), readsChip("mincount", "101"),
		}, {
			readsHex("pages/page.0", "6D 65 74 65 72 20 37( 00){25}"),
			writes("memory", ram), reads("memory", ram), reads("pages/page.15", ram[:32]), reads("pages/page.ALL", ram),
			readsChip("pages/count.12", "1"), readsChip("pages/count.13", "1"), // they count how often the page is written
			writes("pages/page.12", "once more"), reads("pages/page.12", "once more"+ram[9:32]), readsChip("pages/count.12", "2"),
			writes("pages/page.ALL", strings.ToLower(ram)), reads("memory", strings.ToLower(ram)),
		}},
	})
}

// Thermometers, each on a bus of its own.
func firstThermometers(t *testing.T) {
	// limits brings the limits to both sides of the value in turn. They count
	// when the chip measures.
	limits := func(measure step, low, high string) []step {
		return []step{
			writes("temphigh", "-20"), writes("templow", "-30"), measure, alarms(true),
			writes("temphigh", "125"), writes("templow", "100"), measure, alarms(true),
			notWritten("temphigh", "300", syscall.ERANGE), notWritten("templow", "-56", syscall.ERANGE), notWritten("templow", "cold", syscall.EINVAL),
			sets("templow", low), sets("temphigh", high), measure, alarms(false),
		}
	}
	// trim is of the errata: 9D BB is nearly right for all chips (AN247), and good
	// ones have BB and end with 3 or 5.
	trim := []step{
		reads("errata/die", "C2"), reads("errata/trim", "48029"), readsOnce("errata/trimvalid", "1"), readsOnce("errata/trimblanket", "1"),
		writes("errata/trim", "48027"), readsOnce("errata/trimvalid", "1"), readsOnce("errata/trimblanket", "0"),
		writes("errata/trim", "4660"), readsOnce("errata/trimvalid", "0"), writes("errata/trimblanket", "1"), readsOnce("errata/trim", "48029"),
	}
	tests := map[string]func(t *testing.T){}
	for _, chip := range []struct {
		id, scene string
		groups    [][]step
	}{
		{"10.0300AA550501", "temperature = 21.5", [][]step{append([]step{
			identity("DS18S20"),
			reads("temperature", "21.5"), readsOnce("temperature9", "21.5"), readsOnce("temperature10", "21.5"), readsOnce("temperature11", "21.5"),
			readsOnce("temperature12", "21.5"), reads("fasttemp", "21.5"), reads("latesttemp", "21.5"), reads("power", "1"),
		}, trim...), append(limits(readsChip("temperature", "21.5"), "-5", "30"),
			// Half degrees, the limits, and the rest of the count: 21 - 0.25 + (16 - 4) / 16.
			readsHex("scratchpad", "2B 00 1E FB FF FF 04 10 [0-9A-F]{2}"),
		)}},
		{"22.0300AA550501", "temperature = -10.25\nparasite = true", [][]step{append([]step{
			identity("DS1822"),
			sets("tempres", "12"), reads("temperature", "-10.25"), reads("temperature9", "-10.5"), reads("temperature10", "-10.25"),
			reads("temperature11", "-10.25"), reads("fasttemp", "-10.5"), reads("power", "0"),
		}, trim...), append(limits(readsChip("temperature9", "-10.5"), "-12", "-10"),
			reads("temperature12", "-10.25"), reads("latesttemp", "-10.25"),
			// In sixteenths: -164.
			readsHex("scratchpad", "5C FF F6 F4 7F FF [0-9A-F]{2} 10 [0-9A-F]{2}"),
		)}},
		{"28.0300AA550501", "temperature = 21.8125", [][]step{append([]step{
			identity("DS18B20"),
			sets("tempres", "9"), reads("temperature", "21.5"), sets("tempres", "10"), reads("temperature", "21.75"),
			sets("tempres", "12"), reads("temperature", "21.8125"), notWritten("tempres", "13", syscall.ERANGE), notWritten("tempres", "8", syscall.ERANGE),
			reads("temperature9", "21.5"), reads("temperature10", "21.75"), reads("temperature11", "21.75"), reads("fasttemp", "21.5"), reads("power", "1"),
		}, trim...), append(limits(readsChip("temperature9", "21.5"), "-5", "30"),
			reads("temperature12", "21.8125"), reads("latesttemp", "21.8125"),
			// In sixteenths: 349.
			readsHex("scratchpad", "5D 01 1E FB 7F FF [0-9A-F]{2} 10 [0-9A-F]{2}"),
		)}},
	} {
		tests[chip.id[:2]] = func(t *testing.T) {
			roundTrips(t, "[[device]]\nid = '"+chip.id+"'\n"+chip.scene, chip.id, nil, chip.groups...)
		}
	}
	together(t, tests)
}

// A measurement by all thermometers gives each its value. Who has it measure finer
// after that wants another one.
func firstSimultaneous(t *testing.T) {
	m := mountScene(t, `
[[device]]
id = "10.0300AA550501"
temperature = 21.5
[[device]]
id = "22.0300AA550501"
temperature = -10.25
parasite = true
[[device]]
id = "28.0300AA550501"
temperature = 21.8125
`)
	m.write(t, "simultaneous/temperature", "1")
	m.becomes(t, "10.0300AA550501/latesttemp", "21.5")
	m.becomes(t, "22.0300AA550501/latesttemp", "-10.25")
	m.becomes(t, "28.0300AA550501/latesttemp", "21.8125")
	if got := m.read(t, "simultaneous/temperature"); got != "1" {
		t.Errorf("after a measurement by all simultaneous/temperature reads %s", got)
	}
	r := newTrip(t, m, "28.0300AA550501")
	for _, s := range []step{
		sets("tempres", "9"), readsChip("temperature", "21.5"), sets("tempres", "12"), readsOnce("temperature", "21.8125"),
		readsChip("fasttemp", "21.5"), readsOnce("temperature12", "21.8125"),
	} {
		s(t, r)
	}
}

// Converters. One measurement serves all of them; a DS2450 makes it as it was set, by
// 8 bits of 2.56 V at first.
func firstConverters(t *testing.T) {
	const adc, battery = "20.0000ADC00001", "26.0000BA77E201"
	scene := `
[[device]]
id = "20.0000ADC00001"
volt.A = 1.28
volt.B = 2
volt.C = 0.64
volt.D = 5
[[device]]
id = "26.0000BA77E201"
temperature = 20
vdd = 5
vad = 2.31
vis = 0.03125
`
	m := mountScene(t, scene)
	if got := m.read(t, adc+"/8bit/latestvolt2.ALL"); got != "0,0,0,0" {
		t.Errorf("before the first measurement the voltages are %s", got)
	}
	m.write(t, "simultaneous/voltage", "1")
	if got := m.read(t, adc+"/8bit/latestvolt2.ALL"); got != "1.28,2,0.64,2.55" {
		t.Errorf("after a measurement by all the voltages are %s", got)
	}
	m.write(t, "simultaneous/temperature", "1")
	m.becomes(t, battery+"/latesttemp", "20")

	measure := readsChip("volt.ALL", "1.28,2,0.64,5")
	date := func(seconds int64) string { return time.Unix(seconds, 0).Format(time.ANSIC) }
	firstTrips(t, scene, map[string][][]step{
		adc: {{
			identity("DS2450"),
			alarms(true), writes("set_alarm/unset", "0"), alarms(false), // the power has come
			reads("power", "0"), sets("power", "1"),

			reads("volt.ALL", "1.28,2,0.64,5"), reads("volt.A", "1.28"), reads("volt.D", "5"),
			reads("latestvolt.ALL", "1.28,2,0.64,5"), reads("latestvolt.C", "0.64"),
			reads("volt2.B", "2"), reads("volt2.ALL", "1.28,2,0.64,2.55996"),
			reads("latestvolt2.D", "2.55996"), reads("latestvolt2.ALL", "1.28,2,0.64,2.55996"),
			reads("8bit/volt.ALL", "1.28,2,0.64,5"), reads("8bit/volt.B", "2"),
			reads("8bit/latestvolt.ALL", "1.28,2,0.64,5"), reads("8bit/latestvolt.B", "2"),
			reads("8bit/volt2.D", "2.55"), reads("8bit/volt2.ALL", "1.28,2,0.64,2.55"),
			readsChip("8bit/latestvolt2.A", "1.28"), readsChip("8bit/latestvolt2.ALL", "1.28,2,0.64,2.55"),

			// A K30: 1 mV for a ppm, 3.2 V inside it, 5 V supply.
			reads("CO2/ppm", "1280"), reads("CO2/status", "0"), reads("CO2/Vdd", "1"),

			sets("PIO.B", "1"), reads("PIO.ALL", "0,1,0,0"), sets("PIO.ALL", "1,0,0,1"), reads("PIO.D", "1"), sets("PIO.ALL", "0,0,0,0"),

			// Pages: results, control, limits, calibration.
			measure, readsHex("pages/page.0", "00 40 00 64 00 20 00 FA"),
			writes("pages/page.2", "\x01\x10\x02\x20\x03\x30\x04\x40"), reads("set_alarm/voltlow.ALL", "0.02,0.04,0.06,0.08"),
			reads("set_alarm/volthigh.ALL", "0.32,0.64,0.96,1.28"), readsHex("pages/page.2", "01 10 02 20 03 30 04 40"),
			writesAt("memory", 17, "\xFF"), reads("set_alarm/volthigh.A", "5.1"),
			readsHex("memory", "00 40 00 64 00 20 00 FA( [0-9A-F]{2}){8} 01 FF 02 20 03 30 04 40( [0-9A-F]{2}){4} 40( [0-9A-F]{2}){3}"),
			readsHex("pages/page.ALL", "00 40 00 64 00 20 00 FA( [0-9A-F]{2}){8} 01 FF 02 20 03 30 04 40( [0-9A-F]{2}){4} 40( [0-9A-F]{2}){3}"),
			writes("pages/page.ALL", "\x00\x40\x00\x64\x00\x20\x00\xFA"+"\x00\x01\x00\x01\x00\x01\x00\x01"+"\x00\xFF\x00\xFF\x00\xFF\x00\xFF"+"\x00\x00\x00\x00\x40\x00\x00\x00"),
			reads("set_alarm/volthigh.ALL", "5.1,5.1,5.1,5.1"), reads("set_alarm/high.ALL", "0,0,0,0"), measure,
		}, {
			writes("set_alarm/unset", "0"), sets("power", "1"), measure,
			// An upper limit below A, a lower one above B.
			reads("set_alarm/high.ALL", "1,1,1,1"), reads("set_alarm/low.ALL", "1,1,1,1"), // page 6: as after power-on
			sets("set_alarm/volthigh.ALL", "5.1,5.1,5.1,5.1"), sets("set_alarm/voltlow.ALL", "0,0,0,0"),
			measure, reads("alarm/high.ALL", "0,0,0,0"), reads("alarm/low.ALL", "0,0,0,0"), alarms(false),
			sets("set_alarm/volthigh.A", "1.2"), reads("set_alarm/volt2high.A", "0.6"), measure,
			readsChip("alarm/high.ALL", "1,0,0,0"), readsChip("alarm/high.A", "1"), alarms(true),
			sets("set_alarm/high.A", "0"), reads("set_alarm/high.ALL", "0,1,1,1"), alarms(false), sets("set_alarm/high.ALL", "1,1,1,1"),
			sets("set_alarm/volthigh.A", "5.1"), measure, readsChip("alarm/high.A", "0"), alarms(false),
			sets("set_alarm/voltlow.B", "3"), reads("set_alarm/volt2low.ALL", "0,1.5,0,0"), measure,
			readsChip("alarm/low.ALL", "0,1,0,0"), readsChip("alarm/low.B", "1"), alarms(true),
			sets("set_alarm/low.B", "0"), alarms(false), sets("set_alarm/low.ALL", "1,1,1,1"),
			sets("set_alarm/volt2low.B", "0"), measure, alarms(false),
			sets("set_alarm/volt2high.ALL", "2.5,2.5,2.55,2.55"), reads("set_alarm/volthigh.A", "5"), sets("set_alarm/volt2high.A", "2.55"),
			sets("set_alarm/volt2low.ALL", "0,0.5,0,0"), reads("set_alarm/volt2low.B", "0.5"),
			sets("alarm/high.D", "1"), alarms(true), sets("alarm/high.ALL", "0,0,0,0"), alarms(false),
			sets("alarm/low.C", "1"), alarms(true), sets("alarm/low.ALL", "0,0,0,0"), alarms(false),
			notWritten("set_alarm/volthigh.A", "5.2", syscall.ERANGE), notWritten("set_alarm/volt2low.B", "-1", syscall.ERANGE),
		}},
		battery: {{
			identity("DS2438"),
			reads("IAD", "1"), reads("CA", "1"), reads("EE", "1"), // as delivered
			reads("temperature", "20"), reads("latesttemp", "20"), reads("VDD", "5"), reads("VAD", "2.31"), reads("vis", "0.03125"),
			sets("IAD", "0"), readsChip("vis", "0.03125"), sets("CA", "0"), sets("EE", "0"), sets("IAD", "1"), sets("IAD", "0"),

			// RH = (VAD/VDD - 0.16) / 0.0062, by the data sheets of the sensors, and what the temperature does to it.
			near("HIH3600/humidity", 48.709677/1.0114, 0.001), near("humidity", 48.709677/1.0114, 0.001),
			near("HIH4000/humidity", 48.709677/1.03094, 0.001),
			near("HIH5030/humidity", (0.462-0.1515)/0.00636/1.0114, 0.001),
			near("HTM1735/humidity", 47.9252, 0.001),
			near("S3-R1-A/current", 80.1282, 0.001), // 0.03125 V at 390 Ω, in µA
			sets("S3-R1-A/gain", "100"), near("S3-R1-A/illuminance", 8012.82, 0.01),
			reads("B1-R1-A/offset", "904.7"), sets("B1-R1-A/gain", "21.7"), sets("B1-R1-A/offset", "-10"), near("B1-R1-A/pressure", 2.31*21.7-10, 0.001),

			sets("offset", "40"), sets("offset", "4294967256"), sets("offset", "0"), // -40 as the property has it
			notWritten("offset", "256", syscall.ERANGE), notWritten("offset", "-40", syscall.ERANGE),
		}, {
			writes("udate", "1000000000"), matches("udate", "100000000[0-9]"), matches("date", date(1000000000)[:18]+"[0-9] 2001"),
			writes("date", date(1100000000)), matches("udate", "110000000[0-9]"),
			sets("disconnect/udate", "1200000000"), reads("disconnect/date", date(1200000000)),
			sets("disconnect/date", date(1200000001)), reads("disconnect/udate", "1200000001"),
			sets("endcharge/udate", "1300000000"), reads("endcharge/date", date(1300000000)),
			sets("endcharge/date", date(1300000001)), reads("endcharge/udate", "1300000001"), reads("disconnect/udate", "1200000001"),

			sets("pages/page.4", "cellar 1"), writes("pages/page.4", "CE"), reads("pages/page.4", "CEllar 1"),
			writes("pages/page.3", "\x19"), reads("MultiSensor/type", "MS-TH"),
			writes("pages/page.ALL", strings.Repeat("\x00", 8)+"\x00\xCA\x9A\x3B\x00\x00\x00\xFF"+"\x00\x8C\x86\x47\x00\x6D\x7C\x4D"+strings.Repeat("ABCDEFGH", 5)),
			readsHex("pages/page.2", "00 8C 86 47 00 6D 7C 4D"), reads("disconnect/udate", "1200000000"), matches("udate", "100000000[0-9]"),
			readsHex("pages/page.ALL", "00( [0-9A-F]{2}){7} 0[0-9] CA 9A 3B( [0-9A-F]{2}){3} FF 00 8C 86 47 00 6D 7C 4D( 41 42 43 44 45 46 47 48){5}"),
			readsChip("MultiSensor/type", "unknown"),
		}},
	})
}

// Switches.
func firstSwitches(t *testing.T) {
	scene := `
[[device]]
id = "12.00005A11C401"
input.B = "low"
text = "Gate 3"
[[device]]
id = "29.00004E1A7501"
input.7 = { follows = "button.A" }
[[device]]
id = "3A.0000FEEDBAC1"
input.B = "low"
[[device]]
name = "button"
id = "3A.0000B0770401"
`
	button := func(state string) step {
		return func(t *testing.T, r *trip) { r.m.write(t, "3A.0000B0770401/PIO.A", state) }
	}
	rows := "\x00\x0E\x11\x11\x11\x0E\x00\x00" // the pixels of a character
	ones := func(n int) string { return strings.Repeat("\xFF", n) }
	firstTrips(t, scene, map[string][][]step{
		"12.00005A11C401": {{
			identity("DS2406"), reads("channels", "2"), reads("power", "1"),
			reads("sensed.ALL", "1,0"), reads("sensed.BYTE", "1"), reads("sensed.A", "1"), reads("sensed.B", "0"),
			reads("PIO.ALL", "0,0"), reads("flipflop.ALL", "1,1"), reads("flipflop.BYTE", "3"),
			writes("latch.BYTE", "0"), reads("latch.ALL", "0,0"), reads("infobyte", "199"), // page 16: C7
			sets("PIO.A", "1"), reads("PIO.ALL", "1,0"), reads("PIO.BYTE", "1"), readsChip("sensed.A", "0"), readsChip("flipflop.ALL", "0,1"), reads("flipflop.A", "0"),
			readsChip("latch.ALL", "1,0"), readsChip("latch.BYTE", "1"), readsChip("latch.A", "1"), readsChip("infobyte", "210"), // D2
			writes("latch.A", "0"), reads("latch.ALL", "0,0"),
			sets("PIO.BYTE", "2"), reads("PIO.ALL", "0,1"), sets("PIO.ALL", "1,1"), reads("PIO.BYTE", "3"), sets("PIO.BYTE", "0"), readsChip("sensed.A", "1"),
			notWritten("PIO.BYTE", "4", syscall.ERANGE), notWritten("PIO.A", "maybe", syscall.EINVAL),
		}, {
			writes("latch.ALL", "0,0"), sets("set_alarm", "311"), alarms(false), // either latch
			sets("PIO.A", "1"), alarms(true), writes("latch.BYTE", "0"), alarms(false), sets("PIO.A", "0"), writes("latch.BYTE", "0"),
			sets("set_alarm", "131"), alarms(true), sets("set_alarm", "130"), alarms(false), // the level of A, which is high
			sets("set_alarm", "230"), alarms(true), sets("set_alarm", "0"), alarms(false),
			notWritten("set_alarm", "412", syscall.ERANGE),

			// EPROM: bits become 0, and never 1 again.
			reads("pages/page.0", "Gate 3"+ones(26)), writes("memory", "GATE 3"), reads("memory", "GATE 3"+ones(122)),
			writes("pages/page.1", "hello"), reads("pages/page.1", "hello"+ones(27)), notWritten("pages/page.1", "i", syscall.EPERM),
			writes("pages/page.ALL", "GATE 3"+ones(26)+"hello"+ones(27)+strings.Repeat("x", 32)+ones(32)),
			reads("pages/page.ALL", "GATE 3"+ones(26)+"hello"+ones(27)+strings.Repeat("x", 32)+ones(32)),
		}},
		"29.00004E1A7501": {{
			identity("DS2408"), reads("power", "1"),
			sets("set_alarm", "0"), reads("por", "1"), alarms(true), sets("por", "0"), alarms(false), notWritten("por", "1", syscall.EINVAL),
			button("1"), reads("sensed.ALL", "1,1,1,1,1,1,1,0"), reads("sensed.BYTE", "127"), reads("sensed.0", "1"), reads("sensed.7", "0"),
			reads("PIO.ALL", "0,0,0,0,0,0,0,0"), reads("PIO.BYTE", "0"),
			writes("latch.BYTE", "0"), reads("latch.ALL", "0,0,0,0,0,0,0,0"),
			sets("PIO.3", "1"), reads("PIO.BYTE", "8"), readsChip("sensed.BYTE", "119"), readsChip("latch.ALL", "0,0,0,1,0,0,0,0"),
			readsChip("latch.BYTE", "8"), readsChip("latch.3", "1"), writes("latch.3", "1"), reads("latch.BYTE", "0"),
			sets("PIO.BYTE", "129"), reads("PIO.ALL", "1,0,0,0,0,0,0,1"), sets("PIO.ALL", "1,1,0,0,0,0,0,0"), reads("PIO.1", "1"), sets("PIO.BYTE", "0"),
			notWritten("PIO.BYTE", "256", syscall.ERANGE), notWritten("PIO.ALL", "1,0", syscall.EINVAL),
		}, {
			sets("por", "0"), button("1"), writes("latch.ALL", "0,0,0,0,0,0,0,0"), sets("set_alarm", "100000033"), alarms(false), // latch 0 or 1
			sets("PIO.1", "1"), alarms(true), writes("latch.BYTE", "0"), alarms(false), sets("PIO.1", "0"), writes("latch.BYTE", "0"),
			sets("set_alarm", "20000000"), alarms(true), sets("set_alarm", "30000000"), alarms(false), // input 7 is low; is high
			sets("set_alarm", "222000000"), alarms(false), sets("PIO.6", "1"), alarms(true), sets("PIO.6", "0"), alarms(false), // 6 and 7 are low
			sets("set_alarm", "0"), alarms(false), notWritten("set_alarm", "4", syscall.ERANGE),
		}, {
			writes("por", "0"), reads("strobe", "0"), sets("strobe", "1"), sets("strobe", "0"), writes("out_of_testmode", "1"), reads("por", "0"), sets("PIO.0", "1"),

			// Displays. There is none here; what they show is seen in TestRoundTripBoards.
			sets("PIO.BYTE", "0"), button("0"),
			writes("LCD_H/clear", "1"), writes("LCD_H/home", "1"), writes("LCD_H/message", "Boiler"), writes("LCD_H/screen", " 21.5"),
			writes("LCD_H/screenyx", "2,4:on"), writes("LCD_H/onoff", "6"), writes("LCD_H/redefchar.0", rows), writes("LCD_H/redefchar.ALL", strings.Repeat(rows, 8)),
			writes("LCD_H/redefchar_hex.0", "040E0E0E1F000400"), writes("LCD_H/redefchar_hex.ALL", strings.Repeat("040e0e0e1f000400", 8)),
			readsChip("PIO.0", "0"), readsChip("PIO.1", "0"), readsChip("PIO.2", "0"), // the buttons of the LCD_H
			notWritten("LCD_H/onoff", "8", syscall.ERANGE), notWritten("LCD_H/screenyx", "5,1:below", syscall.EINVAL), notWritten("LCD_H/screenyx", "nowhere", syscall.EINVAL),
			writes("LCD_M/clear", "1"), writes("LCD_M/home", "1"), writes("LCD_M/message", "Boiler"), writes("LCD_M/screen", " 21.5"),
		}},
		"3A.0000FEEDBAC1": {{
			identity("DS2413"),
			reads("sensed.ALL", "1,0"), reads("sensed.BYTE", "1"), reads("sensed.A", "1"), reads("sensed.B", "0"),
			reads("PIO.ALL", "0,0"), reads("PIO.BYTE", "0"), reads("piostate", "11"), // page 6: level and output of A, level and output of B
			sets("PIO.A", "1"), reads("PIO.ALL", "1,0"), reads("PIO.BYTE", "1"), reads("PIO.B", "0"), readsChip("sensed.ALL", "0,0"), readsChip("piostate", "8"),
			sets("PIO.BYTE", "2"), reads("PIO.ALL", "0,1"), readsChip("piostate", "3"), sets("PIO.ALL", "1,1"), readsChip("piostate", "0"),
			writes("piostate", "1"), reads("PIO.ALL", "0,1"), writes("piostate", "3"), reads("PIO.BYTE", "0"), readsChip("sensed.A", "1"),
			notWritten("PIO.BYTE", "4", syscall.ERANGE), notWritten("PIO.A", "maybe", syscall.EINVAL), alarms(false),
		}},
	})
}
