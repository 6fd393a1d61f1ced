// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// The DS2430A, from its data sheet (19 pages): memory map page 5, commands pages
// 5 to 8. It knows no CRC.
const (
	ds2430WritePad    = 0x0F
	ds2430ReadPad     = 0xAA
	ds2430CopyPad     = 0x55
	ds2430ReadMemory  = 0xF0
	ds2430WriteApp    = 0x99
	ds2430ReadApp     = 0xC3
	ds2430LockApp     = 0x5A
	ds2430ReadStatus  = 0x66
	ds2430Key         = 0xA5 // without which nothing is copied or locked
	ds2430Locked      = 0xFC
	ds2430StatusStart = 0x00

	ds2430Size    = 32
	ds2430AppSize = 8
	ds2430Takes   = 10 * time.Millisecond
)

func ds2430Drivers() Drivers {
	return pagedChip{
		what: "DS2430A memory", count: 1, size: ds2430Size, row: ds2430Size,
		read: func(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
			return readTwice(tx, rom, "DS2430A memory", n, ds2430ReadMemory, byte(at))
		},
		write: ds2430Write,
	}.drivers().without("pages/page").
		and("status", Driver{Read: ds2430Status}).
		and("application", Driver{Read: ds2430Application, Write: ds2430SetApplication})
}

// ds2430Write changes the scratchpad, which holds the memory since that was
// read, makes sure of all of it, and copies it.
func ds2430Write(tx *hw.Tx, rom hw.ROM, _ int, old, want []byte) (int, error) {
	first, last := changed(old, want)
	if err := tx.Command(rom, append([]byte{ds2430WritePad, byte(first)}, want[first:last+1]...)...); err != nil {
		return 0, err
	}
	if err := holds(tx, rom, "DS2430A scratchpad", want, ds2430ReadPad, 0); err != nil {
		return 0, err
	}
	if err := ds2430Program(tx, rom, ds2430CopyPad); err != nil {
		return 0, err
	}
	if err := holds(tx, rom, "DS2430A memory", want, ds2430ReadMemory, 0); err != nil {
		return 0, err
	}
	return len(want), nil
}

func ds2430Program(tx *hw.Tx, rom hw.ROM, command byte) error {
	if err := tx.Command(rom, command); err != nil {
		return err
	}
	return tx.Power(ds2430Key, ds2430Takes)
}

func ds2430ReadStatusOf(tx *hw.Tx, rom hw.ROM) (byte, error) {
	p, err := readTwice(tx, rom, "DS2430A status", 1, ds2430ReadStatus, ds2430StatusStart)
	if err != nil {
		return 0, err
	}
	return p[0], nil
}

// ds2430Status is 255, or 252 if the application register is locked.
func ds2430Status(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		b, err := ds2430ReadStatusOf(tx, c.ROM())
		v = Int(int64(b))
		return err
	})
	return v, err
}

func ds2430Application(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2430ReadApplication(tx, c.ROM())
		v = Bytes(p)
		return err
	})
	return v, err
}

func ds2430ReadApplication(tx *hw.Tx, rom hw.ROM) ([]byte, error) {
	return readTwice(tx, rom, "DS2430A application register", ds2430AppSize, ds2430ReadApp, 0)
}

// ds2430SetApplication writes the application register and locks it, for ever:
// it is kept in no other way. What is not given stays as it is.
func ds2430SetApplication(ctx context.Context, c Chip, _ Element, v Value) error {
	if len(v.Bytes()) > ds2430AppSize {
		return tooLong(ds2430AppSize)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		status, err := ds2430ReadStatusOf(tx, c.ROM())
		if err != nil {
			return err
		}
		old, err := ds2430ReadApplication(tx, c.ROM())
		if err != nil {
			return err
		}
		want := append(bytes.Clone(v.Bytes()), old[len(v.Bytes()):]...)
		switch {
		case status != ds2430Locked:
			return ds2430LockApplication(tx, c.ROM(), want)
		case bytes.Equal(old, want):
			return nil
		}
		return fmt.Errorf("the application register is locked for ever: %w", syscall.EPERM)
	})
}

func ds2430LockApplication(tx *hw.Tx, rom hw.ROM, want []byte) error {
	if err := tx.Command(rom, append([]byte{ds2430WriteApp, 0}, want...)...); err != nil {
		return err
	}
	if err := holds(tx, rom, "DS2430A application register", want, ds2430ReadApp, 0); err != nil {
		return err
	}
	if err := ds2430Program(tx, rom, ds2430LockApp); err != nil {
		return err
	}
	if err := holds(tx, rom, "DS2430A application register", want, ds2430ReadApp, 0); err != nil {
		return err
	}
	return holds(tx, rom, "DS2430A status", []byte{ds2430Locked}, ds2430ReadStatus, ds2430StatusStart)
}
