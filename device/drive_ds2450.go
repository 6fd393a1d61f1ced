// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"syscall"
	"time"

	"owfs/hw"
)

// The DS2450, from its data sheet (24 pages): registers pages 4 to 6, commands pages 7 to
// 11, examples pages 16 to 18. Its memory is four pages of eight bytes: results,
// control, limits, calibration. A CRC comes at the end of each page, and behind
// each byte that is written, which the chip then sends as it is.
const (
	ds2450Read    = 0xAA
	ds2450Write   = 0x55
	ds2450Convert = 0x3C

	ds2450Control = 0x08 // two bytes for each channel
	ds2450Limits  = 0x10 // the lower and the upper one of each channel
	ds2450Power   = 0x1C
	ds2450OnVCC   = 0x40 // there: the chip has a supply of its own

	// The first byte of a channel's control.
	ds2450Bits = 0x0F // of a result; 0 for 16
	ds2450Off  = 0x40 // the output does not conduct
	ds2450Out  = 0x80 // the output is in use
	// The second one.
	ds2450High     = 0x01 // the range is 5.12 V, else 2.56 V
	ds2450EnableLo = 0x04
	ds2450EnableHi = 0x08
	ds2450AlarmLo  = 0x10
	ds2450AlarmHi  = 0x20
	ds2450PowerOn  = 0x80

	ds2450Channels = 4
	ds2450Pages    = 4
	ds2450PageSize = 8
	ds2450Writing  = "DS2450 write"
)

// A ds2450Scale is how channels are measured: so many bits of a range.
type ds2450Scale struct {
	bits int
	full float64 // 5.12 or 2.56 V
}

func ds2450Drivers() Drivers {
	all := Drivers{
		"PIO":             {Read: ds2450PIO, Write: ds2450SetPIO},
		"alarm/high":      ds2450Flag(ds2450AlarmHi),
		"alarm/low":       ds2450Flag(ds2450AlarmLo),
		"set_alarm/high":  ds2450Flag(ds2450EnableHi),
		"set_alarm/low":   ds2450Flag(ds2450EnableLo),
		"set_alarm/unset": {Write: ds2450ClearPOR},
		"power":           {Read: ds2450Powered, Write: ds2450SetPowered},
		"pages/page":      {Read: ds2450ReadPage, Write: ds2450WritePage},
		"memory":          pagedMemory("pages/page", ds2450Pages, ds2450PageSize),

		"set_alarm/volthigh":  ds2450Limit(1, 5.12),
		"set_alarm/voltlow":   ds2450Limit(0, 5.12),
		"set_alarm/volt2high": ds2450Limit(1, 2.56),
		"set_alarm/volt2low":  ds2450Limit(0, 2.56),

		"CO2/Vdd":    {Read: co2Supplied},
		"CO2/ppm":    {Read: co2Parts},
		"CO2/status": {Read: co2Well},
	}
	for prefix, bits := range map[string]int{"": 16, "8bit/": 8} {
		for suffix, volts := range map[string]float64{"": 5.12, "2": 2.56} {
			scale := ds2450Scale{bits, volts}
			all[prefix+"volt"+suffix] = Driver{Read: scale.measure}
			all[prefix+"latestvolt"+suffix] = Driver{Read: scale.latest}
		}
	}
	return all
}

// ds2450From reads from an address to the end of its page.
func ds2450From(tx *hw.Tx, rom hw.ROM, address int) ([]byte, error) {
	n := ds2450PageSize - address%ds2450PageSize
	return exchangeCRC16(tx, rom, "DS2450 page", n, addressed(ds2450Read, address)...)
}

// ds2450SetByte writes one byte, which the chip takes behind the CRC. It goes alone: what the CRC of a following one
// begins with would save little, because settings change one at a time.
// One that did not come over as it was sent has been taken, too, and is put right
// at once: who begins anew would read it, and keep its bits.
func ds2450SetByte(tx *hw.Tx, rom hw.ROM, address int, b byte) error {
	return patiently(func() error { return ds2450SetByteOnce(tx, rom, address, b) })
}

func ds2450SetByteOnce(tx *hw.Tx, rom hw.ROM, address int, b byte) error {
	if _, err := commandCRC16(tx, rom, ds2450Writing, 0, addressed(ds2450Write, address, b)...); err != nil {
		return err
	}
	got := make([]byte, 1)
	if err := tx.Read(got); err != nil {
		return err
	}
	if got[0] != b {
		return unverified(fmt.Sprintf("DS2450 byte %02X", address))
	}
	return nil
}

// ds2450Change sets the bits of the mask as wanted, in one byte.
func ds2450Change(ctx context.Context, c Chip, address int, mask, want byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2450From(tx, c.ROM(), address)
		if err != nil || p[0]&mask == want {
			return err
		}
		return ds2450SetByte(tx, c.ROM(), address, p[0]&^mask|want)
	})
}

// ds2450Byte reads one byte.
func ds2450Byte(ctx context.Context, c Chip, address int) (b byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2450From(tx, c.ROM(), address)
		if err == nil {
			b = p[0]
		}
		return err
	})
	return b, err
}

// time is how long all channels take: 80 µs for a bit at most, and 160 µs once
// (page 10).
func (s ds2450Scale) time() time.Duration {
	return 160*time.Microsecond + time.Duration(ds2450Channels*s.bits)*80*time.Microsecond
}

// volts is the value of a result, whose most significant bit is bit 15 with any
// number of bits (page 4).
func (s ds2450Scale) volts(results []byte) Value {
	list := make([]Value, ds2450Channels)
	for i := range list {
		list[i] = Num(float64(binary.LittleEndian.Uint16(results[2*i:])) / (1 << 16) * s.full)
	}
	return List(list...)
}

// control gives what the control bytes of a channel must be for this scale. The
// output is left as it is: a conversion works with it.
func (s ds2450Scale) control(lo, hi byte) (byte, byte) {
	lo = lo&^ds2450Bits | byte(s.bits)&ds2450Bits // 16 is written as 0
	hi &^= ds2450High
	if s.full > 2.56 {
		hi |= ds2450High
	}
	return lo, hi
}

// fits tells whether all channels are measured on this scale.
func (s ds2450Scale) fits(control []byte) bool {
	for i := 0; i < len(control); i += 2 {
		if lo, hi := s.control(control[i], control[i+1]); lo != control[i] || hi != control[i+1] {
			return false
		}
	}
	return true
}

// set makes all channels be measured on this scale.
func (s ds2450Scale) set(tx *hw.Tx, rom hw.ROM, control []byte) error {
	for i := 0; i < len(control); i += 2 {
		lo, hi := s.control(control[i], control[i+1])
		if lo != control[i] {
			if err := ds2450SetByte(tx, rom, ds2450Control+i, lo); err != nil {
				return err
			}
		}
		if hi != control[i+1] {
			if err := ds2450SetByte(tx, rom, ds2450Control+i+1, hi); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure converts all channels. The scale is most often the right one already:
// it is read together with the results, and only if it was another one it is set
// and all done again.
func (s ds2450Scale) measure(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	powered, err := c.Read(ctx, "power", Element{})
	if err != nil {
		return v, err
	}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		for range 2 {
			results, control, err := s.convert(context.WithoutCancel(ctx), c, tx, powered.Flag())
			if err != nil {
				return err
			}
			if s.fits(control) {
				v = s.volts(results)
				return nil
			}
			if err := s.set(tx, c.ROM(), control); err != nil {
				return err
			}
		}
		return unverified("DS2450 scale")
	})
	return v, err
}

// convert measures all channels and reads the first two pages.
func (s ds2450Scale) convert(ctx context.Context, c Chip, tx *hw.Tx, powered bool) (results, control []byte, err error) {
	if err := s.start(ctx, c, tx, powered); err != nil {
		return nil, nil, err
	}
	command := addressed(ds2450Read, 0)
	p, err := tx.Exchange(c.ROM(), 2*(ds2450PageSize+2), command...)
	if err != nil {
		return nil, nil, err
	}
	first, second := p[:ds2450PageSize+2], p[ds2450PageSize+2:]
	if !tx.CheckCRC16(hw.CRC16(0, command), first) || !tx.CheckCRC16(0, second) {
		return nil, nil, tx.CRCFailed("DS2450 page")
	}
	return first[:ds2450PageSize], second[:ds2450PageSize], nil
}

// start begins the conversion and waits until it must have ended. A chip without
// VCC needs the strong pull-up right behind the CRC (page 10): the last byte of
// that is sent, as it is to come, so that the power can follow without a gap. A
// bit that should be 0 can't be seen to be wrong then.
func (s ds2450Scale) start(ctx context.Context, c Chip, tx *hw.Tx, powered bool) error {
	const allChannels, keepResults = 1<<ds2450Channels - 1, 0
	command := []byte{ds2450Convert, allChannels, keepResults}
	if powered {
		// The line is kept: it takes no longer than some fifty slots.
		if _, err := exchangeCRC16(tx, c.ROM(), "DS2450 conversion", 0, command...); err != nil {
			return err
		}
		return c.Sleep(ctx, s.time())
	}
	crc := hw.AppendCRC16(nil, hw.CRC16(0, command))
	p, err := tx.Exchange(c.ROM(), 1, command...)
	if err != nil {
		return err
	}
	if p[0] != crc[0] {
		return tx.CRCFailed("DS2450 conversion")
	}
	return tx.Power(crc[1], s.time())
}

// latest is the results as they are. Which scale they were measured on the
// reader must know.
func (s ds2450Scale) latest(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2450From(tx, c.ROM(), 0)
		if err == nil {
			v = s.volts(p)
		}
		return err
	})
	return v, err
}

// ds2450PIO tells whether a channel is used as output, and conducts.
func ds2450PIO(ctx context.Context, c Chip, e Element) (Value, error) {
	b, err := ds2450Byte(ctx, c, ds2450Control+2*e.Index)
	return Flag(b&(ds2450Out|ds2450Off) == ds2450Out), err
}

func ds2450SetPIO(ctx context.Context, c Chip, e Element, v Value) error {
	want := byte(ds2450Out)
	if !v.Flag() {
		want |= ds2450Off
	}
	return ds2450Change(ctx, c, ds2450Control+2*e.Index, ds2450Out|ds2450Off, want)
}

// ds2450Flag is a bit in the second byte of a channel's control.
func ds2450Flag(bit byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			b, err := ds2450Byte(ctx, c, ds2450Control+2*e.Index+1)
			return Flag(b&bit != 0), err
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			var want byte
			if v.Flag() {
				want = bit
			}
			return ds2450Change(ctx, c, ds2450Control+2*e.Index+1, bit, want)
		},
	}
}

// ds2450ClearPOR clears the flags that tell of a loss of power, and make the
// chip raise an alarm until then.
func ds2450ClearPOR(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Flag() {
		return fmt.Errorf("the power-on flag can only be cleared: %w", syscall.EINVAL)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2450From(tx, c.ROM(), ds2450Control)
		if err != nil {
			return err
		}
		for i := 1; i < len(p); i += 2 {
			if p[i]&ds2450PowerOn == 0 {
				continue
			}
			if err := ds2450SetByte(tx, c.ROM(), ds2450Control+i, p[i]&^ds2450PowerOn); err != nil {
				return err
			}
		}
		return nil
	})
}

// ds2450Limit is one of the two limits of a channel, the upper eight bits of a
// result (page 6).
func ds2450Limit(which int, volts float64) Driver {
	step := volts / 256
	address := func(e Element) int { return ds2450Limits + 2*e.Index + which }
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			b, err := ds2450Byte(ctx, c, address(e))
			return Num(float64(b) * step), err
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			n := math.Round(v.Num() / step)
			if !(n >= 0 && n <= 255) {
				return outOfRange("0 V", fmt.Sprintf("%.2f V", 255*step))
			}
			return ds2450Change(ctx, c, address(e), 0xFF, byte(n))
		},
	}
}

func ds2450Powered(ctx context.Context, c Chip, _ Element) (Value, error) {
	b, err := ds2450Byte(ctx, c, ds2450Power)
	return Flag(b == ds2450OnVCC), err
}

func ds2450SetPowered(ctx context.Context, c Chip, _ Element, v Value) error {
	var want byte
	if v.Flag() {
		want = ds2450OnVCC
	}
	return ds2450Change(ctx, c, ds2450Power, 0xFF, want)
}

func ds2450ReadPage(ctx context.Context, c Chip, e Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := ds2450From(tx, c.ROM(), e.Index*ds2450PageSize)
		v = Bytes(p)
		return err
	})
	return v, err
}

// ds2450WritePage writes those bytes of a page that are to be others.
func ds2450WritePage(ctx context.Context, c Chip, e Element, v Value) error {
	if len(v.Bytes()) > ds2450PageSize {
		return tooLong(ds2450PageSize)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		address := e.Index * ds2450PageSize
		old, err := ds2450From(tx, c.ROM(), address)
		if err != nil {
			return err
		}
		want := bytes.Clone(v.Bytes())
		for i := range want {
			if want[i] == old[i] {
				continue
			}
			if err := ds2450SetByte(tx, c.ROM(), address+i, want[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
