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

// The DS2406, from its data sheet (32 pages): memory map pages 5 to 7, memory
// commands pages 7 to 13, channel access pages 14 to 16, conditions of the search
// for alarms page 21.
const (
	ds2406ReadExtended = 0xA5
	ds2406WriteMemory  = 0x0F
	ds2406ReadStatus   = 0xAA
	ds2406WriteStatus  = 0x55
	ds2406Access       = 0xF5

	ds2406Status = 0x07 // RAM: condition of the search, outputs, supply
	ds2406Take   = 0xFF // takes the place of the programming pulse there

	// Channel control byte 1: read channel A with a CRC after each byte.
	ds2406Look  = 0x45
	ds2406Clear = 0x80 | ds2406Look // and reset both activity latches

	// Status byte 7. The lower five bits are the condition: 1 is its level, 2
	// and 4 the source, 8 and 10 the channels.
	ds2406Condition = 0x1F
	ds2406OutputA   = 0x20 // 0: the transistor conducts
	ds2406OutputB   = 0x40

	ds2406Pages    = 4
	ds2406PageSize = 32
)

// ds2406Pulse programs a byte of EPROM: 480 µs of 12 V (AC electrical characteristics).
const ds2406Pulse = 480 * time.Microsecond

// The channel info byte (page 16, figure 9), two bits for each of its fields.
const (
	ds2406Outputs = 0 // 0: the transistor conducts
	ds2406Levels  = 2
	ds2406Latches = 4
	ds2406Two     = 6 // there is a channel B
	ds2406VCC     = 7
)

func ds2406Drivers() Drivers {
	return merged(tai8570Drivers(), Drivers{
		"T8A/volt":   {Read: t8aVolts},
		"infobyte":   {Read: ds2406Info},
		"PIO":        {Read: ds2406Bits(ds2406Info, ds2406Outputs, 3), Write: ds2406SetPIO},
		"flipflop":   {Read: ds2406Bits(ds2406Info, ds2406Outputs, 0)},
		"latch":      {Read: ds2406ReadLatches, Write: ds2406ResetLatches},
		"sensed":     {Read: ds2406Bits(link("infobyte"), ds2406Levels, 0)},
		"channels":   {Read: ds2406Channels},
		"power":      {Read: ds2406Power},
		"set_alarm":  {Read: ds2406Alarm, Write: ds2406SetAlarm},
		"pages/page": {Read: ds2406ReadPage, Write: ds2406WritePage},
		"memory":     pagedMemory("pages/page", ds2406Pages, ds2406PageSize),
	})
}

// ds2406Doubt is the fact that the activity latches may have been cleared by a
// control byte that did not come over as it was sent.
const ds2406Doubt = "DS2406 latches in doubt"

// ds2406Channel does a channel access. The CRC covers the command, the control
// bytes, the info byte and one byte of samples. Nothing is read before the
// control bytes are known to be right: with another one, what is read would be
// written to the outputs.
func ds2406Channel(ctx context.Context, c Chip, control byte) (info byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		if err := tx.Command(c.ROM(), ds2406Access); err != nil {
			return err
		}
		if err := tx.Write(control, 0xFF); err != nil {
			c.SetFact(ds2406Doubt, true)
			return err
		}
		p := make([]byte, 4)
		if err := tx.Read(p); err != nil {
			return err
		}
		if !tx.CheckCRC16(hw.CRC16(0, []byte{ds2406Access, control, 0xFF}), p) {
			return tx.CRCFailed("DS2406 channel access")
		}
		info = p[0]
		return nil
	})
	return info, err
}

func ds2406Info(ctx context.Context, c Chip, _ Element) (Value, error) {
	info, err := ds2406Channel(ctx, c, ds2406Look)
	return Int(int64(info)), err
}

// ds2406Bits takes a field out of the info byte. Without a channel B its bits
// mean nothing (page 16) and are 0.
func ds2406Bits(info func(context.Context, Chip, Element) (Value, error), at int, invert uint64) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		v, err := info(ctx, c, Element{})
		if err != nil {
			return Value{}, err
		}
		bits := uint64(v.Int())>>at&3 ^ invert
		if v.Int()>>ds2406Two&1 == 0 {
			bits &= 1
		}
		return Bits(bits), nil
	}
}

func ds2406Channels(ctx context.Context, c Chip, e Element) (Value, error) {
	v, err := ds2406Info(ctx, c, e)
	return Int(1 + v.Int()>>ds2406Two&1), err
}

func ds2406Power(ctx context.Context, c Chip, e Element) (Value, error) {
	v, err := ds2406Info(ctx, c, e)
	return Flag(v.Int()>>ds2406VCC&1 == 1), err
}

// ds2406ResetLatches clears both activity latches: the chip knows no other way.
func ds2406ResetLatches(ctx context.Context, c Chip, _ Element, _ Value) error {
	_, err := ds2406Channel(ctx, c, ds2406Clear)
	if err == nil {
		c.SetFact(ds2406Doubt, nil)
	}
	return err
}

// ds2406ReadLatches tells once, by an error, that activity may have been lost.
func ds2406ReadLatches(ctx context.Context, c Chip, e Element) (Value, error) {
	v, err := ds2406Bits(ds2406Info, ds2406Latches, 0)(ctx, c, e)
	if c.Fact(ds2406Doubt) == true {
		c.SetFact(ds2406Doubt, nil)
		return Value{}, Once(unverified("activity latches, which a disturbed command may have cleared"))
	}
	return v, err
}

func ds2406ReadRAM(tx *hw.Tx, rom hw.ROM) (byte, error) {
	p, err := exchangeCRC16(tx, rom, "DS2406 status", 1, addressed(ds2406ReadStatus, ds2406Status)...)
	if err != nil {
		return 0, err
	}
	return p[0], nil
}

// ds2406Change sets bits of status byte 7. That is the way to switch, too,
// because the chip takes the byte only when its CRC has been seen to be right;
// in a channel access a wrong bit switches at once.
func ds2406Change(ctx context.Context, c Chip, mask, want byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return ds2406ChangeNow(tx, c.ROM(), mask, want) })
}

func ds2406ChangeNow(tx *hw.Tx, rom hw.ROM, mask, want byte) error {
	old, err := ds2406ReadRAM(tx, rom)
	if err != nil || old&mask == want {
		return err
	}
	b := old&^mask | want
	if _, err := exchangeCRC16(tx, rom, "DS2406 status", 0, addressed(ds2406WriteStatus, ds2406Status, b)...); err != nil {
		return err
	}
	if err := tx.Write(ds2406Take); err != nil {
		return err
	}
	got := make([]byte, 1)
	if err := tx.Read(got); err != nil {
		return err
	}
	if got[0]&mask != want {
		return unverified("DS2406 status")
	}
	return nil
}

func ds2406SetPIO(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > 3 {
		return outOfRange(0, 3)
	}
	var want byte
	if v.Bits()&1 == 0 {
		want |= ds2406OutputA
	}
	if v.Bits()&2 == 0 {
		want |= ds2406OutputB
	}
	return ds2406Change(ctx, c, ds2406OutputA|ds2406OutputB, want)
}

// The number set_alarm has three digits: the channels (1 is A, 2 is B), the
// source (1 latch, 2 output, 3 level), and the value that raises the alarm.

func ds2406Alarm(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		b, err := ds2406ReadRAM(tx, c.ROM())
		v = Int(int64(b>>3&3)*100 + int64(b>>1&3)*10 + int64(b&1))
		return err
	})
	return v, err
}

func ds2406SetAlarm(ctx context.Context, c Chip, _ Element, v Value) error {
	d, err := smallDigits(v.Int(), 1, 3, 3)
	if err != nil {
		return err
	}
	return ds2406Change(ctx, c, ds2406Condition, d[2]<<3|d[1]<<1|d[0])
}

// ds2406Page reads a page by the extended way, in which a CRC follows the byte
// that tells of a redirection, and another one the data (page 8).
func ds2406Page(tx *hw.Tx, rom hw.ROM, page int) ([]byte, error) {
	command := addressed(ds2406ReadExtended, page*ds2406PageSize)
	p, err := tx.Exchange(rom, 3+ds2406PageSize+2, command...)
	if err != nil {
		return nil, err
	}
	if !tx.CheckCRC16(hw.CRC16(0, command), p[:3]) || !tx.CheckCRC16(0, p[3:]) {
		return nil, tx.CRCFailed("DS2406 page")
	}
	return p[3 : 3+ds2406PageSize], nil
}

func ds2406ReadPage(ctx context.Context, c Chip, e Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2406Page(tx, c.ROM(), e.Index)
		v = Bytes(p)
		return err
	})
	return v, err
}

// ds2406WritePage programs those bytes of a page that are to be others. A bit of
// EPROM that is 0 stays so.
func ds2406WritePage(ctx context.Context, c Chip, e Element, v Value) error {
	if len(v.Bytes()) > ds2406PageSize {
		return tooLong(ds2406PageSize)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		old, err := ds2406Page(tx, c.ROM(), e.Index)
		if err != nil {
			return err
		}
		want := bytes.Clone(v.Bytes())
		for i := range want {
			if want[i]&^old[i] != 0 {
				return fmt.Errorf("byte %d of page %d can't become %02X: bits of EPROM that are 0 stay 0: %w",
					i, e.Index, want[i], syscall.EPERM)
			}
		}
		for i := range want {
			if want[i] == old[i] {
				continue
			}
			if err := ds2406Program(tx, c.ROM(), e.Index*ds2406PageSize+i, want[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// ds2406Program programs a byte, when the chip has proved that it has got it
// right, and compares what it became (pages 11 and 12).
func ds2406Program(tx *hw.Tx, rom hw.ROM, address int, b byte) error {
	if _, err := exchangeCRC16(tx, rom, "DS2406 write", 0, addressed(ds2406WriteMemory, address, b)...); err != nil {
		return err
	}
	if err := tx.Pulse(ds2406Pulse); err != nil {
		return err
	}
	got := make([]byte, 1)
	if err := tx.Read(got); err != nil {
		return err
	}
	if got[0] != b {
		return unverified(fmt.Sprintf("DS2406 byte %02X", address))
	}
	return nil
}
