// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"time"

	"owfs/hw"
)

// The DS1921, from the data sheets of the DS1921G (memory map page 10, registers
// pages 10 to 13) and of the DS1921H/Z (45 pages: registers pages 6 to 12,
// alarms page 14, start of a mission page 23). It has a memory of 16 pages, a
// page of registers behind it, and its logs.
const (
	chronClearMemory = 0x3C

	chronClock    = 0x200
	chronAlarm    = 0x207 // seconds, minutes, hours, day of the week
	chronLowest   = 0x20B
	chronHighest  = 0x20C
	chronRate     = 0x20D // minutes; writing it starts the mission
	chronControl  = 0x20E
	chronCelsius  = 0x211
	chronDelay    = 0x212
	chronStatus   = 0x214
	chronStamp    = 0x215
	chronSamples  = 0x21A
	chronMade     = 0x21D // samples in all its life
	chronTooCold  = 0x220
	chronTooWarm  = 0x250
	chronBins     = 0x800
	chronLog      = 0x1000
	chronPage     = 32
	chronLogSize  = 2048
	chronBinCount = 63
	chronTimes    = 12 // excursions

	// The control register. The lowest three bits are the alarms to answer a
	// search for, as they are in the status register.
	chronStopped   = 0x80
	chronClearable = 0x40
	chronDisabled  = 0x10
	chronRollover  = 0x08
	chronLowBit    = 0x04
	chronHighBit   = 0x02
	chronTimerBit  = 0x01
	// The status register.
	chronIdle     = 0x80
	chronCleared  = 0x40
	chronMission  = 0x20
	chronSampling = 0x10
)

// chronConvert is how long a conversion takes, at most (DS1921G page 3).
const chronConvert = 90 * time.Millisecond

// A chronKind is one of the types of DS1921, which the last 12 bits of its
// serial number tell.
type chronKind struct {
	name      string
	low, high float64 // what it can measure
	zero      float64 // at code 0
	step      float64
}

func chronKindOf(rom hw.ROM) chronKind {
	switch uint(rom[6])<<4 | uint(rom[5])>>4 {
	case 0x4F2:
		return chronKind{"DS1921H-F5", 15, 46, 14.5, 0.125}
	case 0x3B2:
		return chronKind{"DS1921Z-F5", -5, 26, -5.5, 0.125}
	case 0x34C:
		return chronKind{"DS1921L-F51", -10, 85, -40, 0.5}
	case 0x254:
		return chronKind{"DS1921L-F52", -20, 85, -40, 0.5}
	case 0x15C:
		return chronKind{"DS1921L-F53", -30, 85, -40, 0.5}
	}
	return chronKind{"DS1921G-F5", -40, 85, -40, 0.5}
}

func (k chronKind) celsius(code byte) float64 { return k.zero + float64(code)*k.step }

func ds1921Drivers() Drivers {
	kind := func(f func(k chronKind) Value) Driver {
		return Driver{Read: func(_ context.Context, c Chip, _ Element) (Value, error) { return f(chronKindOf(c.ROM())), nil }}
	}
	all := padMemory{chip: "DS1921", pad: chronPage, writeCRC: true, readCRC: true, extended: true}.memory(16).drivers()
	return merged(all, chronExcursions("overtemp/", chronTooWarm, chronHighest), chronExcursions("undertemp/", chronTooCold, chronLowest), Drivers{
		"ControlRegister":       {Read: chronByte(chronControl), Write: chronSetByte(chronControl, 0xFF)},
		"StatusRegister":        {Read: chronByte(chronStatus), Write: chronSetByte(chronStatus, 0xFF)},
		"about/measuring":       chronBit(chronStatus, chronIdle, true).readOnly(),
		"about/resolution":      kind(func(k chronKind) Value { return Num(k.step) }),
		"about/samples":         {Read: chronCount(chronMade)},
		"about/temphigh":        kind(func(k chronKind) Value { return Num(k.high) }),
		"about/templow":         kind(func(k chronKind) Value { return Num(k.low) }),
		"about/version":         kind(func(k chronKind) Value { return Text(k.name) }),
		"alarm_second":          chronAlarmPart(0, 59),
		"alarm_minute":          chronAlarmPart(1, 59),
		"alarm_hour":            chronAlarmPart(2, 23),
		"alarm_dow":             chronAlarmPart(3, 7),
		"alarm_trigger":         {Read: chronTrigger, Write: chronSetTrigger},
		"alarm_state":           alsoCalled("mission/frequency"),
		"clock/date":            dateOf("clock/udate"),
		"clock/udate":           {Read: chronTime, Write: chronSetTime},
		"clock/running":         chronBit(chronControl, chronStopped, true),
		"histogram/counts":      {Read: chronHistogram},
		"histogram/elements":    constant(Int(chronBinCount)),
		"histogram/gap":         kind(func(k chronKind) Value { return Num(4 * k.step) }),
		"histogram/temperature": {Read: chronBinTemperature},
		"log/elements":          {Read: chronLogged},
		"log/temperature":       {Read: chronLogTemperature},
		"log/udate":             {Read: chronLogTime(func(t time.Time) Value { return Int(t.Unix()) })},
		"log/date":              {Read: chronLogTime(Moment)},
		"mission/clear":         {Write: chronClear},
		"mission/date":          dateOf("mission/udate").readOnly(),
		"mission/udate":         {Read: chronStarted},
		"mission/delay":         {Read: chronDelayed, Write: chronSetDelay},
		"mission/easystart":     {Write: chronEasyStart},
		"mission/enable":        chronBit(chronControl, chronDisabled, true),
		"mission/frequency":     {Read: chronByte(chronRate), Write: chronSetByte(chronRate, 255)},
		"mission/rollover":      chronBit(chronControl, chronRollover, false),
		"mission/running":       {Read: chronBit(chronStatus, chronMission, false).Read, Write: chronRun},
		"mission/samples":       {Read: chronCount(chronSamples)},
		"mission/sampling":      chronBit(chronStatus, chronSampling, false).readOnly(),
		"mission/temphigh":      chronBit(chronStatus, chronHighBit, false),
		"mission/templow":       chronBit(chronStatus, chronLowBit, false),
		"mission/timer":         chronBit(chronStatus, chronTimerBit, false),
		"set_alarm/date":        chronBit(chronControl, chronTimerBit, false),
		"set_alarm/temphigh":    chronBit(chronControl, chronHighBit, false),
		"set_alarm/templow":     chronBit(chronControl, chronLowBit, false),
		"temperature":           {Read: chronTemperature},
	})
}

func chronTemperature(ctx context.Context, c Chip, _ Element) (Value, error) {
	// During a mission there is no conversion but the mission's, the latest of
	// which is what is read then.
	if err := c.Convert(ctx, Measurement{Command: convertT, Time: chronConvert}); err != nil {
		return Value{}, err
	}
	p, err := chronRead(ctx, c, chronCelsius)
	switch {
	case err != nil:
		return Value{}, err
	case p[chronStatus-chronCelsius]&chronIdle == 0:
		return Value{}, unverified("DS1921 conversion that should have ended")
	}
	return Num(chronKindOf(c.ROM()).celsius(p[0])), nil
}
