// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"syscall"

	"owfs/hw"
)

// The clocks DS2415 (data sheet of 14 pages) and DS2417 (15 pages): the device
// control byte on page 4, the clock functions on page 5 of both.
const (
	clockRead  = 0x66
	clockWrite = 0x99

	clockRuns   = 0x0C // both bits of the oscillator
	clockZero   = 0x03 // bits that are always 0
	clockUser   = 0xF0 // on a DS2415: four bits of the user's
	clockEnable = 0x80 // on a DS2417: the interrupt
	clockSelect = 0x70 // on a DS2417: its interval
)

func ds2415Drivers() Drivers {
	return clockDrivers().and("user", clockField(clockUser, 4))
}

func ds2417Drivers() Drivers {
	return clockDrivers().
		and("enable", clockFlag(clockEnable)).
		and("interval", clockField(clockSelect, 4)).
		and("itime", Driver{Read: clockInterval, Write: clockSetInterval})
}

func clockDrivers() Drivers {
	return Drivers{
		"udate":           {Read: clockTime, Write: clockSetTime},
		"date":            dateOf("udate"),
		"ControlRegister": {Read: clockControl, Write: clockSetControl},
		"running":         clockFlag(clockRuns),
	}
}

// A clockState is what the chip tells at a time.
type clockState struct {
	control byte
	seconds uint32
}

// clockNow reads the clock. There is no CRC, but the chip sends the same again
// if it is asked on; a chip that is not there would send ones where zeros must
// be.
func clockNow(tx *hw.Tx, rom hw.ROM) (s clockState, err error) {
	p, err := tx.Exchange(rom, 10, clockRead)
	if err != nil {
		return s, err
	}
	s.control, s.seconds = p[0], binary.LittleEndian.Uint32(p[1:])
	osc := s.control & clockRuns
	if !bytes.Equal(p[:5], p[5:]) || s.control&clockZero != 0 || osc != 0 && osc != clockRuns {
		if err := answered(tx, rom, p); err != nil {
			return s, err
		}
		return s, tx.CRCFailed("clock read twice")
	}
	return s, nil
}

// clockDo reads the clock and lets the cache know all of it.
func clockDo(ctx context.Context, c Chip) (s clockState, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		s, err = clockNow(tx, c.ROM())
		return err
	})
	if err == nil {
		c.Also("udate", Element{}, Int(int64(s.seconds)))
		c.Also("ControlRegister", Element{}, Int(int64(s.control)))
	}
	return s, err
}

func clockTime(ctx context.Context, c Chip, _ Element) (Value, error) {
	s, err := clockDo(ctx, c)
	return Int(int64(s.seconds)), err
}

func clockControl(ctx context.Context, c Chip, _ Element) (Value, error) {
	s, err := clockDo(ctx, c)
	return Int(int64(s.control)), err
}

// clockSetTime writes the seconds, which count from the reset on that follows.
// The control byte goes before them.
func clockSetTime(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > math.MaxUint32 {
		return outOfRange(0, uint32(math.MaxUint32))
	}
	want := uint32(v.Int())
	return c.Do(ctx, func(tx *hw.Tx) error {
		s, err := clockNow(tx, c.ROM())
		if err != nil {
			return err
		}
		command := binary.LittleEndian.AppendUint32([]byte{clockWrite, s.control}, want)
		return clockWriteSure(tx, c.ROM(), clockState{s.control, want}, command)
	})
}

// clockWriteSure writes until the clock is as wanted. It must not begin with
// reading again, and nobody else must: what a disturbed write has left there
// would be kept, or be taken for what is wanted.
func clockWriteSure(tx *hw.Tx, rom hw.ROM, want clockState, command []byte) error {
	var err error
	for range 2 {
		err = patiently(func() error {
			if err := tx.Command(rom, command...); err != nil {
				return err
			}
			return clockIs(tx, rom, want)
		})
		if err == nil {
			return nil
		}
	}
	return Once(err)
}

// clockIs compares the clock with what was written. The seconds may have gone
// on meanwhile.
func clockIs(tx *hw.Tx, rom hw.ROM, want clockState) error {
	got, err := clockNow(tx, rom)
	switch {
	case err != nil:
		return err
	case got.control != want.control:
		return unverified("control byte of the clock")
	case got.seconds-want.seconds > 2:
		return unverified("time of the clock")
	}
	return nil
}

// clockChange sets bits of the control byte, which counts at once. The time is
// left as it is: the chip changes it only after four more bytes.
func clockChange(ctx context.Context, c Chip, mask, want byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		s, err := clockNow(tx, c.ROM())
		if err != nil || s.control&mask == want {
			return err
		}
		s.control = s.control&^mask | want
		return clockWriteSure(tx, c.ROM(), s, []byte{clockWrite, s.control})
	})
}

func clockSetControl(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 0 || v.Int() > 0xFF {
		return outOfRange(0, 0xFF)
	}
	b := byte(v.Int()) &^ clockZero
	if b&clockRuns != 0 {
		b |= clockRuns // the two go together
	}
	return clockChange(ctx, c, 0xFF, b)
}

// clockFlag is one bit of the control byte, or several that go together.
func clockFlag(mask byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			v, err := c.Read(ctx, "ControlRegister", Element{})
			return Flag(byte(v.Int())&mask == mask), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Flag() {
				return clockChange(ctx, c, mask, mask)
			}
			return clockChange(ctx, c, mask, 0)
		},
	}
}

// clockField is a number in the control byte.
func clockField(mask byte, shift int) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			v, err := c.Read(ctx, "ControlRegister", Element{})
			return Int(int64(byte(v.Int()) & mask >> shift)), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if most := int64(mask >> shift); v.Int() < 0 || v.Int() > most {
				return outOfRange(0, most)
			}
			return clockChange(ctx, c, mask, byte(v.Int())<<shift)
		},
	}
}

// clockIntervals are the seconds between interrupts of a DS2417 (page 5).
var clockIntervals = [8]int64{1, 4, 32, 64, 2048, 4096, 65536, 131072}

func clockInterval(ctx context.Context, c Chip, _ Element) (Value, error) {
	v, err := c.Read(ctx, "interval", Element{})
	return Int(clockIntervals[v.Int()&7]), err
}

func clockSetInterval(ctx context.Context, c Chip, _ Element, v Value) error {
	for i, seconds := range clockIntervals {
		if seconds == v.Int() {
			return c.Write(ctx, "interval", Element{}, Int(int64(i)))
		}
	}
	return fmt.Errorf("an interval of %d s is none of %v: %w", v.Int(), clockIntervals, syscall.ERANGE)
}
