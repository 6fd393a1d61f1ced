// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// The loggers DS1922L, DS1922T and DS1923, from the data sheets of the DS1922L/T
// (48 pages: registers pages 14 to 25, commands pages 26 to 32) and of the
// DS1923 (52 pages). Every command comes with a password, which counts for
// nothing unless one has been set; here it is always the same.
const (
	loggerReadMemory = 0x69 // with a CRC behind each page, which leaves out the password
	loggerCopyPad    = 0x99
	loggerClear      = 0x96
	loggerStart      = 0xCC
	loggerStop       = 0x33
	loggerConvert    = 0x55

	loggerClock   = 0x200
	loggerCelsius = 0x20C // and behind it the humidity
	loggerRTC     = 0x212
	loggerMission = 0x213
	loggerStatus  = 0x215
	loggerDelay   = 0x216
	loggerConfig  = 0x226

	loggerClockOn  = 0x01 // EOSC
	loggerTempOn   = 0x01 // ETL
	loggerHumidOn  = 0x02 // EHL
	loggerTempFine = 0x04 // TLFS: 16 bits
	loggerHumFine  = 0x08 // HLFS
	loggerRollover = 0x10 // RO
	loggerRunning  = 0x02 // MIP
	loggerCleared  = 0x08 // MEMCLR

	loggerPage  = 32
	loggerPages = 16 // that are memory; behind them are two of registers
)

// loggerDS1923 is the configuration of the kind that measures humidity.
const loggerDS1923 = 0x20

// loggerConvertTime is how long a forced conversion takes, at most.
const loggerConvertTime = 670 * time.Millisecond

func loggerPassword() []byte { return bytes.Repeat([]byte{0xFF}, 8) }

// errConfig says that the chip is another one of the family.
var errConfig = errors.New("this kind of logger")

func ds1923Drivers() Drivers {
	return Drivers{
		"clock/date":               dateOf("clock/udate"),
		"clock/udate":              {Read: loggerTime, Write: loggerSetTime},
		"clock/running":            loggerBit(loggerRTC, loggerClockOn),
		"temperature":              {Read: loggerTemperature},
		"humidity":                 {Read: loggerHumidity},
		"mission/delay":            {Read: loggerDelayed, Write: loggerSetDelay},
		"mission/rollover":         loggerBit(loggerMission, loggerRollover),
		"mission/running":          {Read: loggerBit(loggerStatus, loggerRunning).Read, Write: loggerRun},
		"mission/samplingtemp":     loggerBit(loggerMission, loggerTempOn).readOnly(),
		"mission/samplinghumidity": loggerBit(loggerMission, loggerHumidOn).readOnly(),
		"pages/page":               {Read: loggerReadPage, Write: loggerWritePage},
	}
}

// loggerFrom reads from an address to the end of its page.
func loggerFrom(tx *hw.Tx, rom hw.ROM, at int) ([]byte, error) {
	command := addressed(loggerReadMemory, at)
	n := loggerPage - at%loggerPage
	p, err := tx.Exchange(rom, n+2, append(bytes.Clone(command), loggerPassword()...)...)
	if err != nil {
		return nil, err
	}
	if !tx.CheckCRC16(hw.CRC16(0, command), p) {
		return nil, tx.CRCFailed("logger's memory (it does not answer either if it has a password)")
	}
	return p[:n], nil
}

func loggerRead(ctx context.Context, c Chip, at int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = loggerFrom(tx, c.ROM(), at)
		return err
	})
	return p, err
}

// loggerWrite writes by way of the scratchpad, which is compared before it is
// copied. During a mission the registers can't be written (page 15).
func loggerWrite(tx *hw.Tx, rom hw.ROM, at int, data ...byte) error {
	if at >= loggerClock {
		status, err := loggerFrom(tx, rom, loggerStatus)
		if err != nil {
			return err
		}
		if status[0]&loggerRunning != 0 {
			return fmt.Errorf("a mission is under way; stop it first: %w", syscall.EBUSY)
		}
	}
	return padPut(tx, rom, "logger's memory (unless it has a password)", at, data, loggerPassword())
}

func loggerBit(at int, mask byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			p, err := loggerRead(ctx, c, at)
			return Flag(err == nil && p[0]&mask != 0), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			return c.Do(ctx, func(tx *hw.Tx) error {
				p, err := loggerFrom(tx, c.ROM(), at)
				if err != nil || p[0]&mask != 0 == v.Flag() {
					return err
				}
				return loggerWrite(tx, c.ROM(), at, p[0]^mask)
			})
		},
	}
}

func loggerTime(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := loggerRead(ctx, c, loggerClock)
	if err != nil {
		return Value{}, err
	}
	return Int(bcdTime(p[0], p[1], p[2], p[3], p[4], p[5]).Unix()), nil
}

func loggerSetTime(ctx context.Context, c Chip, _ Element, v Value) error {
	t, err := bcdMoment(v)
	if err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		second, minute, hour, _, date, month, year := bcdRegisters(t)
		return loggerWrite(tx, c.ROM(), loggerClock, second, minute, hour, date, month, year)
	})
}

// loggerStartClock starts a clock that stands: a conversion without it would
// destroy the chip (page 18, EOSC).
func loggerStartClock(ctx context.Context, c Chip) error {
	stood := false
	err := patiently(func() error {
		return c.Do(ctx, func(tx *hw.Tx) error {
			p, err := loggerFrom(tx, c.ROM(), loggerRTC)
			if err != nil || p[0]&loggerClockOn != 0 {
				return err
			}
			stood = true
			if err := loggerWrite(tx, c.ROM(), loggerRTC, p[0]|loggerClockOn); err != nil {
				return err
			}
			p, err = loggerFrom(tx, c.ROM(), loggerRTC)
			if err == nil && p[0]&loggerClockOn == 0 {
				err = unverified("logger's clock that was started")
			}
			return err
		})
	})
	if err != nil || !stood {
		return err
	}
	return c.Sleep(ctx, clockStart)
}

// loggerMeasure makes a conversion and returns the page of registers. During a
// mission there is no conversion but the mission's.
func loggerMeasure(ctx context.Context, c Chip) (p []byte, err error) {
	if err := loggerStartClock(ctx, c); err != nil {
		return nil, err
	}
	const dummy = 0xFF
	err = c.Do(ctx, func(tx *hw.Tx) error { return tx.Command(c.ROM(), loggerConvert, dummy) })
	if err != nil {
		return nil, err
	}
	if err := c.Sleep(ctx, loggerConvertTime); err != nil {
		return nil, err
	}
	err = patiently(func() error {
		return c.Do(ctx, func(tx *hw.Tx) error {
			if p, err = loggerFrom(tx, c.ROM(), loggerClock); err != nil {
				return err
			}
			kind, err := loggerFrom(tx, c.ROM(), loggerConfig)
			if err == nil {
				c.SetFact("logger", kind[0])
			}
			return err
		})
	})
	return p, err
}

// loggerTemperature is 11 bits in 16, half a degree in the upper byte (page 20).
// What is zero depends on the kind of logger.
func loggerTemperature(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := loggerMeasure(ctx, c)
	if err != nil {
		return Value{}, err
	}
	var zero float64
	switch kind, _ := c.Fact("logger").(byte); kind {
	case loggerDS1923, 0x40: // and the DS1922L
		zero = -41
	case 0x60: // DS1922T
		zero = -1
	default:
		return Value{}, fmt.Errorf("%w (%02X) has an unknown scale: %w", errConfig, kind, errors.ErrUnsupported)
	}
	at := p[loggerCelsius-loggerClock:]
	return Num(float64(at[1])/2 + float64(at[0])/512 + zero), nil
}

// loggerHumidity is 12 bits of 5.02 V, from the sensor's line of 0.0307 V for 1 %
// and 0.958 V at 0 (DS1923 page 18), not corrected for the temperature.
func loggerHumidity(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := loggerMeasure(ctx, c)
	if err != nil {
		return Value{}, err
	}
	if c.Fact("logger") != byte(loggerDS1923) {
		return Value{}, fmt.Errorf("%w does not measure humidity: %w", errConfig, errors.ErrUnsupported)
	}
	at := p[loggerCelsius+2-loggerClock:]
	volts := float64(int(at[1])<<4|int(at[0])>>4) * 5.02 / 4096
	return Num((volts - 0.958) / 0.0307), nil
}

func loggerReadPage(ctx context.Context, c Chip, e Element) (Value, error) {
	p, err := loggerRead(ctx, c, e.Index*loggerPage)
	return Bytes(p), err
}

// loggerWritePage writes the beginning of a page, if it is another one. The
// pages of registers have properties of their own.
func loggerWritePage(ctx context.Context, c Chip, e Element, v Value) error {
	switch {
	case len(v.Bytes()) > loggerPage:
		return tooLong(loggerPage)
	case e.Index >= loggerPages:
		return fmt.Errorf("page %d is the logger's registers, not memory: %w", e.Index, syscall.EPERM)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		at := e.Index * loggerPage
		old, err := loggerFrom(tx, c.ROM(), at)
		if err != nil || bytes.HasPrefix(old, v.Bytes()) {
			return err
		}
		if err := loggerWrite(tx, c.ROM(), at, v.Bytes()...); err != nil {
			return err
		}
		got, err := loggerFrom(tx, c.ROM(), at)
		if err == nil && !bytes.HasPrefix(got, v.Bytes()) {
			err = unverified("logger's page")
		}
		return err
	})
}
