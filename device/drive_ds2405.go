// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"

	"owfs/hw"
)

// The DS2405, from its data sheet (15 pages): ROM commands from page 5 on. It has
// no other ones. To be matched toggles the output; the search for active chips finds
// those whose output conducts; and behind a search that ended at the chip, read
// slots tell the level of the pin.

func ds2405Drivers() Drivers {
	return Drivers{
		"PIO":    {Read: ds2405PIO, Write: ds2405SetPIO},
		"sensed": {Read: ds2405Sensed},
	}
}

// ds2405Searches is how often a chip must not be found in the search for active
// ones to be believed to be off, if nothing else proves it. A search that finds
// it is no accident; one that a single wrong bit has led astray can be.
const ds2405Searches = 5

// ds2405On tells whether the output conducts.
func ds2405On(tx *hw.Tx, rom hw.ROM) (bool, error) {
	for range ds2405Searches {
		on, err := tx.Verify(hw.AlarmSearch, rom)
		if err != nil || on {
			return on, err
		}
		// A pin that is high is not pulled low by the output.
		high, err := ds2405Level(tx, rom)
		if err != nil || high {
			return false, err
		}
	}
	return false, nil
}

// ds2405Level finds the chip by a search and reads the level of its pin. There
// is no CRC: a byte's worth of slots must agree.
func ds2405Level(tx *hw.Tx, rom hw.ROM) (bool, error) {
	there, err := tx.Verify(hw.SearchROM, rom)
	if err != nil {
		return false, err
	}
	if !there {
		return false, hw.ErrNoPresence
	}
	level := make([]byte, 1)
	if err := tx.Read(level); err != nil {
		return false, err
	}
	if level[0] != 0x00 && level[0] != 0xFF {
		return false, unverified("DS2405 level")
	}
	return level[0] == 0xFF, nil
}

func ds2405PIO(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		on, err := ds2405On(tx, c.ROM())
		v = Flag(on)
		return err
	})
	return v, err
}

func ds2405Sensed(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		high, err := ds2405Level(tx, c.ROM())
		v = Flag(high)
		return err
	})
	return v, err
}

// ds2405SetPIO toggles the output if it is not as wanted. It begins with what
// the output is, so that it can be done twice.
func ds2405SetPIO(ctx context.Context, c Chip, _ Element, v Value) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		on, err := ds2405On(tx, c.ROM())
		if err != nil || on == v.Flag() {
			return err
		}
		if err := tx.Select(c.ROM()); err != nil {
			return err
		}
		if on, err = ds2405On(tx, c.ROM()); err == nil && on != v.Flag() {
			err = unverified("DS2405 output")
		}
		return err
	})
}
