// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"

	"owfs/hw"
)

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
