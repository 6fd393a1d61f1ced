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
		err = fmt.Errorf("the mission has not begun; clock/running must have been on for a second, and mission/enable be on: %w", syscall.EINVAL)
	}
	return err
}

// chronEasyStart ends a mission and starts another one with a sample every so
// many minutes, and the clock and the mission enabled. The logs are cleared.
func chronEasyStart(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 1 || v.Int() > 255 {
		return outOfRange(1, 255)
	}
	if err := chronStartClock(ctx, c); err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := chronSet(tx, c.ROM(), chronStatus, chronMission, false); err != nil {
			return err
		}
		if err := chronClearNow(ctx, c, tx); err != nil {
			return err
		}
		if err := chronSet(tx, c.ROM(), chronControl, chronDisabled, false); err != nil {
			return err
		}
		return chronStart(tx, c.ROM(), byte(v.Int()))
	})
}

// chronStartClock starts a clock that stands. It must have moved on for a second
// before the chip accepts a mission (DS1921H/Z page 9).
func chronStartClock(ctx context.Context, c Chip) error {
	stood := false
	err := c.Do(ctx, func(tx *hw.Tx) error {
		p, err := registersFrom(tx, c.ROM(), chronControl)
		if err != nil || p[0]&chronStopped == 0 {
			return err
		}
		stood = true
		return chronSet(tx, c.ROM(), chronControl, chronStopped, false)
	})
	if err != nil || !stood {
		return err
	}
	return c.Sleep(ctx, clockStart)
}
