// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pattern is n bytes of which no two pages are the same.
func pattern(n int, salt byte) string {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7) + byte(i>>5)*31 + salt
	}
	return string(p)
}

// pages are the steps of a memory of so many pages of 32 bytes that holds the pattern
// 0: as a whole, by page, all pages, and a part of it; and then those that fill it.
func pages(count int) (some, whole []step) {
	const size = 32
	was, other := pattern(count*size, 0), pattern(count*size, 100)
	mixed := was[:40] + other[40:len(other)-5] + was[len(was)-5:]
	some = []step{reads("memory", was), readsOnce("pages/page.ALL", was)}
	for i := range count {
		some = append(some, readsOnce(fmt.Sprint("pages/page.", i), was[i*size:(i+1)*size]))
	}
	at := (count/2)*size + 30 // over the end of a page
	part := was[:at] + "part" + was[at+4:]
	last := part[:(count-1)*size] + "the last page" + part[(count-1)*size+13:]
	some = append(some,
		writesAt("memory", int64(at), "part"), readsOnce("memory", part),
		writes(fmt.Sprint("pages/page.", count-1), "the last page"), readsOnce("memory", last), readsOnce("pages/page.ALL", last),
		reads(fmt.Sprint("pages/page.", count-1), last[(count-1)*size:]),
		writesAt("pages/page.1", 3, "x"), reads("pages/page.1", last[size:size+3]+"x"+last[size+4:2*size]),
		notWritten("pages/page.0", pattern(size, 3)+"more", syscall.ENOSPC))
	whole = []step{
		writes("memory", other), readsOnce("memory", other), reads("pages/page.0", other[:size]),
		writes("pages/page.ALL", mixed), readsOnce("pages/page.ALL", mixed), readsChip("memory", mixed),
		notWritten("pages/page.ALL", was[:100], syscall.EINVAL), readsOnce("memory", mixed),
	}
	return some, whole
}

// eepromBus has a memory that is looked at and changed here and there, and another one
// that is filled.
func eepromBus(kind, family string, count int) func(*testing.T) {
	return func(t *testing.T) {
		eeprom := family + ".0000EE000001"
		some, whole := pages(count)
		scene := fmt.Sprintf("[[device]]\nid = %q\nhex = \"%x\"\n", eeprom, pattern(count*32, 0))
		roundTrips(t, scene, eeprom, nil, append(some, identity(kind)), whole)
	}
}

// The kind of a DS1921 is in its number: 4F2 in the highest twelve bits is a DS1921H, 3B2
// a DS1921Z (their data sheet, page 1).
func thermochronBus(t *testing.T) {
	const wide, hot, cold = "21.000019210001", "21.00000102204F", "21.00000103203B"
	plain := fmt.Sprintf("[[device]]\nid = %q\ntemperature = 21.5\nhex = \"%x\"\n", wide, pattern(512, 0))
	m := mountScene(t, fmt.Sprintf(`
[[device]]
id = %q
chip = "DS1921H"
temperature = 30.125
[[device]]
id = %q
chip = "DS1921Z"
temperature = -4.875
`, hot, cold))
	together(t, map[string]func(*testing.T){
		"G": func(t *testing.T) {
			some, whole := pages(16)
			roundTrips(t, plain, wide, nil, thermochronSteps(), append(some, whole...))
		},
		"H": func(t *testing.T) {
			newTrip(t, m, hot).does(t, reads("temperature", "30.125"), reads("about/version", "DS1921H-F5"), reads("about/resolution", "0.125"),
				reads("about/templow", "15"), reads("about/temphigh", "46"), reads("histogram/gap", "0.5"),
				reads("histogram/temperature.0", "14.5"), reads("histogram/temperature.62", "45.5"), sets("overtemp/temperature", "40.375"))
		},
		"Z": func(t *testing.T) {
			newTrip(t, m, cold).does(t, reads("temperature", "-4.875"), reads("about/version", "DS1921Z-F5"), reads("about/resolution", "0.125"),
				reads("about/templow", "-5"), reads("about/temphigh", "26"), reads("histogram/temperature.0", "-5.5"), sets("undertemp/temperature", "-5.5"))
		},
	})
}

// series is n numbers with commas between them.
func series(n, first, gap int) string {
	var list []string
	for i := range n {
		list = append(list, strconv.Itoa(first+i*gap))
	}
	return strings.Join(list, ",")
}

func thermochronSteps() []step {
	long := strings.Repeat("0,", 62) + "0"
	steps := []step{
		identity("DS1921"), readsTime("clock/udate", "clock/date"),
		reads("temperature", "21.5"), matches("about/samples", "[2-9]"), reads("about/measuring", "0"),
		reads("about/resolution", "0.5"), reads("about/templow", "-40"), reads("about/temphigh", "85"), reads("about/version", "DS1921G-F5"),
		reads("histogram/elements", "63"), reads("histogram/gap", "2"), reads("histogram/temperature.ALL", series(63, -40, 2)),
		reads("histogram/temperature.1", "-38"), reads("histogram/counts.ALL", long), reads("histogram/counts.62", "0"),
		reads("ControlRegister", "0"), reads("StatusRegister", "128"), reads("mission/running", "0"), reads("mission/sampling", "0"),
		// The clock: set, and stopped.
		sets("clock/running", "0"), readsChip("ControlRegister", "128"), sets("clock/udate", "1000000000"),
		reads("clock/date", time.Unix(1000000000, 0).Format(time.ANSIC)), sets("clock/date", "Fri Mar 23 04:00:00 2007"),
		notWritten("clock/udate", "-1", syscall.ERANGE), notWritten("clock/date", "soon", syscall.EINVAL),
		sets("clock/running", "1"), writes("clock/date", "\n"), readsTime("clock/udate", "clock/date"),
		// Alarms.
		sets("alarm_second", "59"), sets("alarm_minute", "30"), sets("alarm_hour", "23"), sets("alarm_dow", "7"), reads("alarm_second", "59"),
		notWritten("alarm_second", "60", syscall.ERANGE), notWritten("alarm_hour", "24", syscall.ERANGE), notWritten("alarm_dow", "0", syscall.ERANGE),
		sets("alarm_trigger", "1"), sets("alarm_trigger", "4"), sets("alarm_trigger", "0"), notWritten("alarm_trigger", "5", syscall.ERANGE),
		sets("set_alarm/date", "1"), readsChip("ControlRegister", "1"), sets("set_alarm/temphigh", "1"), sets("set_alarm/templow", "1"),
		writes("mission/timer", "0"), readsChip("ControlRegister", "7"), alarms(false), // no flag is up
		sets("set_alarm/date", "0"), sets("set_alarm/templow", "0"), readsChip("ControlRegister", "2"), sets("ControlRegister", "0"),
		reads("set_alarm/temphigh", "0"), writes("StatusRegister", "0"), readsChip("StatusRegister", "128"),
		sets("overtemp/temperature", "30.5"), sets("undertemp/temperature", "-40"), notWritten("overtemp/temperature", "88", syscall.ERANGE),
	}
	for _, flag := range []string{"temphigh", "templow", "timer"} {
		steps = append(steps, sets("mission/"+flag, "0"), notWritten("mission/"+flag, "1", syscall.EINVAL))
	}
	for _, dir := range []string{"overtemp/", "undertemp/"} {
		none := strings.Repeat("0,", 11) + "0"
		steps = append(steps, reads(dir+"elements", "0"), reads(dir+"count.ALL", none), reads(dir+"count.11", "0"),
			reads(dir+"udate.ALL", none), reads(dir+"udate.0", "0"), reads(dir+"date.ALL", strings.Repeat(dayOne()+",", 11)+dayOne()),
			reads(dir+"date.0", dayOne()), reads(dir+"end.ALL", strings.Repeat(dayOne()+",", 11)+dayOne()), reads(dir+"end.3", dayOne()))
	}
	return append(steps, missionSteps()...)
}

// dayOne is how a time is told that never was.
func dayOne() string { return time.Unix(0, 0).Format(time.ANSIC) }

// missionSteps are a mission whose first sample would be in a minute or later.
func missionSteps() []step {
	none := strings.Repeat("0,", 2047) + "0"
	return []step{
		sets("mission/delay", "5"), notWritten("mission/delay", "65536", syscall.ERANGE), reads("mission/samples", "0"),
		sets("mission/rollover", "1"), readsChip("ControlRegister", "8"), sets("mission/rollover", "0"),
		sets("mission/enable", "0"), readsChip("ControlRegister", "16"), notWritten("mission/running", "1", syscall.EINVAL),
		sets("alarm_state", "7"), readsChip("mission/frequency", "7"), sets("mission/frequency", "10"), notWritten("mission/frequency", "256", syscall.ERANGE), readsChip("mission/running", "0"),
		writes("mission/clear", "1"), readsChip("StatusRegister", "192"), readsChip("mission/delay", "0"), readsChip("mission/frequency", "0"),
		notWritten("mission/easystart", "0", syscall.ERANGE), notWritten("mission/easystart", "256", syscall.ERANGE),
		writes("mission/easystart", "20"), readsChip("mission/running", "1"), readsChip("mission/enable", "1"), readsChip("mission/frequency", "20"),
		readsChip("StatusRegister", "160"), readsMinute("mission/udate", "mission/date"), reads("mission/samples", "0"),
		notWritten("clock/udate", "0", syscall.EBUSY), notWritten("mission/delay", "1", syscall.EBUSY), readsChip("mission/running", "1"),
		reads("log/elements", "0"), notRead("log/temperature.0", syscall.ERANGE), notRead("log/udate.2047", syscall.ERANGE),
		notRead("log/date.0", syscall.ERANGE), reads("log/udate.ALL", none), reads("log/date.ALL", strings.Repeat(dayOne()+",", 2047)+dayOne()),
		reads("log/temperature.ALL", strings.Repeat("NAN,", 2047)+"NAN"),
		sets("mission/running", "0"), sets("clock/running", "1"), reads("mission/sampling", "0"), alarms(false),
	}
}

// readsMinute expects the minute it is, or the one before.
func readsMinute(seconds, date string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		now := time.Now().Unix()
		near(seconds, float64(now/60*60-30), 31)(t, r)
		readsSo(date, "this minute", func(got string) bool {
			at, err := time.ParseInLocation(time.ANSIC, got, time.Local)
			return err == nil && at.Second() == 0 && now-at.Unix() < 70 && at.Unix() <= now
		})(t, r)
	}
}

// Loggers. A DS1923 measures humidity in steps of 0.04 %, a DS1922L and a DS1922T not at
// all. None has thresholds or samples among its properties.
func loggerBus(t *testing.T) {
	const moist, low, high = "41.000019230001", "41.000019220002", "41.000019220003"
	m := mountScene(t, fmt.Sprintf(`
[[device]]
id = %q
chip = "DS1923"
temperature = 21.5
humidity = 50
hex = "%x"
[[device]]
id = %q
chip = "DS1922L"
temperature = -39.9375
[[device]]
id = %q
chip = "DS1922T"
temperature = 120.0625
`, moist, pattern(512, 0), low, high))
	together(t, map[string]func(*testing.T){
		"DS1923": func(t *testing.T) { secondTrip(t, m, moist, loggerSteps()...) },
		"DS1922L": func(t *testing.T) {
			newTrip(t, m, low).does(t, reads("temperature", "-39.9375"), readsNothing("humidity"))
		},
		"DS1922T": func(t *testing.T) {
			newTrip(t, m, high).does(t, reads("temperature", "120.062"), readsNothing("humidity"))
		},
	})
}

func loggerSteps() []step {
	was := pattern(512, 0)
	steps := []step{
		identity("DS1923"), reads("temperature", "21.5"), near("humidity", 50, 0.04), readsTime("clock/udate", "clock/date"),
		reads("clock/running", "1"), sets("clock/running", "0"), sets("clock/udate", "1000000000"),
		reads("clock/date", time.Unix(1000000000, 0).Format(time.ANSIC)), sets("clock/date", "Fri Mar 23 04:00:00 2007"),
		notWritten("mission/running", "1", syscall.EINVAL), // the clock stands
		sets("clock/running", "1"), writes("clock/date", "\n"), readsTime("clock/udate", "clock/date"),
		notWritten("clock/udate", "4102444800", syscall.ERANGE), // the year 2100 has no century bit
		sets("mission/delay", "16777215"), notWritten("mission/delay", "16777216", syscall.ERANGE), sets("mission/delay", "0"),
		sets("mission/rollover", "1"), sets("mission/rollover", "0"), reads("mission/samplingtemp", "0"), reads("mission/samplinghumidity", "0"),
		reads("mission/running", "0"), sets("mission/running", "0"), alarms(false),
	}
	for i := range 16 {
		steps = append(steps, readsOnce(fmt.Sprint("pages/page.", i), was[32*i:32*i+32]))
	}
	// Behind the memory are registers, which move on with the clock.
	return append(steps, readsSo("pages/page.ALL", "the memory and 64 bytes", func(got string) bool { return len(got) == 576 && strings.HasPrefix(got, was) }),
		writes("pages/page.3", "third"), reads("pages/page.3", "third"+was[101:128]), writesAt("pages/page.15", 31, "!"),
		reads("pages/page.15", was[480:511]+"!"), readsSo("pages/page.17", "32 bytes", func(got string) bool { return len(got) == 32 }),
		notWritten("pages/page.16", "x", syscall.EPERM), notWritten("pages/page.17", "x", syscall.EPERM),
		notWritten("pages/page.ALL", pattern(576, 1), syscall.EPERM), noted("w", "pages/page.ALL"), readsOnce("pages/page.15", pattern(512, 1)[480:]))
}
