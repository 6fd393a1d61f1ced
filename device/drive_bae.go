// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"syscall"
	"time"

	"owfs/hw"
)

// The universal inputs and outputs BAE0910 and BAE0911 of Pascal Baerten, from
// what OWFS tells of their commands and registers; there is no data sheet of the
// BAE0911. Registers, EEPROM and program are in one address space. Every command is answered by the CRC-16 of what was sent, and
// what changes anything is done only when the byte BC confirms it.
const (
	baeVersion    = 0x11
	baeType       = 0x12
	baeExtended   = 0x13
	baeRead       = 0x14
	baeWrite      = 0x15
	baeErase      = 0x16
	baeConfirm    = 0xBC
	baeGulp       = 32 // bytes that one command reads or writes at most
	baeEraseTime  = 50 * time.Millisecond
	baeBlockTime  = 2 * time.Millisecond // for a block in the EEPROM
	baePageSize   = 512
	bae910EEPROM  = 0xE000
	bae911EEPROM  = 0x0000
	bae910Pages   = 2
	bae911Pages   = 8
	bae910Variant = 2
	bae911Variant = 3
)

func baeDrivers() Drivers {
	d := Drivers{
		"versionstate":      {Read: baeState(baeVersion)},
		"version":           baeStateText("versionstate"),
		"device_version":    baeStateByte("versionstate", 8),
		"bootstrap_version": baeStateByte("versionstate", 0),
		"typestate":         {Read: baeState(baeType)},
		"localtype":         baeStateText("typestate"),
		"device_type":       baeStateByte("typestate", 8),
		"chip_type":         baeStateByte("typestate", 0),
		"command":           {Write: baeCommand},
		"firmware/function": {Write: baeFlash},
		"eeprom/page":       {Read: baeReadPage, Write: baeWritePage},
		"eeprom/erase":      {Write: baeErasePage},
		"generic/memory":    {Read: baeReadMemory, Write: baeWriteMemory},
		"910/date":          dateOf("910/udate"),
	}
	baeAddRegisters(d)
	baeAddStreams(d)
	return d
}

// baeShown tells which properties are those of the model at hand.
func baeShown(ctx context.Context, c Chip, when string) (bool, error) {
	variant, err := baeVariant(ctx, c)
	is910, is911 := variant == bae910Variant, variant == bae911Variant
	switch when {
	case bae910Only:
		return is910, err
	case bae911Only:
		return is911, err
	case baeEither:
		return is910 || is911, err
	}
	return err == nil && when == baeNeither && !is910 && !is911, err
}

// baeVariant is the device_type, asked once for as long as the device is there.
func baeVariant(ctx context.Context, c Chip) (int64, error) {
	const key = "device_type"
	if variant, known := c.Fact(key).(int64); known {
		return variant, nil
	}
	v, err := c.Read(ctx, key, Element{})
	if err == nil {
		c.SetFact(key, v.Int())
	}
	return v.Int(), err
}

// baeState is a number of two bytes: the higher one, which comes first, is the
// device's, the other one the chip's, or its bootstrap loader's.
func baeState(command byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := readCRC16(ctx, c, "BAE version and type", 2, command)
		if err != nil {
			return Value{}, err
		}
		return Int(int64(binary.BigEndian.Uint16(p))), nil
	}
}

func baeStateByte(state string, shift int) Driver {
	return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
		v, err := c.Read(ctx, state, Element{})
		return Int(v.Int() >> shift & 0xFF), err
	}}
}

func baeStateText(state string) Driver {
	return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
		v, err := c.Read(ctx, state, Element{})
		return Text(fmt.Sprintf("%02X.%02X", v.Int()&0xFF, v.Int()>>8&0xFF)), err
	}}
}

// baeTell sends a command that changes something, and confirms it if the chip
// has understood it.
func baeTell(tx *hw.Tx, rom hw.ROM, what string, command ...byte) error {
	if _, err := exchangeCRC16(tx, rom, what, 0, command...); err != nil {
		return err
	}
	return tx.Write(baeConfirm)
}

// baeGet reads memory in blocks, each in a transaction of its own.
func baeGet(ctx context.Context, c Chip, at, n int) ([]byte, error) {
	var all []byte
	for len(all) < n {
		from, size := at+len(all), min(baeGulp, n-len(all))
		err := patiently(func() error {
			p, err := readCRC16(ctx, c, "BAE memory", size, append(addressed(baeRead, from), byte(size))...)
			all = append(all, p...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// baePut writes memory in blocks, each in a transaction of its own that gives
// the chip so much time.
func baePut(ctx context.Context, c Chip, at int, d time.Duration, p []byte) error {
	for block := range slices.Chunk(p, baeGulp) {
		err := patiently(func() error {
			return c.Do(ctx, func(tx *hw.Tx) error {
				command := append(addressed(baeWrite, at, byte(len(block))), block...)
				if err := baeTell(tx, c.ROM(), "BAE memory", command...); err != nil {
					return err
				}
				return c.Sleep(ctx, d)
			})
		})
		if err != nil {
			return fmt.Errorf("writing %d bytes from address %04X on: %w", len(block), at, err)
		}
		at += len(block)
	}
	return nil
}

const baeMemorySize = 128

func baeReadMemory(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := baeGet(ctx, c, 0, baeMemorySize)
	return Bytes(p), err
}

func baeWriteMemory(ctx context.Context, c Chip, _ Element, v Value) error {
	if len(v.Bytes()) > baeMemorySize {
		return tooLong(baeMemorySize)
	}
	return baePut(ctx, c, 0, 0, v.Bytes())
}

// baePageAt is the address of a page of the EEPROM; ok is false for one that
// the model at hand does not have.
func baePageAt(ctx context.Context, c Chip, page int) (at int, ok bool, err error) {
	variant, err := baeVariant(ctx, c)
	switch variant {
	case bae910Variant:
		return bae910EEPROM + page*baePageSize, page < bae910Pages, err
	case bae911Variant:
		return bae911EEPROM + page*baePageSize, page < bae911Pages, err
	}
	if err == nil {
		err = fmt.Errorf("where the EEPROM of a BAE of type %d is: %w", variant, errors.ErrUnsupported)
	}
	return 0, false, err
}

func baeNoPage(page int) error {
	return fmt.Errorf("the EEPROM of this model has no page %d: %w", page, syscall.ERANGE)
}

// baeReadPage reads a page of the EEPROM. One that the model does not have is
// empty, so that all of them can be read at once.
func baeReadPage(ctx context.Context, c Chip, e Element) (Value, error) {
	at, ok, err := baePageAt(ctx, c, e.Index)
	if err != nil || !ok {
		return Bytes([]byte{}), err
	}
	p, err := baeGet(ctx, c, at, baePageSize)
	return Bytes(p), err
}

// baeWritePage writes the beginning of a page. The EEPROM is flash: bits that
// are 0 become 1 only if the page is erased.
func baeWritePage(ctx context.Context, c Chip, e Element, v Value) error {
	at, ok, err := baePageAt(ctx, c, e.Index)
	switch {
	case err != nil:
		return err
	case !ok:
		return baeNoPage(e.Index)
	case len(v.Bytes()) > baePageSize:
		return tooLong(baePageSize)
	}
	old, err := baeGet(ctx, c, at, len(v.Bytes()))
	if err != nil {
		return err
	}
	for i, b := range v.Bytes() {
		if b&^old[i] != 0 {
			return fmt.Errorf("byte %d is %02X and can't become %02X before the page is erased; write 1 to eeprom/erase.%d: %w",
				i, old[i], b, e.Index, syscall.EPERM)
		}
	}
	if slices.Equal(old, v.Bytes()) {
		return nil
	}
	if err := baePut(ctx, c, at, baeBlockTime, v.Bytes()); err != nil {
		return err
	}
	return baeHolds(ctx, c, at, v.Bytes())
}

func baeHolds(ctx context.Context, c Chip, at int, want []byte) error {
	got, err := baeGet(ctx, c, at, len(want))
	if err == nil && !slices.Equal(got, want) {
		err = unverified("BAE EEPROM")
	}
	return err
}

func baeErasePage(ctx context.Context, c Chip, e Element, v Value) error {
	if !v.Flag() {
		return nil
	}
	at, ok, err := baePageAt(ctx, c, e.Index)
	if err != nil {
		return err
	}
	if !ok {
		return baeNoPage(e.Index)
	}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		if err := baeTell(tx, c.ROM(), "BAE EEPROM", addressed(baeErase, at)...); err != nil {
			return err
		}
		return c.Sleep(ctx, baeEraseTime)
	})
	if err != nil {
		return err
	}
	erased := slices.Repeat([]byte{0xFF}, baePageSize)
	return baeHolds(ctx, c, at, erased)
}

// baeCommand sends an extended command as it is: its number, and what belongs
// to it. What it does, and whether twice is the same as once, nobody knows.
func baeCommand(ctx context.Context, c Chip, _ Element, v Value) error {
	p := v.Bytes()
	if len(p) == 0 || len(p) > math.MaxUint8 {
		return fmt.Errorf("a command has 1 to %d bytes: %w", math.MaxUint8, syscall.ERANGE)
	}
	return baeExtendedCommand(ctx, c, baeBlockTime, p)
}

// baeExtendedCommand tries again as long as the chip has not understood the
// command, but not once it was confirmed.
func baeExtendedCommand(ctx context.Context, c Chip, d time.Duration, p []byte) error {
	command := append([]byte{baeExtended, byte(len(p) - 1)}, p...)
	return patiently(func() error {
		return c.Do(ctx, func(tx *hw.Tx) error {
			if _, err := exchangeCRC16(tx, c.ROM(), "BAE command", 0, command...); err != nil {
				return err
			}
			if err := tx.Write(baeConfirm); err != nil {
				return Once(err)
			}
			return c.Sleep(ctx, d)
		})
	})
}

const (
	baeEraseFirmware = 0xBB
	baeFlashFirmware = 0xBA
	baeFlashUnit     = 512
)

// baeFlash puts a program into the chip. The image tells in its bytes 4 to 7
// from where to where it goes, the higher byte of both first. Nothing is sent
// before its length is found to be right.
func baeFlash(ctx context.Context, c Chip, _ Element, v Value) error {
	p := v.Bytes()
	if len(p) == 0 || len(p)%baeFlashUnit != 0 {
		return fmt.Errorf("%d bytes are no image: its length is a multiple of %d: %w", len(p), baeFlashUnit, syscall.EBADMSG)
	}
	from, to := int(binary.BigEndian.Uint16(p[4:])), int(binary.BigEndian.Uint16(p[6:]))
	if size := to - from + 1; size != len(p) {
		return fmt.Errorf("the image says that it goes from %04X to %04X, but has %d bytes, not %d: %w", from, to, len(p), size, syscall.EBADMSG)
	}
	erase := time.Duration(len(p)/16) * time.Millisecond
	if err := baeExtendedCommand(ctx, c, erase, append([]byte{baeEraseFirmware}, p[:baeGulp]...)); err != nil {
		return fmt.Errorf("erasing the program: %w", Once(err))
	}
	at := 0
	for block := range slices.Chunk(p, baeGulp) {
		if err := baeExtendedCommand(ctx, c, baeBlockTime, append([]byte{baeFlashFirmware}, block...)); err != nil {
			return fmt.Errorf("only %d of %d bytes of the program are written; write all of it again: %w", at, len(p), Once(err))
		}
		at += len(block)
	}
	return nil
}
