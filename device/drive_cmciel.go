// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// The sensors of CMC Industrial Electronics, from what OWFS tells of them; there
// are no data sheets to be had. All send a number of 16 bits, the lower byte
// first, and its CRC-8.
const (
	cmcRead   = 0xBE
	cmcConfig = 0x4E // an address, a byte, and the CRC-8 of both

	cmcConfigRegister = 0x55
	cmcUnprotect      = 0x08 // written there before anything else is

	cmcReadMode = 0x80 // of the mVM001

	cmcMultiplexed = 0x8000 // of the mTS017: it sends both temperatures in turn
	cmcAmbient     = 0x4000 // this one is that of the sensor itself
)

// cmcReading reads the number.
func cmcReading(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 3, cmcRead)
		if err != nil {
			return err
		}
		if !tx.CheckCRC8(p) {
			return tx.CRCFailed("reading of the sensor")
		}
		v = Int(int64(binary.LittleEndian.Uint16(p)))
		return nil
	})
	return v, err
}

// cmcDrivers are those of a sensor, each property of which is made from the
// number.
func cmcDrivers(links map[string]func(reading int64) Value) Drivers {
	d := Drivers{"reading": {Read: cmcReading}}
	for name, link := range links {
		d[name] = Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			v, err := c.Read(ctx, "reading", Element{})
			return link(v.Int()), err
		}}
	}
	return d
}

func mrs001Drivers() Drivers {
	return cmcDrivers(map[string]func(int64) Value{
		"RPM": func(n int64) Value { return Int(int64(int16(n))) }, // negative: the other way round
	})
}

func mcm001Drivers() Drivers {
	return cmcDrivers(map[string]func(int64) Value{
		"current": func(n int64) Value { return Num(float64(n) / 100) },
	})
}

// mam001Drivers: 10000 is 20 mA, or 10 V.
func mam001Drivers() Drivers {
	return cmcDrivers(map[string]func(int64) Value{
		"current": func(n int64) Value { return Num(0.02 * float64(n) / 10000) },
		"volts":   func(n int64) Value { return Num(10 * float64(n) / 10000) },
	})
}

// mdi001Drivers: which of its bits tell that a loop is open is not certain.
func mdi001Drivers() Drivers {
	closed := func(n int64) int64 { return n & 15 }
	shorted := func(n int64) int64 { return n >> 4 & 15 }
	return cmcDrivers(map[string]func(int64) Value{
		"switch":        func(n int64) Value { return Int(closed(n)) },
		"shorted":       func(n int64) Value { return Int(shorted(n)) },
		"switch_closed": func(n int64) Value { return Bits(uint64(closed(n))) },
		"loop_shorted":  func(n int64) Value { return Bits(uint64(shorted(n))) },
	})
}

// mvm001Drivers: how long it takes until the number is of another kind after
// the mode was changed is not known, so that RMS and peak can't be told apart.
func mvm001Drivers() Drivers {
	return Drivers{
		"reading":             {Read: cmcReading},
		"configure/read_mode": {Write: mvm001SetMode},
	}
}

func mvm001SetMode(ctx context.Context, c Chip, _ Element, v Value) error {
	mode := v.Int()
	if mode != 1 && mode != 2 && mode != 4 {
		return fmt.Errorf("1 is peak, 2 is RMS, 4 is both in turn, %d is nothing: %w", mode, syscall.ERANGE)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := cmcConfigure(tx, c.ROM(), cmcConfigRegister, cmcUnprotect); err != nil {
			return err
		}
		return cmcConfigure(tx, c.ROM(), cmcReadMode, byte(mode))
	})
}

func cmcConfigure(tx *hw.Tx, rom hw.ROM, at, b byte) error {
	return tx.Command(rom, cmcConfig, at, b, hw.CRC8([]byte{at, b}))
}

func mts017Drivers() Drivers {
	return Drivers{
		"reading": {Read: cmcReading},
		"object":  {Read: mts017Temperature(0, "ambient")},
		"ambient": {Read: mts017Temperature(cmcAmbient, "object")},
	}
}

// mts017Temperature waits for the temperature that is wanted, if the sensor
// sends both in turn. It is in tenths of a degree, in the lower 14 bits.
func mts017Temperature(kind int64, other string) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		const times, pause = 8, 250 * time.Millisecond
		for range times {
			v, err := cmcReading(ctx, c, Element{})
			switch {
			case err != nil:
				return Value{}, err
			case v.Int()&cmcAmbient == kind:
				return Num(float64(int16(v.Int()<<2)>>2) / 10), nil
			case v.Int()&cmcMultiplexed == 0:
				return Value{}, fmt.Errorf("this sensor is set to measure %s only: %w", other, errors.ErrUnsupported)
			}
			if err := c.Sleep(ctx, pause); err != nil {
				return Value{}, err
			}
		}
		return Value{}, fmt.Errorf("the sensor has sent only %s for %v: %w", other, times*pause, syscall.EAGAIN)
	}
}
