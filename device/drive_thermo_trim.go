// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"owfs/hw"
)

// The trim is how a thermometer was calibrated in the factory: two bytes of its
// EEPROM that no data sheet tells of. Chips of the die B7 can lose them when
// their power comes, and show up to 60 °C too much or too little then. Dallas'
// paper about it (AN247, DS18x20 EEPROM corruption issue, 2004) has the
// commands, the value that is nearly right for every such chip, and what a good
// one looks like. How the commands work on later dies is told in
// github.com/cpetrich/counterfeit_DS18B20.
const (
	readTrim1  = 0x93
	readTrim2  = 0x68
	writeTrim1 = 0x95 // the next byte to the register
	writeTrim2 = 0x63
	keepTrim1  = 0x94 // the register to the EEPROM
	keepTrim2  = 0x64

	blanketTrim = 0xBB9D // the second byte is the upper one
)

// trimmed adds the drivers of a thermometer's errata, with the serial numbers at
// which the dies B7 and C2 begin.
func (d Drivers) trimmed(b7, c2 uint64) Drivers {
	dies := die(b7, c2)
	// concerned tells whether the paper is about this chip.
	concerned := func(ctx context.Context, c Chip) bool {
		v, err := dies.Read(ctx, c, Element{})
		return err == nil && string(v.Bytes()) != "B6"
	}
	set := func(ctx context.Context, c Chip, trim uint16) error {
		if !concerned(ctx, c) {
			return errOldDie
		}
		return setTrim(ctx, c, trim)
	}
	d["errata/die"] = dies
	d["errata/trim"] = Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			trim, err := getTrim(ctx, c)
			return Int(int64(trim)), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Int() < 0 || v.Int() > 0xFEFF {
				return outOfRange(0, 0xFEFF) // FF is what a chip reads that has no trim
			}
			return set(ctx, c, uint16(v.Int()))
		},
	}
	d["errata/trimblanket"] = Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			if !concerned(ctx, c) {
				return Value{}, errOldDie
			}
			trim, err := getTrim(ctx, c)
			return Flag(trim == blanketTrim), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if !v.Flag() {
				return nil
			}
			return set(ctx, c, blanketTrim)
		},
	}
	d["errata/trimvalid"] = Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
		if !concerned(ctx, c) {
			return Flag(true), nil // they don't lose it
		}
		trim, err := getTrim(ctx, c)
		low := trim & 7
		return Flag(trim>>8 == blanketTrim>>8 && (low == 5 || low == 3)), err
	}}
	return d
}

var errOldDie = fmt.Errorf("the trim of the die B6 is not to be changed, see errata/die: %w", syscall.EINVAL)

// trimByte reads a byte that has no CRC, until two readings agree. A chip that has
// not heard the question is silent, which looks like FF, so that after that it is
// asked again.
func trimByte(tx *hw.Tx, rom hw.ROM, command byte) (byte, error) {
	for range 3 {
		p, err := agreed(tx, rom, "trim", 1, command)
		if err != nil {
			return 0, err
		}
		if p[0] != 0xFF {
			return p[0], nil
		}
	}
	return 0xFF, nil
}

func readTrim(tx *hw.Tx, rom hw.ROM) (uint16, error) {
	low, err := trimByte(tx, rom, readTrim1)
	if err != nil {
		return 0, err
	}
	high, err := trimByte(tx, rom, readTrim2)
	if err == nil && high == 0xFF {
		err = fmt.Errorf("the chip does not tell its trim, as most clones: %w", errors.ErrUnsupported)
	}
	return uint16(high)<<8 | uint16(low), err
}

func getTrim(ctx context.Context, c Chip) (trim uint16, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		trim, err = readTrim(tx, c.ROM())
		return err
	})
	return trim, err
}

// setTrim writes the registers and reads them back before they go into the
// EEPROM, so that what is there is the old trim or the wanted one.
func setTrim(ctx context.Context, c Chip, trim uint16) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		old, err := readTrim(tx, c.ROM())
		if err != nil {
			return err
		}
		for _, command := range [][]byte{{writeTrim1, byte(trim)}, {writeTrim2, byte(trim >> 8)}} {
			if err := tx.Command(c.ROM(), command...); err != nil {
				return err
			}
		}
		got, err := readTrim(tx, c.ROM())
		if err == nil && got != trim {
			err = unverified(fmt.Sprintf("trim %#x in place of %#x", got, old))
		}
		if err != nil {
			return err
		}
		return keepTrim(tx, c.ROM())
	})
}

// keepTrim puts the registers into the EEPROM. Before the next power-on nobody can
// tell whether that was done, so that the chip is told three times.
func keepTrim(tx *hw.Tx, rom hw.ROM) error {
	for _, command := range []byte{keepTrim1, keepTrim2} {
		for range 3 {
			if err := tx.Select(rom); err != nil {
				return err
			}
			if err := tx.Power(command, copyTime); err != nil {
				return err
			}
		}
	}
	return nil
}
