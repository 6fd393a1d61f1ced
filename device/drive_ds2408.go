// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"

	"owfs/hw"
)

// The DS2408, from its data sheet (39 pages): registers pages 8 to 10, commands
// pages 16 to 18, examples pages 33 to 37, test mode page 38.
const (
	ds2408ReadRegisters  = 0xF0
	ds2408WriteRegisters = 0xCC // the three from the selection mask on
	ds2408WritePIO       = 0x5A
	ds2408ResetLatches   = 0xC3
	ds2408Done           = 0xAA // answers a command that was taken

	ds2408Levels   = 0x88 // of the pins
	ds2408Outputs  = 0x89 // 0: the transistor conducts
	ds2408Activity = 0x8A
	ds2408Mask     = 0x8B // which channels count for the search for alarms
	ds2408Polarity = 0x8C
	ds2408Control  = 0x8D
	ds2408End      = 0x90 // of the registers; the CRC comes there

	ds2408FromLatch = 0x01 // alarms come from the activity latches, else from the pins
	ds2408And       = 0x02 // all chosen channels must agree, else any
	ds2408Strobe    = 0x04 // the pin RSTZ is the strobe output
	ds2408PowerOn   = 0x08 // set at power-on, cleared by us
	ds2408VCC       = 0x80
)

func ds2408Drivers() Drivers {
	return merged(lcdHDrivers(), lcdMDrivers(), Drivers{
		"PIO":             {Read: ds2408Bits(ds2408Outputs, 0xFF), Write: ds2408PIO, AtOnce: true},
		"sensed":          {Read: ds2408Bits(ds2408Levels, 0)},
		"latch":           {Read: ds2408Bits(ds2408Activity, 0), Write: ds2408Latch},
		"power":           {Read: ds2408Flag(ds2408VCC)},
		"strobe":          {Read: ds2408Flag(ds2408Strobe), Write: ds2408SetStrobe},
		"por":             {Read: ds2408Flag(ds2408PowerOn), Write: ds2408ClearPOR},
		"set_alarm":       {Read: ds2408Alarm, Write: ds2408SetAlarm},
		"out_of_testmode": {Write: ds2408LeaveTest},
	})
}

// ds2408Registers reads the registers from the first one wanted to the end,
// where the CRC is.
func ds2408Registers(tx *hw.Tx, rom hw.ROM, first int) ([]byte, error) {
	return exchangeCRC16(tx, rom, "DS2408 registers", ds2408End-first, addressed(ds2408ReadRegisters, first)...)
}

// ds2408Read does it in a transaction of its own.
func ds2408Read(ctx context.Context, c Chip, first int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = ds2408Registers(tx, c.ROM(), first)
		return err
	})
	return p, err
}

// ds2408Bits reads one register with a bit for each channel.
func ds2408Bits(register int, invert byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := ds2408Read(ctx, c, register)
		if err != nil {
			return Value{}, err
		}
		return Bits(uint64(p[0] ^ invert)), nil
	}
}

// ds2408Flag reads a bit of the control register.
func ds2408Flag(bit byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := ds2408Read(ctx, c, ds2408Control)
		if err != nil {
			return Value{}, err
		}
		return Flag(p[0]&bit != 0), nil
	}
}

// ds2408PIO sets the outputs. The chip takes them only with their complement,
// and says so. One that came up in test mode does not (page 38).
func ds2408PIO(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > 0xFF {
		return outOfRange(0, 0xFF)
	}
	out := ^byte(v.Bits())
	return c.Do(ctx, func(tx *hw.Tx) error {
		c.SetFact(displayFact, nil) // a display would take it as half a byte
		answer, err := tx.Exchange(c.ROM(), 2, ds2408WritePIO, out, ^out)
		if err != nil || answer[0] == ds2408Done {
			return err
		}
		if err := ds2408EndTest(tx, c.ROM()); err != nil {
			return err
		}
		return unverified("DS2408 outputs")
	})
}

// ds2408Latch clears all activity latches: the chip knows no other way.
func ds2408Latch(ctx context.Context, c Chip, _ Element, _ Value) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		answer, err := tx.Exchange(c.ROM(), 1, ds2408ResetLatches)
		if err == nil && answer[0] != ds2408Done {
			err = unverified("DS2408 latches")
		}
		return err
	})
}

// ds2408EndTest makes a chip leave the test mode in which it may come up. Its
// ROM command is known in that mode only; selecting the chip before it is for
// the couplers on the way, which a reset leaves switched on.
func ds2408EndTest(tx *hw.Tx, rom hw.ROM) error {
	if err := tx.Select(rom); err != nil {
		return err
	}
	if err := tx.Reset(); err != nil {
		return err
	}
	if err := tx.Write(append(append([]byte{0x96}, rom[:]...), 0x3C)...); err != nil {
		return err
	}
	return tx.Reset()
}

func ds2408LeaveTest(ctx context.Context, c Chip, _ Element, v Value) error {
	if !v.Flag() {
		return nil
	}
	return c.Do(ctx, func(tx *hw.Tx) error { return ds2408EndTest(tx, c.ROM()) })
}

// ds2408Configure changes the mask, polarity and control register, and reads
// them back: there is no CRC on the way in.
func ds2408Configure(ctx context.Context, c Chip, change func(p []byte)) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return ds2408ConfigureNow(tx, c.ROM(), change) })
}

func ds2408ConfigureNow(tx *hw.Tx, rom hw.ROM, change func(p []byte)) error {
	p, err := ds2408Registers(tx, rom, ds2408Mask)
	if err != nil {
		return err
	}
	want := append([]byte(nil), p[:3]...)
	change(want)
	return patiently(func() error { return ds2408WriteSearch(tx, rom, want) })
}

// ds2408WriteSearch writes the three registers. When it is to be done again, it is
// with the same bytes: what a disturbed write has left there is not to be kept.
func ds2408WriteSearch(tx *hw.Tx, rom hw.ROM, want []byte) error {
	if err := tx.Command(rom, addressed(ds2408WriteRegisters, ds2408Mask, want...)...); err != nil {
		return err
	}
	p, err := ds2408Registers(tx, rom, ds2408Mask)
	if err != nil {
		return err
	}
	const writable = ds2408FromLatch | ds2408And | ds2408Strobe | ds2408PowerOn
	if p[0] != want[0] || p[1] != want[1] || (p[2]^want[2])&writable != 0 {
		return unverified("DS2408 registers")
	}
	return nil
}

// ds2408Strobed says whether RSTZ is to be the strobe output.
func ds2408Strobed(on bool) func(p []byte) {
	return func(p []byte) {
		p[2] &^= ds2408Strobe
		if on {
			p[2] |= ds2408Strobe
		}
	}
}

func ds2408SetStrobe(ctx context.Context, c Chip, _ Element, v Value) error {
	return ds2408Configure(ctx, c, ds2408Strobed(v.Flag()))
}

// ds2408ClearPOR clears the power-on flag; only the chip itself can set it.
func ds2408ClearPOR(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Flag() {
		return fmt.Errorf("the power-on flag can only be cleared: %w", syscall.EINVAL)
	}
	return ds2408Configure(ctx, c, func(p []byte) { p[2] &^= ds2408PowerOn })
}

// The number set_alarm has nine digits from 0 to 3. The first is the control
// register's source and term, the others are the channels from 7 to 0: 2 means
// that the channel counts, 1 the level at which it does.

func ds2408Alarm(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := ds2408Read(ctx, c, ds2408Mask)
	if err != nil {
		return Value{}, err
	}
	n := int64(p[2] & (ds2408FromLatch | ds2408And))
	for channel := 7; channel >= 0; channel-- {
		n = n*10 + int64(p[0]>>channel&1<<1|p[1]>>channel&1)
	}
	return Int(n), nil
}

func ds2408SetAlarm(ctx context.Context, c Chip, _ Element, v Value) error {
	digits, err := smallDigits(v.Int(), 3, 3, 3, 3, 3, 3, 3, 3, 3)
	if err != nil {
		return err
	}
	return ds2408Configure(ctx, c, func(p []byte) {
		p[0], p[1] = 0, 0
		for channel, digit := range digits[:8] {
			p[0] |= digit >> 1 << channel
			p[1] |= digit & 1 << channel
		}
		p[2] = p[2]&^(ds2408FromLatch|ds2408And) | digits[8]
	})
}

// smallDigits takes a number apart, its last digit first. Each digit has its
// own limit.
func smallDigits(n int64, limits ...byte) ([]byte, error) {
	digits := make([]byte, len(limits))
	rest := n
	for i, limit := range limits {
		digits[i] = byte(rest % 10)
		if rest < 0 || digits[i] > limit {
			return nil, digitsError(limits)
		}
		rest /= 10
	}
	if rest != 0 {
		return nil, digitsError(limits)
	}
	return digits, nil
}

func digitsError(limits []byte) error {
	var most int64
	for i := len(limits) - 1; i >= 0; i-- {
		most = most*10 + int64(limits[i])
	}
	return fmt.Errorf("%d digits, each no larger than in %d: %w", len(limits), most, syscall.ERANGE)
}
