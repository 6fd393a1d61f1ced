// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

func loggerDelayed(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := loggerRead(ctx, c, loggerDelay)
	if err != nil {
		return Value{}, err
	}
	return Int(int64(chronNumber(p))), nil
}

func loggerSetDelay(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() >= 1<<24 {
		return outOfRange(0, 1<<24-1)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		return loggerWrite(tx, c.ROM(), loggerDelay, byte(v.Int()), byte(v.Int()>>8), byte(v.Int()>>16))
	})
}

// loggerRun starts or stops a mission; to start one the clock must run, and the
// memory be clear (page 31). There is no property that clears it: a mission that
// is started does, with the flags of the alarms, unless somebody has cleared it.
func loggerRun(ctx context.Context, c Chip, _ Element, v Value) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := loggerFrom(tx, c.ROM(), loggerRTC)
		if err != nil {
			return err
		}
		switch status := p[loggerStatus-loggerRTC]; {
		case status&loggerRunning != 0 == v.Flag():
			return nil
		case !v.Flag():
			return loggerTell(ctx, c, tx, loggerStop, loggerRunning, 0)
		case p[0]&loggerClockOn == 0:
			return fmt.Errorf("a mission needs a running clock; write 1 to clock/running: %w", syscall.EINVAL)
		case status&loggerCleared == 0:
			if err := loggerTell(ctx, c, tx, loggerClear, loggerCleared, loggerCleared); err != nil {
				return err
			}
		}
		if err := loggerSample(tx, c.ROM(), p[loggerMission-loggerRTC]); err != nil {
			return err
		}
		return loggerTell(ctx, c, tx, loggerStart, loggerRunning, loggerRunning)
	})
}

// loggerTell gives a command about the mission, and compares the bits of the
// status that it changes.
func loggerTell(ctx context.Context, c Chip, tx *hw.Tx, command, mask, want byte) error {
	const dummy = 0xFF
	if err := tx.Command(c.ROM(), append(append([]byte{command}, loggerPassword()...), dummy)...); err != nil {
		return err
	}
	if err := c.Sleep(context.WithoutCancel(ctx), time.Millisecond); err != nil {
		return err
	}
	p, err := loggerFrom(tx, c.ROM(), loggerStatus)
	if err == nil && p[0]&mask != want {
		err = unverified("logger's mission")
	}
	return err
}

// loggerSample lets a mission that would measure nothing measure all that the
// chip can, as finely as it can. control is what the mission's register holds.
func loggerSample(tx *hw.Tx, rom hw.ROM, control byte) error {
	if control&(loggerTempOn|loggerHumidOn) != 0 {
		return nil
	}
	kind, err := loggerFrom(tx, rom, loggerConfig)
	if err != nil {
		return err
	}
	control |= loggerTempOn | loggerTempFine
	if kind[0] == loggerDS1923 {
		control |= loggerHumidOn | loggerHumFine
	}
	return loggerWrite(tx, rom, loggerMission, control)
}
