// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"syscall"
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

// registersFrom reads from an address to the end of its page, with its CRC.
func registersFrom(tx *hw.Tx, rom hw.ROM, at int) ([]byte, error) {
	return exchangeCRC16(tx, rom, "logger's registers", chronPage-at%chronPage, addressed(padExtendedRead, at)...)
}

// chronRead is registersFrom as a transaction of its own.
func chronRead(ctx context.Context, c Chip, at int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = registersFrom(tx, c.ROM(), at)
		return err
	})
	return p, err
}

// chronReadN reads several pages in runs, so that others have the line in
// between. at is the beginning of a page.
func chronReadN(ctx context.Context, c Chip, at, n int) (all []byte, err error) {
	for len(all) < n {
		from := at + len(all)
		err := c.Do(ctx, func(tx *hw.Tx) error {
			p, err := blocksCRC16(tx, c.ROM(), "DS1921 log", chronPage, min(4*chronPage, n-len(all)), addressed(padExtendedRead, from)...)
			all = append(all, p...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// chronWrite writes registers by way of the scratchpad, which is compared before
// it is copied: then they are as before or as wanted. During a mission only the
// status register can be written without ending it.
func chronWrite(tx *hw.Tx, rom hw.ROM, at int, data ...byte) error {
	status, err := registersFrom(tx, rom, chronStatus)
	if err != nil {
		return err
	}
	if status[0]&chronMission != 0 && at != chronStatus {
		return fmt.Errorf("a mission is under way, which this would end; stop it first: %w", syscall.EBUSY)
	}
	return padPut(tx, rom, "DS1921 registers", at, data, nil)
}

// padPut writes a part of a page of 32 bytes by way of the scratchpad. That is
// compared before it is copied, which the chip does only for the right address
// and end: then the bytes are as before or as wanted. A password comes behind
// the copy command of some.
func padPut(tx *hw.Tx, rom hw.ROM, what string, at int, data, password []byte) error {
	const page = 32
	end := byte(at%page + len(data) - 1)
	want := append([]byte{byte(at), byte(at >> 8), end}, data...)
	err := patiently(func() error {
		if err := tx.Command(rom, addressed(padWrite, at, data...)...); err != nil {
			return err
		}
		return holds(tx, rom, what+" in the scratchpad", want, padRead)
	})
	if err != nil {
		return err
	}
	command := byte(padCopy)
	if password != nil {
		command = loggerCopyPad
	}
	answer, err := tx.Exchange(rom, 1, append(addressed(command, at, end), password...)...)
	if err == nil && answer[0] != 0xAA && answer[0] != 0x55 {
		err = unverified(what)
	}
	return err
}

func chronByte(at int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := chronRead(ctx, c, at)
		if err != nil {
			return Value{}, err
		}
		return Int(int64(p[0])), nil
	}
}

func chronSetByte(at int, most int64) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		if v.Int() < 0 || v.Int() > most {
			return outOfRange(0, most)
		}
		return c.Do(ctx, func(tx *hw.Tx) error { return chronWrite(tx, c.ROM(), at, byte(v.Int())) })
	}
}

// chronBit is a bit of a register, inverted if it says that something is not so.
// The bits of the status register can only be cleared.
func chronBit(at int, mask byte, inverted bool) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			p, err := chronRead(ctx, c, at)
			return Flag(err == nil && p[0]&mask != 0 != inverted), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if at == chronStatus && v.Flag() {
				return fmt.Errorf("this flag can only be cleared: %w", syscall.EINVAL)
			}
			return c.Do(ctx, func(tx *hw.Tx) error { return chronSet(tx, c.ROM(), at, mask, v.Flag() != inverted) })
		},
	}
}

// chronSet sets or clears a bit, if it is not so.
func chronSet(tx *hw.Tx, rom hw.ROM, at int, mask byte, on bool) error {
	p, err := registersFrom(tx, rom, at)
	if err != nil || p[0]&mask != 0 == on {
		return err
	}
	return chronWrite(tx, rom, at, p[0]^mask)
}

func chronNumber(p []byte) int { return int(p[0]) | int(p[1])<<8 | int(p[2])<<16 }

// chronCount is a counter of 24 bits.
func chronCount(at int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := chronRead(ctx, c, at)
		if err != nil {
			return Value{}, err
		}
		return Int(int64(chronNumber(p))), nil
	}
}

func toBCD(n int) byte   { return byte(n/10<<4 | n%10) }
func fromBCD(b byte) int { return int(b>>4)*10 + int(b&15) }
func bcdHour(b byte) int {
	if b&0x40 == 0 {
		return fromBCD(b & 0x3F)
	}
	return fromBCD(b&0x1F)%12 + int(b>>5&1)*12 // 12 hours, and PM
}

// bcdTime is a point in time in registers. The century bit is on from 2000 on.
func bcdTime(second, minute, hour, date, month, year byte) time.Time {
	century := 1900 + int(month>>7)*100
	return time.Date(century+fromBCD(year), time.Month(fromBCD(month&0x1F)), fromBCD(date&0x3F),
		bcdHour(hour), fromBCD(minute&0x7F), fromBCD(second&0x7F), 0, time.UTC)
}

// bcdRegisters is a point in time as registers; the day of the week is 1 for
// Sunday.
func bcdRegisters(t time.Time) (second, minute, hour, dow, date, month, year byte) {
	month = toBCD(int(t.Month()))
	if t.Year() >= 2000 {
		month |= 0x80
	}
	return toBCD(t.Second()), toBCD(t.Minute()), toBCD(t.Hour()), byte(t.Weekday()) + 1, toBCD(t.Day()), month, toBCD(t.Year() % 100)
}

// bcdMoment is the seconds since 1970 that are to be put into registers.
func bcdMoment(v Value) (time.Time, error) {
	t := time.Unix(v.Int(), 0).UTC()
	if t.Year() < 1970 || t.Year() > 2099 {
		return t, outOfRange("1970", "2099")
	}
	return t, nil
}

func chronTime(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := chronRead(ctx, c, chronClock)
	if err != nil {
		return Value{}, err
	}
	return Int(bcdTime(p[0], p[1], p[2], p[4], p[5], p[6]).Unix()), nil
}

func chronSetTime(ctx context.Context, c Chip, _ Element, v Value) error {
	t, err := bcdMoment(v)
	if err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		second, minute, hour, dow, date, month, year := bcdRegisters(t)
		return chronWrite(tx, c.ROM(), chronClock, second, minute, hour, dow, date, month, year)
	})
}

// chronAlarmPart is one of the four parts of the time for the timer alarm. Bit 7
// says that it does not count, and is left alone.
func chronAlarmPart(n, most int) Driver {
	at := chronAlarm + n
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			p, err := chronRead(ctx, c, at)
			if err != nil {
				return Value{}, err
			}
			b := p[0] & 0x7F
			if n == 2 {
				return Int(int64(bcdHour(b))), nil
			}
			return Int(int64(fromBCD(b))), nil
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			low := max(0, n-2) // the days of the week begin with 1
			if v.Int() < int64(low) || v.Int() > int64(most) {
				return outOfRange(low, most)
			}
			return c.Do(ctx, func(tx *hw.Tx) error {
				p, err := registersFrom(tx, c.ROM(), at)
				if err != nil {
					return err
				}
				return chronWrite(tx, c.ROM(), at, p[0]&0x80|toBCD(int(v.Int())))
			})
		},
	}
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

// chronHistogram is how many samples were in each range of four codes.
func chronHistogram(ctx context.Context, c Chip, e Element) (Value, error) {
	if e.Index >= 0 {
		p, err := chronRead(ctx, c, chronBins+2*e.Index)
		if err != nil {
			return Value{}, err
		}
		return Int(int64(binary.LittleEndian.Uint16(p))), nil
	}
	p, err := chronReadN(ctx, c, chronBins, 4*chronPage)
	if err != nil {
		return Value{}, err
	}
	list := make([]Value, chronBinCount)
	for i := range list {
		list[i] = Int(int64(binary.LittleEndian.Uint16(p[2*i:])))
	}
	return List(list...), nil
}

// chronBinTemperature is where a range of the histogram begins.
func chronBinTemperature(_ context.Context, c Chip, e Element) (Value, error) {
	k := chronKindOf(c.ROM())
	if e.Index >= 0 {
		return Num(k.zero + float64(4*e.Index)*k.step), nil
	}
	list := make([]Value, chronBinCount)
	for i := range list {
		list[i] = Num(k.zero + float64(4*i)*k.step)
	}
	return List(list...), nil
}

// A chronReport is what the registers tell of a mission.
type chronReport struct {
	started  time.Time
	every    time.Duration
	samples  int
	rollover bool
}

func chronReported(ctx context.Context, c Chip) (r chronReport, err error) {
	p, err := chronRead(ctx, c, chronRate)
	if err != nil {
		return r, err
	}
	s := p[chronStamp-chronRate:]
	return chronReport{
		started:  bcdTime(0, s[0], s[1], s[2], s[3], s[4]),
		every:    time.Duration(p[0]) * time.Minute,
		samples:  chronNumber(p[chronSamples-chronRate:]),
		rollover: p[chronControl-chronRate]&chronRollover != 0,
	}, nil
}

// at is when a sample was taken. The first one is a period after the time stamp
// (DS1921H/Z page 11); a delay that there was before it has been counted down,
// and nobody knows it any more.
func (r chronReport) at(sample int) time.Time {
	return r.started.Add(time.Duration(sample+1) * r.every)
}

// kept tells which samples are in the log: so many, from the first.
func (r chronReport) kept() (first, n int) {
	if r.rollover && r.samples > chronLogSize {
		return r.samples - chronLogSize, chronLogSize
	}
	return 0, min(r.samples, chronLogSize)
}

func chronStarted(ctx context.Context, c Chip, _ Element) (Value, error) {
	r, err := chronReported(ctx, c)
	return Int(r.started.Unix()), err
}

func chronLogged(ctx context.Context, c Chip, _ Element) (Value, error) {
	r, err := chronReported(ctx, c)
	_, n := r.kept()
	return Int(int64(n)), err
}

// chronEntry says which sample an element of the log is, the oldest first.
func chronEntry(r chronReport, e Element) (sample int, err error) {
	first, n := r.kept()
	if e.Index >= n {
		return 0, fmt.Errorf("the log has %d elements: %w", n, syscall.ERANGE)
	}
	return first + e.Index, nil
}

func chronLogTemperature(ctx context.Context, c Chip, e Element) (Value, error) {
	r, err := chronReported(ctx, c)
	if err != nil {
		return Value{}, err
	}
	k := chronKindOf(c.ROM())
	if e.Index >= 0 {
		sample, err := chronEntry(r, e)
		if err != nil {
			return Value{}, err
		}
		p, err := chronRead(ctx, c, chronLog+sample%chronLogSize)
		if err != nil {
			return Value{}, err
		}
		return Num(k.celsius(p[0])), nil
	}
	first, n := r.kept()
	p, err := chronReadN(ctx, c, chronLog, (n+chronPage-1)/chronPage*chronPage)
	if err != nil {
		return Value{}, err
	}
	list := make([]Value, chronLogSize)
	for i := range list {
		list[i] = Num(math.NaN())
		if i < n {
			list[i] = Num(k.celsius(p[(first+i)%chronLogSize]))
		}
	}
	return List(list...), nil
}

func chronLogTime(spell func(time.Time) Value) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, e Element) (Value, error) {
		r, err := chronReported(ctx, c)
		if err != nil {
			return Value{}, err
		}
		if e.Index >= 0 {
			sample, err := chronEntry(r, e)
			if err != nil {
				return Value{}, err
			}
			return spell(r.at(sample)), nil
		}
		first, n := r.kept()
		list := make([]Value, chronLogSize)
		for i := range list {
			list[i] = spell(time.Unix(0, 0))
			if i < n {
				list[i] = spell(r.at(first + i))
			}
		}
		return List(list...), nil
	}
}

// chronExcursions are the drivers of the times that a limit was passed. The log
// has four bytes for each: the number of the sample, counted from 1, and for how
// many samples it went on (DS1921H/Z page 14).
func chronExcursions(dir string, log, limit int) Drivers {
	each := func(f func(r chronReport, sample, length int) Value) Driver {
		return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			r, p, err := chronExcursionLog(ctx, c, log)
			if err != nil {
				return Value{}, err
			}
			list := make([]Value, chronTimes)
			for i := range list {
				list[i] = f(r, chronNumber(p[4*i:]), int(p[4*i+3]))
			}
			return List(list...), nil
		}}
	}
	when := func(spell func(time.Time) Value, length int) Driver {
		return each(func(r chronReport, sample, n int) Value {
			if n == 0 {
				return spell(time.Unix(0, 0))
			}
			return spell(r.at(sample - 1 + length*n))
		})
	}
	return Drivers{
		dir + "count": each(func(_ chronReport, _, n int) Value { return Int(int64(n)) }),
		dir + "date":  when(Moment, 0),
		dir + "end":   when(Moment, 1),
		dir + "udate": when(func(t time.Time) Value { return Int(t.Unix()) }, 0),
		dir + "elements": {Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			_, p, err := chronExcursionLog(ctx, c, log)
			n := 0
			for i := 3; i < len(p) && p[i] > 0; i += 4 {
				n++
			}
			return Int(int64(n)), err
		}},
		dir + "temperature": {
			Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
				p, err := chronRead(ctx, c, limit)
				if err != nil {
					return Value{}, err
				}
				return Num(chronKindOf(c.ROM()).celsius(p[0])), nil
			},
			Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
				k := chronKindOf(c.ROM())
				code := math.Round((v.Num() - k.zero) / k.step)
				if !(code >= 0 && code <= 255) {
					return outOfRange(k.zero, k.celsius(255))
				}
				return c.Do(ctx, func(tx *hw.Tx) error { return chronWrite(tx, c.ROM(), limit, byte(code)) })
			},
		},
	}
}

// chronExcursionLog reads the 48 bytes of a log, which are in two pages.
func chronExcursionLog(ctx context.Context, c Chip, log int) (r chronReport, p []byte, err error) {
	if r, err = chronReported(ctx, c); err != nil {
		return r, nil, err
	}
	for len(p) < 4*chronTimes {
		q, err := chronRead(ctx, c, log+len(p))
		if err != nil {
			return r, nil, err
		}
		p = append(p, q...)
	}
	return r, p[:4*chronTimes], nil
}

func chronDelayed(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := chronRead(ctx, c, chronDelay)
	if err != nil {
		return Value{}, err
	}
	return Int(int64(binary.LittleEndian.Uint16(p))), nil
}

func chronSetDelay(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > math.MaxUint16 {
		return outOfRange(0, math.MaxUint16)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		return chronWrite(tx, c.ROM(), chronDelay, byte(v.Int()), byte(v.Int()>>8))
	})
}

// chronClear clears the logs of a mission. The command must come right behind
// the bit that allows it (page 12).
func chronClear(ctx context.Context, c Chip, _ Element, v Value) error {
	if !v.Flag() {
		return nil
	}
	return c.Do(ctx, func(tx *hw.Tx) error { return chronClearNow(ctx, c, tx) })
}

func chronClearNow(ctx context.Context, c Chip, tx *hw.Tx) error {
	p, err := registersFrom(tx, c.ROM(), chronControl)
	if err != nil {
		return err
	}
	if err := chronWrite(tx, c.ROM(), chronControl, p[0]|chronClearable); err != nil {
		return err
	}
	if err := tx.Command(c.ROM(), chronClearMemory); err != nil {
		return err
	}
	if err := c.Sleep(context.WithoutCancel(ctx), time.Millisecond); err != nil {
		return err
	}
	if p, err = registersFrom(tx, c.ROM(), chronStatus); err == nil && p[0]&chronCleared == 0 {
		err = unverified("DS1921 cleared memory")
	}
	return err
}

// chronRun stops a mission, or starts one with the period that there is, which
// needs a memory that was cleared.
func chronRun(ctx context.Context, c Chip, _ Element, v Value) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := registersFrom(tx, c.ROM(), chronRate)
		if err != nil {
			return err
		}
		status := p[chronStatus-chronRate]
		switch running := status&chronMission != 0; {
		case running == v.Flag():
			return nil
		case running:
			return chronWrite(tx, c.ROM(), chronStatus, status&^chronMission)
		case status&chronCleared == 0 || p[0] == 0:
			return fmt.Errorf("a mission needs a cleared memory and then a frequency; easystart does all of it: %w", syscall.EINVAL)
		}
		return chronStart(tx, c.ROM(), p[0])
	})
}

// chronStart writes the period, with which a mission begins if it may.
func chronStart(tx *hw.Tx, rom hw.ROM, minutes byte) error {
	if err := chronWrite(tx, rom, chronRate, minutes); err != nil {
		return err
	}
	p, err := registersFrom(tx, rom, chronStatus)
	if err == nil && p[0]&chronMission == 0 {
		err = fmt.Errorf("the mission has not begun; clock/running and mission/enable must be on: %w", syscall.EINVAL)
	}
	return err
}

// chronEasyStart ends a mission and starts another one with a sample every so
// many minutes, and the clock and the mission enabled. The logs are cleared.
func chronEasyStart(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 1 || v.Int() > 255 {
		return outOfRange(1, 255)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := chronSet(tx, c.ROM(), chronStatus, chronMission, false); err != nil {
			return err
		}
		if err := chronClearNow(ctx, c, tx); err != nil {
			return err
		}
		for _, bit := range []byte{chronStopped, chronDisabled} {
			if err := chronSet(tx, c.ROM(), chronControl, bit, false); err != nil {
				return err
			}
		}
		return chronStart(tx, c.ROM(), byte(v.Int()))
	})
}
