// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/line"
)

// inAlarm tells whether both directories of alarms list the device, or neither.
func (r *trip) inAlarm(t *testing.T) bool {
	t.Helper()
	got := slices.Contains(r.m.names(t, "uncached/alarm"), r.device)
	if other := slices.Contains(r.m.names(t, "alarm"), r.device); other != got && got {
		t.Errorf("%s is in uncached/alarm and not in alarm", r.device)
	}
	return got
}

// raised expects that the device is in both directories of alarms, or in neither.
func raised(want bool) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		for _, dir := range []string{"alarm", "uncached/alarm"} {
			if got := slices.Contains(r.m.names(t, dir), r.device); got != want {
				t.Errorf("%s in %s: %v, want %v", r.device, dir, got, want)
			}
		}
	}
}

// raises waits for an alarm that takes a few seconds, or a minute more if the machine is
// so slow that a mission has missed the minute it was to begin with.
func raises(t *testing.T, r *trip) {
	t.Helper()
	eventually(t, 100*time.Second, r.device+" in alarm", func() bool { return r.inAlarm(t) })
	raised(true)(t, r)
}

// at sets the clock of a logger.
func at(year int, month time.Month, day, hour, minute, second int) step {
	return writes("clock/udate", strconv.FormatInt(time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix(), 10))
}

// A Thermochron takes the samples of a mission on the minutes of its clock (DS1921H/Z
// data sheet, page 11), so that the clock decides how long there is to wait for one.
// Which flags make an alarm the search bits tell (page 10).
func TestRoundTripAlarmThermochron(t *testing.T) {
	t.Parallel()
	together(t, map[string]func(*testing.T){
		"DS1921G": alone("21.000019210001", "temperature = 21.5", thermochronAlarm("21.5", "21", "templow", "temphigh")...),
		"DS1921H": alone("21.00000102204F", "chip = \"DS1921H\"\ntemperature = 30.125", thermochronAlarm("30.125", "30.125", "temphigh", "templow")...),
		"DS1921Z": alone("21.00000103203B", "chip = \"DS1921Z\"\ntemperature = -4.875", thermochronAlarm("-4.75", "-5", "templow", "temphigh")...),
		"timer":   alone("21.000019210002", "", timerAlarm()...),
	})
}

// alone is a trip to a device that has a bus of its own, so that not all wait for one.
func alone(name, keys string, steps ...step) func(*testing.T) {
	return func(t *testing.T) {
		newTrip(t, mountScene(t, fmt.Sprintf("[[device]]\nid = %q\n%s\n", name, keys)), name).does(t, steps...)
	}
}

// thermochronAlarm is a mission whose first sample is at or below the low limit, and at
// or above the high one. The flag of one limit is cleared during the mission, and that of
// the other one after it.
func thermochronAlarm(low, high, during, after string) []step {
	return []step{
		sets("undertemp/temperature", low), sets("overtemp/temperature", high), writes("set_alarm/templow", "1"), writes("set_alarm/temphigh", "1"),
		matches("temperature", "-?[0-9.]+"), raised(false), // only a mission compares
		at(2024, time.January, 1, 12, 0, 57), writes("mission/easystart", "1"), raises,
		readsChip("mission/samples", "1"), readsChip("mission/templow", "1"), readsChip("mission/temphigh", "1"),
		readsChip("overtemp/count.0", "1"), readsChip("undertemp/count.0", "1"),
		notWritten("set_alarm/templow", "0", syscall.EBUSY), raised(true), // it would end the mission
		sets("mission/"+during, "0"), raised(true), readsChip("mission/running", "1"),
		sets("mission/running", "0"), raised(true), sets("set_alarm/"+after, "0"), raised(false),
		sets("set_alarm/"+after, "1"), raised(true), sets("mission/"+after, "0"), raised(false),
	}
}

// timerAlarm is the table "RTC Alarm Control" of the DS1921G's data sheet, page 12: a
// second before each. The second of January 2024 is a Tuesday, the third day.
func timerAlarm() []step {
	quiet := []step{writes("alarm_trigger", "0"), writes("mission/timer", "0"), raised(false)}
	steps := []step{
		sets("alarm_second", "30"), sets("alarm_minute", "15"), sets("alarm_hour", "10"), sets("alarm_dow", "3"),
		at(2024, time.January, 5, 0, 0, 0), sets("set_alarm/date", "1"),
	}
	steps = append(steps, quiet...)
	steps = append(steps, at(2024, time.January, 2, 10, 15, 29), raises, // each week
		readsChip("mission/timer", "1"), sets("set_alarm/date", "0"), raised(false), sets("set_alarm/date", "1"), raised(true))
	for trigger, near := range map[string]step{
		"4": at(2024, time.January, 5, 10, 15, 29), // each day
		"3": at(2024, time.January, 5, 11, 15, 29), // each hour
		"2": at(2024, time.January, 5, 11, 47, 29), // each minute
	} {
		steps = append(steps, quiet...)
		steps = append(steps, sets("alarm_trigger", trigger), raised(false), near, raises)
	}
	steps = append(steps, quiet...)
	steps = append(steps, sets("alarm_trigger", "1"), raises, writes("mission/timer", "0"), raises) // each second
	return append(steps, quiet...)
}

// No property of a DS1922 or DS1923 sets limits: they are as another program has set
// them. Its flags are cleared with its memory (DS1922L/T data sheet, page 31), which a
// mission that is started does; the first sample is then after the delay, in minutes,
// or at once (page 24).
func TestRoundTripAlarmLogger(t *testing.T) {
	t.Parallel()
	// Stopped, a mission leaves its flags; started with a delay, there is no sample yet.
	again := []step{
		raised(true), sets("mission/running", "0"), raised(true),
		sets("mission/delay", "5"), sets("mission/running", "1"), raised(false), readsChip("mission/running", "1"),
		notWritten("mission/delay", "0", syscall.EBUSY), sets("mission/running", "0"), raised(false),
		sets("mission/delay", "0"), sets("mission/running", "1"), raises, sets("mission/running", "0"), raised(true),
	}
	running := append([]step{raised(true), readsChip("mission/running", "1"), reads("mission/samplingtemp", "1")}, again...)
	measured := append([]step{
		raised(false), reads("mission/running", "0"), near("humidity", 50, 0.04), raised(true), // a measurement compares as well
		reads("temperature", "25"),
	}, again...)
	const moist = "chip = \"DS1923\"\ntemperature = 25\nhumidity = 50\n"
	together(t, map[string]func(*testing.T){
		"warm":    alone("41.000019230001", moist+"low = { temperature = 10, humidity = 20 }\nhigh = { temperature = 24, humidity = 80 }", measured...),
		"dry":     alone("41.000019230002", moist+"low.humidity = 60\nmission = \"1s\"", running...),
		"damp":    alone("41.000019230003", moist+"high = { temperature = 30, humidity = 45 }\nmission = \"5h\"", running...),
		"DS1922T": alone("41.000019220004", "chip = \"DS1922T\"\ntemperature = 121\nhigh.temperature = 120\nmission = \"5h\"", running...),
		"DS1922L": alone("41.000019220005", "chip = \"DS1922L\"\ntemperature = -20.5\nlow.temperature = -20\nmission = \"10s\"", running...),
		"neither": alone("41.000019230006", moist+"low = { temperature = 24, humidity = 45 }\nhigh = { temperature = 26, humidity = 55 }\nmission = \"1s\"",
			raised(false), readsChip("mission/running", "1"), raised(false)),
	})
}

// Nothing is known of an alarm of the LCD, and none of its properties is about one.
// Whatever is done to it, it is not listed, while a thermometer beside it is.
func TestRoundTripAlarmDisplay(t *testing.T) {
	t.Parallel()
	const display, hot = "FF.0000FF000001", thermometer
	m := mountScene(t, fmt.Sprintf("[[device]]\nid = %q\n[[device]]\nid = %q\ntemperature = 85.5\n", display, hot))
	newTrip(t, m, hot).does(t, sets("temphigh", "30"), readsChip("temperature", "85.5"), raised(true))
	r := newTrip(t, m, display)
	for _, name := range []string{"set_alarm", "alarm"} {
		if _, err := os.Stat(m.path(display, name)); errnoOf(err) != syscall.ENOENT {
			t.Errorf("%s of a display: %v, want ENOENT", name, err)
		}
	}
	r.does(t, raised(false), writes("LCDon", "0"), raised(false), writes("LCDon", "1"), writes("backlight", "1"),
		writes("screen16", "alarm"), raised(false), writes("gpio.ALL", "1,1,1,1"), raised(false), writes("gpio.BYTE", "0"),
		matches("counters.ALL", "[0-9,]+"), writes("cumulative.ALL", "5,5,5,5"), raised(false), writes("register", "1"), raised(false))
	newTrip(t, m, hot).does(t, raised(true), sets("temphigh", "125"), readsChip("temperature", "85.5"), raised(false))
}

// Should a display answer a search for alarms after all, it is listed: the directory
// holds what answers, of whatever family.
func TestRoundTripAlarmOfAnyFamily(t *testing.T) {
	t.Parallel()
	rom, err := hw.ParseROM("FF.0000FF000001")
	if err != nil {
		t.Fatal(err)
	}
	var answers atomic.Bool
	chip := sim.NewLCD(rom)
	chip.Alarm = answers.Load
	clock := &sim.Virtual{}
	wire := sim.NewLine(clock)
	wire.Add(chip)
	bus := hw.NewLine(func(context.Context) (hw.Bus, error) { return wire, nil })
	defer bus.Close()
	table := device.New()
	tree := local.New(local.Config{Backend: line.New(line.Config{Line: bus, Table: table, Clock: clock}), Table: table})
	for _, want := range []bool{false, true, false} {
		answers.Store(want)
		list, err := tree.Dir(t.Context(), transport.Request{Path: "/uncached/alarm"})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(list, func(e transport.Entry) bool { return e.Name == rom.String() }); got != want {
			t.Errorf("listed: %v, want %v", got, want)
		}
	}
}
