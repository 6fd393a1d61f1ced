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

// The EEPROM with two switches DS28E04-100, from its data sheet (19-6134, 37
// pages): memory map and registers pages 8 to 12, commands pages 13 to 21,
// examples pages 34 and 35. Its address pins are a part of its ROM code.
const (
	ds28e04WritePIO       = 0x5A
	ds28e04WriteRegisters = 0xCC // the three from the selection mask on
	ds28e04ResetLatches   = 0xC3
	ds28e04Done           = 0xAA // answers a command that was taken

	ds28e04Protection = 0x200 // 32 bytes behind the data memory
	ds28e04Levels     = 0x220 // of the pins
	ds28e04Outputs    = 0x221 // 0: the transistor conducts
	ds28e04Activity   = 0x222
	ds28e04Mask       = 0x223 // which channels count for the search for alarms
	ds28e04Control    = 0x225
	ds28e04End        = 0x226

	ds28e04Channels  = 0x03
	ds28e04FromLatch = 0x01 // alarms come from the activity latches, else from the pins
	ds28e04And       = 0x02 // all chosen channels must agree, else any
	ds28e04PowerOn   = 0x08 // set at power-on, cleared by us
	ds28e04POL       = 0x40 // the pin POL
	ds28e04VCC       = 0x80
)

func ds28e04Memory() pagedChip {
	return padMemory{
		chip: "DS28E04", pad: 32, writeCRC: true, readCRC: true, takes: 10 * time.Millisecond, answers: true,
	}.memory(16)
}

func ds28e04Drivers() Drivers {
	return ds28e04Memory().drivers().
		and("memory", Driver{Read: ds28e04All, Write: ds28e04SetAll}).
		and("PIO", Driver{Read: ds28e04Bits(ds28e04Outputs, ds28e04Channels), Write: ds28e04PIO}).
		and("sensed", Driver{Read: ds28e04Bits(ds28e04Levels, 0)}).
		and("latch", Driver{Read: ds28e04Bits(ds28e04Activity, 0), Write: ds28e04Latch}).
		and("power", Driver{Read: ds28e04Flag(ds28e04VCC)}).
		and("polarity", Driver{Read: ds28e04Flag(ds28e04POL)}).
		and("por", Driver{Read: ds28e04Flag(ds28e04PowerOn), Write: ds28e04ClearPOR}).
		and("set_alarm", Driver{Read: ds28e04Alarm, Write: ds28e04SetAlarm})
}

// ds28e04Registers reads n registers, which come without a CRC.
func ds28e04Registers(tx *hw.Tx, rom hw.ROM, first, n int) ([]byte, error) {
	return readTwice(tx, rom, "DS28E04 registers", n, addressed(padReadMemory, first)...)
}

func ds28e04Read(ctx context.Context, c Chip, first, n int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = ds28e04Registers(tx, c.ROM(), first, n)
		return err
	})
	return p, err
}

// ds28e04All is the data memory, the bytes that protect it, and the registers.
func ds28e04All(ctx context.Context, c Chip, _ Element) (Value, error) {
	m := ds28e04Memory()
	p, err := m.runs(ctx, c, 0, m.count*m.size)
	if err != nil {
		return Value{}, err
	}
	rest, err := ds28e04Read(ctx, c, ds28e04Protection, ds28e04End-ds28e04Protection)
	return Bytes(append(p, rest...)), err
}

// ds28e04SetAll writes the data memory. The bytes behind it may be sent as they
// are, but not changed: they protect pages for ever.
func ds28e04SetAll(ctx context.Context, c Chip, _ Element, v Value) error {
	m, p := ds28e04Memory(), v.Bytes()
	if len(p) > ds28e04End {
		return tooLong(ds28e04End)
	}
	if len(p) > ds28e04Protection {
		now, err := ds28e04Read(ctx, c, ds28e04Protection, ds28e04Levels-ds28e04Protection)
		if err != nil {
			return err
		}
		then := p[ds28e04Protection:min(len(p), ds28e04Levels)]
		if !bytes.Equal(then, now[:len(then)]) {
			return fmt.Errorf("bytes %d to %d protect pages for ever and are not written here; write no more than the %d bytes before them: %w",
				ds28e04Protection, ds28e04Levels-1, ds28e04Protection, syscall.EPERM)
		}
		p = p[:ds28e04Protection]
	}
	return m.change(ctx, c, 0, m.count*m.size, p)
}

// ds28e04Bits reads one register with a bit for each channel.
func ds28e04Bits(register int, invert byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := ds28e04Read(ctx, c, register, 1)
		if err != nil {
			return Value{}, err
		}
		return Bits(uint64((p[0] ^ invert) & ds28e04Channels)), nil
	}
}

// ds28e04Flag reads a bit of the control register.
func ds28e04Flag(bit byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := ds28e04Read(ctx, c, ds28e04Control, 1)
		if err != nil {
			return Value{}, err
		}
		return Flag(p[0]&bit != 0), nil
	}
}

// ds28e04PIO sets the outputs. The chip takes them only with their complement,
// and says so (page 35). The bits without a channel must be 1.
func ds28e04PIO(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > ds28e04Channels {
		return outOfRange(0, ds28e04Channels)
	}
	out := ^byte(v.Bits())
	return ds28e04Confirmed(ctx, c, "DS28E04 outputs", ds28e04WritePIO, out, ^out)
}

// ds28e04Latch clears both activity latches: the chip knows no other way.
func ds28e04Latch(ctx context.Context, c Chip, _ Element, _ Value) error {
	return ds28e04Confirmed(ctx, c, "DS28E04 latches", ds28e04ResetLatches)
}

func ds28e04Confirmed(ctx context.Context, c Chip, what string, command ...byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		answer, err := tx.Exchange(c.ROM(), 1, command...)
		if err == nil && answer[0] != ds28e04Done {
			err = unverified(what)
		}
		return err
	})
}

// ds28e04Configure changes the mask, polarity and control register, and reads
// them back.
func ds28e04Configure(ctx context.Context, c Chip, change func(p []byte)) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds28e04Registers(tx, c.ROM(), ds28e04Mask, 3)
		if err != nil {
			return err
		}
		want := bytes.Clone(p)
		change(want)
		if err := tx.Command(c.ROM(), addressed(ds28e04WriteRegisters, ds28e04Mask, want...)...); err != nil {
			return err
		}
		if p, err = ds28e04Registers(tx, c.ROM(), ds28e04Mask, 3); err != nil {
			return err
		}
		const writable = ds28e04FromLatch | ds28e04And | ds28e04PowerOn
		if p[0] != want[0] || p[1] != want[1] || (p[2]^want[2])&writable != 0 {
			return unverified("DS28E04 registers")
		}
		return nil
	})
}

// ds28e04ClearPOR clears the power-on flag; only the chip itself can set it.
func ds28e04ClearPOR(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Flag() {
		return fmt.Errorf("the power-on flag can only be cleared: %w", syscall.EINVAL)
	}
	return ds28e04Configure(ctx, c, func(p []byte) { p[2] &^= ds28e04PowerOn })
}

// The number set_alarm has three digits from 0 to 3. The first is the control
// register's source and term, the others are the channels 1 and 0: 2 means that
// the channel counts, 1 the level at which it does.

func ds28e04Alarm(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := ds28e04Read(ctx, c, ds28e04Mask, 3)
	if err != nil {
		return Value{}, err
	}
	n := int64(p[2] & (ds28e04FromLatch | ds28e04And))
	for channel := 1; channel >= 0; channel-- {
		n = n*10 + int64(p[0]>>channel&1<<1|p[1]>>channel&1)
	}
	return Int(n), nil
}

func ds28e04SetAlarm(ctx context.Context, c Chip, _ Element, v Value) error {
	digits, err := smallDigits(v.Int(), 3, 3, 3)
	if err != nil {
		return err
	}
	return ds28e04Configure(ctx, c, func(p []byte) {
		p[0] = digits[0]>>1 | digits[1]>>1<<1
		p[1] = digits[0]&1 | digits[1]&1<<1
		p[2] = p[2]&^(ds28e04FromLatch|ds28e04And) | digits[2]
	})
}
