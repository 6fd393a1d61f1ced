// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// The coupler DS2409, from its data sheet (18 pages): commands pages 4 to 7,
// status control and status info bytes page 5.
//
// A transaction with it that does not go through it begins with both branches
// off, if one before has switched one on; see hw.Tx.Via. So a branch is seen to
// be on only after branch was written, and until main or aux are used again.
const (
	ds2409StatusCommand = 0x5A
	ds2409AllOff        = 0x66
	ds2409Discharge     = 0x99
	ds2409OnMain        = 0xCC // both with a reset of the branch
	ds2409OnAux         = 0x33

	ds2409Look = 0xFF // a status control byte that changes nothing

	ds2409Inactive = 0 // the places of two bits of the status info byte: main, then
	ds2409Levels   = 1 // two places higher the auxiliary branch
	ds2409Events   = 4 // here the bits stand side by side
	ds2409Output   = 6 // the control output: which branch it goes with, or whether it conducts
	ds2409Manual   = 7
)

// ds2409DischargeTime is how long the lines are held low at least (page 6).
const ds2409DischargeTime = 100 * time.Millisecond

func ds2409Drivers() Drivers {
	return Drivers{
		"branch":     {Read: ds2409Read(ds2409Branch), Write: ds2409SetBranch},
		"event":      {Read: ds2409Read(ds2409Event)},
		"sensed":     {Read: ds2409Read(ds2409Sensed)},
		"control":    {Read: ds2409Read(ds2409Control), Write: ds2409SetControl},
		"clearevent": {Write: ds2409When(ds2409Off)},
		"discharge":  {Write: ds2409When(ds2409Empty)},
	}
}

// ds2409Status does Status Read/Write. The status info byte comes twice.
func ds2409Status(tx *hw.Tx, rom hw.ROM, control byte) (byte, error) {
	p, err := tx.Exchange(rom, 2, ds2409StatusCommand, control)
	if err != nil {
		return 0, err
	}
	if p[0] != p[1] {
		return 0, tx.CRCFailed("DS2409 status read twice")
	}
	return p[0], answered(tx, rom, p)
}

// ds2409Pair is the bit of each branch.
func ds2409Pair(info byte, at, apart int) Value {
	return Bits(uint64(info>>at&1 | info>>(at+apart)&1<<1))
}

func ds2409Branch(info byte) Value { return ds2409Pair(^info, ds2409Inactive, 2) }
func ds2409Sensed(info byte) Value { return ds2409Pair(info, ds2409Levels, 2) }
func ds2409Event(info byte) Value  { return ds2409Pair(info, ds2409Events, 1) }

// ds2409Control is how the control output is set: 0 and 1 are off and on by
// hand, 2 and 3 that it goes with the main or the auxiliary branch.
func ds2409Control(info byte) Value {
	return Int(int64(^info>>ds2409Manual&1<<1 | info>>ds2409Output&1))
}

// ds2409Read reads the status, which tells the cache all that it holds.
func ds2409Read(part func(info byte) Value) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		var info byte
		err := c.Do(ctx, func(tx *hw.Tx) (err error) {
			info, err = ds2409Status(tx, c.ROM(), ds2409Look)
			return err
		})
		if err != nil {
			return Value{}, err
		}
		bits := Element{Index: Byte}
		c.Also("branch", bits, ds2409Branch(info))
		c.Also("event", bits, ds2409Event(info))
		c.Also("sensed", bits, ds2409Sensed(info))
		c.Also("control", Element{}, ds2409Control(info))
		return part(info), nil
	}
}

func ds2409SetControl(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > 3 {
		return outOfRange(0, 3)
	}
	control := [4]byte{0x20, 0xA0, 0x00, 0x40}[v.Int()]
	return c.Do(ctx, func(tx *hw.Tx) error {
		if _, err := ds2409Status(tx, c.ROM(), control); err != nil {
			return err
		}
		info, err := ds2409Status(tx, c.ROM(), ds2409Look)
		if err == nil && ds2409Control(info).Int() != v.Int() {
			err = unverified("DS2409 control output")
		}
		return err
	})
}

// ds2409SetBranch switches a branch on, or with none of them both off, which
// clears the events, too. What is on it then answers as if it were before the
// coupler.
func ds2409SetBranch(ctx context.Context, c Chip, _ Element, v Value) error {
	var command byte
	switch v.Bits() {
	case 0:
		return c.Do(ctx, func(tx *hw.Tx) error { return ds2409Off(ctx, c, tx) })
	case 1:
		command = ds2409OnMain
	case 2:
		command = ds2409OnAux
	default:
		return fmt.Errorf("a coupler has one branch on at most: %w", syscall.EINVAL)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 3, command) // reset of the branch, presence, the command
		if err != nil {
			return err
		}
		if p[2] != command {
			return unverified("DS2409 branch")
		}
		info, err := ds2409Status(tx, c.ROM(), ds2409Look)
		if err == nil && ds2409Branch(info).Bits() != v.Bits() {
			err = unverified("DS2409 branch")
		}
		return err
	})
}

// ds2409When does something when a 1 is written.
func ds2409When(f func(context.Context, Chip, *hw.Tx) error) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		if !v.Flag() {
			return nil
		}
		return c.Do(ctx, func(tx *hw.Tx) error { return f(ctx, c, tx) })
	}
}

// ds2409Off switches both branches off, clears the events and ends a discharge.
func ds2409Off(_ context.Context, c Chip, tx *hw.Tx) error {
	return ds2409Confirmed(tx, c.ROM(), ds2409AllOff)
}

// ds2409Empty takes the power from what is on both branches. The line is not
// left meanwhile: any command to the coupler would end it.
func ds2409Empty(ctx context.Context, c Chip, tx *hw.Tx) error {
	if err := ds2409Confirmed(tx, c.ROM(), ds2409Discharge); err != nil {
		return err
	}
	if err := c.Sleep(context.WithoutCancel(ctx), ds2409DischargeTime); err != nil {
		return err
	}
	return ds2409Confirmed(tx, c.ROM(), ds2409AllOff)
}

// ds2409Confirmed gives a command that the coupler answers with itself.
func ds2409Confirmed(tx *hw.Tx, rom hw.ROM, command byte) error {
	p, err := tx.Exchange(rom, 1, command)
	if err == nil && p[0] != command {
		err = unverified("DS2409 command")
	}
	return err
}
