// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"math"
	"time"

	"owfs/hw"
)

// The thermostat DS1821, from its data sheet (18 pages): temperatures pages 5
// and 6, status register page 8, commands pages 11 to 13, example page 14. It
// has no ROM code, and must be the only device on its line: what follows a reset
// is a command. There is no CRC; what is read is read twice.
const (
	ds1821Start       = 0xEE
	ds1821Stop        = 0x22
	ds1821Temperature = 0xAA
	ds1821Counter     = 0xA0
	ds1821LoadCounter = 0x41
	ds1821ReadHigh    = 0xA1
	ds1821ReadLow     = 0xA2
	ds1821WriteHigh   = 0x01
	ds1821WriteLow    = 0x02
	ds1821ReadStatus  = 0xAC
	ds1821WriteStatus = 0x0C

	ds1821OneShot    = 0x01 // measures once at a time, else all the time
	ds1821Polarity   = 0x02 // 1: as thermostat, DQ is high when it is too hot
	ds1821Thermostat = 0x04 // is a thermostat when it powers up next
	ds1821LowFlag    = 0x08 // it has been colder than TL
	ds1821HighFlag   = 0x10
	ds1821One        = 0x40
	ds1821Done       = 0x80 // has measured; 0 while it does

	ds1821ConvertTime = time.Second
	ds1821EEPROMTime  = 10 * time.Millisecond
)

func ds1821Drivers() Drivers {
	return Drivers{
		"temperature":    {Read: ds1821ReadTemperature},
		"temphigh":       ds1821Limit(ds1821ReadHigh, ds1821WriteHigh),
		"templow":        ds1821Limit(ds1821ReadLow, ds1821WriteLow),
		"temphighflag":   ds1821Flag(ds1821HighFlag),
		"templowflag":    ds1821Flag(ds1821LowFlag),
		"polarity":       ds1821Flag(ds1821Polarity),
		"thermostatmode": ds1821Flag(ds1821Thermostat),
		"1shot":          {Read: ds1821Flag(ds1821OneShot).Read, Write: ds1821SetOneShot},
	}
}

// ds1821Tell sends a command behind a reset.
func ds1821Tell(tx *hw.Tx, command ...byte) error {
	if err := tx.Reset(); err != nil {
		return err
	}
	return tx.Write(command...)
}

// ds1821Ask reads a register of so many bits, twice.
func ds1821Ask(tx *hw.Tx, bits int, command byte) (int, error) {
	var got [2]int
	for i := range got {
		if err := ds1821Tell(tx, command); err != nil {
			return 0, err
		}
		var p [1]byte
		if err := tx.Read(p[:]); err != nil {
			return 0, err
		}
		got[i] = int(p[0])
		for bit := 8; bit < bits; bit++ {
			b, err := tx.Bit()
			if err != nil {
				return 0, err
			}
			got[i] |= int(b) << bit
		}
	}
	if got[0] != got[1] {
		return 0, tx.CRCFailed("DS1821 register read twice")
	}
	return got[0], nil
}

// ds1821Status reads the status register. One bit of it is always 1, and all of
// them never are: that is how other devices, and no device, answer.
func ds1821Status(tx *hw.Tx) (byte, error) {
	s, err := ds1821Ask(tx, 8, ds1821ReadStatus)
	switch {
	case err != nil:
		return 0, err
	case s == 0xFF:
		return 0, fmt.Errorf("the line has no DS1821 that is in 1-Wire mode: %w", hw.ErrNoPresence)
	case s&ds1821One == 0:
		return 0, tx.CRCFailed("DS1821 status")
	}
	return byte(s), nil
}

// ds1821ReadTemperature measures. A chip that measures all the time gives whole
// degrees; of one that does so once at a time, what its counter shows can be
// read too (page 6).
func ds1821ReadTemperature(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	status, err := ds1821Measured(ctx, c)
	if err != nil {
		return Value{}, err
	}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		t, err := ds1821Degrees(tx, ds1821Temperature)
		if err == nil && status&ds1821OneShot != 0 {
			t, err = ds1821Fine(tx, t)
		}
		v = Num(t)
		return err
	})
	return v, err
}

// ds1821Measured sees to it that the chip has measured, and returns its status.
// One that should measure all the time does not before it is started once.
func ds1821Measured(ctx context.Context, c Chip) (status byte, err error) {
	read := func(tx *hw.Tx) (err error) {
		status, err = ds1821Status(tx)
		return err
	}
	started := false
	err = c.Do(ctx, func(tx *hw.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		started = status&(ds1821OneShot|ds1821Done) != 0
		if !started {
			return nil
		}
		return ds1821Tell(tx, ds1821Start)
	})
	if err != nil || !started {
		return status, err
	}
	if status&ds1821OneShot == 0 {
		return status, c.Sleep(ctx, ds1821ConvertTime)
	}
	const pause = ds1821ConvertTime / 10
	for range 10 {
		if err := c.Sleep(ctx, pause); err != nil {
			return 0, err
		}
		if err := patiently(func() error { return c.Do(ctx, read) }); err != nil || status&ds1821Done != 0 {
			return status, err
		}
	}
	return status, nil // DONE may come a little late, but the time is over
}

// ds1821Degrees reads a temperature in whole degrees Celsius.
func ds1821Degrees(tx *hw.Tx, command byte) (float64, error) {
	t, err := ds1821Ask(tx, 8, command)
	if err != nil {
		return 0, err
	}
	degrees := float64(int8(t))
	if degrees < ds1821Coldest || degrees > ds1821Hottest {
		return 0, tx.CRCFailed("DS1821 temperature")
	}
	return degrees, nil
}

const ds1821Coldest, ds1821Hottest = -55, 125

// ds1821Fine adds what the counter has left to a temperature in whole degrees.
func ds1821Fine(tx *hw.Tx, t float64) (float64, error) {
	remain, err := ds1821Ask(tx, 9, ds1821Counter)
	if err != nil {
		return 0, err
	}
	if err := ds1821Tell(tx, ds1821LoadCounter); err != nil {
		return 0, err
	}
	perDegree, err := ds1821Ask(tx, 9, ds1821Counter)
	if err != nil {
		return 0, err
	}
	if perDegree == 0 || remain > perDegree {
		return 0, tx.CRCFailed("DS1821 counter")
	}
	return t - 0.5 + float64(perDegree-remain)/float64(perDegree), nil
}

// ds1821Limit is one of the two temperatures of the thermostat, in whole
// degrees.
func ds1821Limit(read, write byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = c.Do(ctx, func(tx *hw.Tx) error {
				if _, err := ds1821Status(tx); err != nil {
					return err
				}
				t, err := ds1821Degrees(tx, read)
				v = Num(t)
				return err
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			t := math.Round(v.Num())
			if !(t >= ds1821Coldest && t <= ds1821Hottest) {
				return outOfRange(ds1821Coldest, ds1821Hottest)
			}
			return c.Do(ctx, func(tx *hw.Tx) error {
				if _, err := ds1821Status(tx); err != nil {
					return err
				}
				if err := ds1821Tell(tx, write, byte(int8(t))); err != nil {
					return err
				}
				if err := c.Sleep(ctx, ds1821EEPROMTime); err != nil {
					return err
				}
				got, err := ds1821Degrees(tx, read)
				if err == nil && got != t {
					err = unverified("DS1821 limit")
				}
				return err
			})
		},
	}
}

// ds1821Flag is a bit of the status register.
func ds1821Flag(mask byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = c.Do(ctx, func(tx *hw.Tx) error {
				status, err := ds1821Status(tx)
				v = Flag(status&mask != 0)
				return err
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			return c.Do(ctx, func(tx *hw.Tx) error { return ds1821SetFlag(ctx, c, tx, mask, v.Flag()) })
		},
	}
}

// ds1821SetFlag changes a bit of the status register. A chip that measures may
// have set its flags anew meanwhile, so that those are not compared.
func ds1821SetFlag(ctx context.Context, c Chip, tx *hw.Tx, mask byte, on bool) error {
	status, err := ds1821Status(tx)
	if err != nil {
		return err
	}
	const writable = ds1821OneShot | ds1821Polarity | ds1821Thermostat | ds1821LowFlag | ds1821HighFlag
	want := status & writable &^ mask
	if on {
		want |= mask
	}
	if want == status&writable {
		return nil
	}
	if err := ds1821Tell(tx, ds1821WriteStatus, want); err != nil {
		return err
	}
	if err := c.Sleep(ctx, ds1821EEPROMTime); err != nil {
		return err
	}
	const settings = ds1821OneShot | ds1821Polarity | ds1821Thermostat
	got, err := ds1821Status(tx)
	if err == nil && ((got^want)&settings != 0 || want&^got != 0) {
		err = unverified("DS1821 status")
	}
	return err
}

// ds1821SetOneShot changes the mode, and begins to measure all the time or ends
// it: the chip does neither by itself.
func ds1821SetOneShot(ctx context.Context, c Chip, _ Element, v Value) error {
	err := c.Do(ctx, func(tx *hw.Tx) error {
		if err := ds1821SetFlag(ctx, c, tx, ds1821OneShot, v.Flag()); err != nil {
			return err
		}
		if v.Flag() {
			return ds1821Tell(tx, ds1821Stop)
		}
		return ds1821Tell(tx, ds1821Start)
	})
	if err != nil || v.Flag() {
		return err
	}
	return c.Sleep(ctx, ds1821ConvertTime) // there is nothing to read before
}
