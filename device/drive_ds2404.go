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

// The clock with memory DS2404, which is the DS1994 in a can, from its data
// sheet (29 pages): memory map and registers pages 5 to 8, commands pages 9 to
// 12, write protection pages 12 and 13, interrupts page 17.
const (
	ds2404Status  = 0x200
	ds2404Control = 0x201
	ds2404Clock   = 0x202 // 5 bytes, which count 256ths of a second
	ds2404Timer   = 0x207 // likewise
	ds2404Cycles  = 0x20C // 4 bytes, which count how often VCC came

	ds2404ClockAlarm  = 0x210
	ds2404TimerAlarm  = 0x215
	ds2404CyclesAlarm = 0x21A

	// The status register: alarms that have come, which are cleared by being
	// read, and above each of them the bit that keeps it from interrupting.
	ds2404Flags = 0x07
	ds2404Quiet = 0x38

	// The control register. The first three are for ever: the data sheet calls
	// them WPR, WPI and WPC.
	ds2404KeepClock  = 0x01
	ds2404KeepTimer  = 0x02
	ds2404KeepCycles = 0x04
	ds2404Keep       = 0x07
	ds2404ReadOnly   = 0x08 // what is left of the chip when it expires
	ds2404Runs       = 0x10
	ds2404Auto       = 0x20 // the interval timer goes by the line, not by the next bit
	ds2404Stop       = 0x40
	ds2404Delay      = 0x80 // of the cycle counter: 123 ms, else 3.5 ms

	ds2404Copied = 0x80 // in E/S, after a copy
)

func ds2404Drivers() Drivers {
	d := padMemory{chip: "DS2404", pad: 32}.memory(16).drivers()
	for name, one := range map[string]Driver{
		"udate":                  ds2404Seconds(ds2404Clock, ds2404KeepClock, 2),
		"interval/udate":         ds2404Seconds(ds2404Timer, ds2404KeepTimer, 2),
		"cycle":                  ds2404Number(ds2404Cycles, ds2404KeepCycles),
		"trigger/udate":          ds2404Seconds(ds2404ClockAlarm, ds2404KeepClock, 0),
		"trigger/interval_udate": ds2404Seconds(ds2404TimerAlarm, ds2404KeepTimer, 0),
		"trigger/cycle":          ds2404Number(ds2404CyclesAlarm, ds2404KeepCycles),
		"date":                   dateOf("udate"),
		"interval/date":          dateOf("interval/udate"),
		"trigger/date":           dateOf("trigger/udate"),
		"trigger/interval_date":  dateOf("trigger/interval_udate"),
		"alarm":                  {Read: ds2404Alarm},
		"set_alarm":              {Read: ds2404Enabled, Write: ds2404SetEnabled},
		"running":                ds2404Flag(ds2404Runs, 0),
		"auto":                   ds2404Flag(ds2404Auto, 0),
		"start":                  ds2404Flag(ds2404Stop, ds2404Stop),
		"delay":                  ds2404Flag(ds2404Delay, 0),
		"readonly/memory":        ds2404Flag(ds2404ReadOnly, 0),
		"readonly/clock":         ds2404Flag(ds2404KeepClock, 0),
		"readonly/interval":      ds2404Flag(ds2404KeepTimer, 0),
		"readonly/cycle":         ds2404Flag(ds2404KeepCycles, 0),
	} {
		d[name] = one
	}
	return d
}

// ds2404Count reads a counter that may be counting: twice, of which the second
// must be the same or a little later. A carry that came between two bytes, or a
// bit that was disturbed, makes a greater difference.
func ds2404Count(tx *hw.Tx, rom hw.ROM, at, n int) (uint64, error) {
	later := uint64(0)
	if at == ds2404Clock || at == ds2404Timer {
		later = 64 // a quarter of a second, for two reads
	}
	var p [2][8]byte
	for i := range p {
		q, err := tx.Exchange(rom, n, addressed(padReadMemory, at)...)
		if err != nil {
			return 0, err
		}
		copy(p[i][:], q)
	}
	first, second := binary.LittleEndian.Uint64(p[0][:]), binary.LittleEndian.Uint64(p[1][:])
	if second-first > later {
		return 0, tx.CRCFailed("DS2404 counter read twice")
	}
	return second, answered(tx, rom, p[1][:n])
}

// ds2404Put writes registers by way of the scratchpad, which is read back
// before it is copied. Once is enough but for the bits that are for ever, which
// take three copies (page 12).
func ds2404Put(tx *hw.Tx, rom hw.ROM, copies, at int, data ...byte) error {
	if err := tx.Command(rom, addressed(padWrite, at, data...)...); err != nil {
		return err
	}
	end := byte(at&0x1F + len(data) - 1)
	got, err := tx.Exchange(rom, 3+len(data), padRead)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, append([]byte{byte(at), byte(at >> 8), end}, data...)) {
		return unverified("DS2404 scratchpad")
	}
	for range copies {
		if err := tx.Command(rom, append(addressed(padCopy, at), end)...); err != nil {
			return err
		}
		end |= ds2404Copied
	}
	return nil
}

func ds2404Register(tx *hw.Tx, rom hw.ROM) (byte, error) {
	p, err := readTwice(tx, rom, "DS2404 control register", 1, addressed(padReadMemory, ds2404Control)...)
	if err != nil {
		return 0, err
	}
	return p[0], nil
}

// ds2404Locked tells that a register has been made read-only.
func ds2404Locked(what string) error {
	return fmt.Errorf("%s of this DS2404 has been made read-only, for ever: %w", what, syscall.EPERM)
}

// ds2404Change writes a counter and reads it back; it may have counted on by so
// much.
func ds2404Change(ctx context.Context, c Chip, at int, keep byte, want, ahead uint64, data []byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		control, err := ds2404Register(tx, c.ROM())
		if err != nil {
			return err
		}
		if control&keep != 0 {
			return ds2404Locked("this counter")
		}
		if err := ds2404Put(tx, c.ROM(), 1, at, data...); err != nil {
			return err
		}
		got, err := ds2404Count(tx, c.ROM(), at, len(data))
		if err == nil && got-want > ahead {
			err = unverified("DS2404 counter")
		}
		return err
	})
}

func ds2404Read(at, n, shift int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = c.Do(ctx, func(tx *hw.Tx) error {
			count, err := ds2404Count(tx, c.ROM(), at, n)
			v = Int(int64(count >> shift))
			return err
		})
		return v, err
	}
}

// ds2404Seconds is a counter of 256ths of a second, or an alarm of one. The
// fractions of a second are not shown, and set to 0.
func ds2404Seconds(at int, keep byte, ahead uint64) Driver {
	return Driver{
		Read: ds2404Read(at, 5, 8),
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Int() < 0 || v.Int() > math.MaxUint32 {
				return outOfRange(0, uint32(math.MaxUint32))
			}
			data := binary.LittleEndian.AppendUint32([]byte{0}, uint32(v.Int()))
			return ds2404Change(ctx, c, at, keep, uint64(v.Int())<<8, ahead<<8, data)
		},
	}
}

// ds2404Number is the counter of power cycles, or the alarm of it.
func ds2404Number(at int, keep byte) Driver {
	return Driver{
		Read: ds2404Read(at, 4, 0),
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Int() < 0 || v.Int() > math.MaxUint32 {
				return outOfRange(0, uint32(math.MaxUint32))
			}
			data := binary.LittleEndian.AppendUint32(nil, uint32(v.Int()))
			return ds2404Change(ctx, c, at, keep, uint64(v.Int()), 0, data)
		},
	}
}

// ds2404Flag is a bit of the control register, which says yes or, with invert,
// no if it is set.
func ds2404Flag(mask, invert byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = c.Do(ctx, func(tx *hw.Tx) error {
				control, err := ds2404Register(tx, c.ROM())
				v = Flag((control^invert)&mask != 0)
				return err
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			want := invert
			if v.Flag() {
				want ^= mask
			}
			return c.Do(ctx, func(tx *hw.Tx) error { return ds2404SetControl(tx, c.ROM(), mask, want) })
		},
	}
}

// ds2404SetControl changes a bit of the control register, if none of those that
// are for ever forbids that (page 13, figure 7). Of these only one can be set,
// or several at once.
func ds2404SetControl(tx *hw.Tx, rom hw.ROM, mask, want byte) error {
	control, err := ds2404Register(tx, rom)
	if err != nil || control&mask == want {
		return err
	}
	locked := control & ds2404Keep
	switch {
	case locked != 0 && mask&(ds2404Keep|ds2404ReadOnly) != 0,
		locked != 0 && mask == ds2404Runs && want == 0:
		return ds2404Locked("the control register")
	case locked&ds2404KeepTimer != 0 && mask&(ds2404Auto|ds2404Stop) != 0:
		return ds2404Locked("the interval timer")
	case locked&ds2404KeepCycles != 0 && mask == ds2404Delay:
		return ds2404Locked("the cycle counter")
	}
	copies := 1
	if mask&ds2404Keep != 0 {
		copies = 3
	}
	control = control&^mask | want
	if err := ds2404Put(tx, rom, copies, ds2404Control, control); err != nil {
		return err
	}
	got, err := ds2404Register(tx, rom)
	if err == nil && (got^control)&mask != 0 {
		err = unverified("DS2404 control register")
	}
	return err
}

// ds2404Came is the key of the fact that keeps alarms which were read, and so
// cleared in the chip, when somebody asked for something else.
const ds2404Came = "alarms that have come"

// ds2404ReadStatus reads the status register. Its flags can be read only once;
// the other bits are read again.
func ds2404ReadStatus(tx *hw.Tx, c Chip) (byte, error) {
	var p []byte
	for range 2 {
		q, err := tx.Exchange(c.ROM(), 1, addressed(padReadMemory, ds2404Status)...)
		if err != nil {
			return 0, err
		}
		p = append(p, q...)
	}
	if err := answered(tx, c.ROM(), p); err != nil {
		return 0, err
	}
	came, _ := c.Fact(ds2404Came).(byte)
	c.SetFact(ds2404Came, came|(p[0]|p[1])&ds2404Flags)
	if (p[0]^p[1])&ds2404Quiet != 0 {
		return 0, tx.CRCFailed("DS2404 status read twice")
	}
	return p[0], nil
}

// The numbers alarm and set_alarm have three digits, 0 or 1: the cycle counter,
// the interval timer and the clock.

func ds2404Digits(bits byte) Value {
	return Int(int64(bits>>2&1)*100 + int64(bits>>1&1)*10 + int64(bits&1))
}

func ds2404Alarm(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		if _, err := ds2404ReadStatus(tx, c); err != nil {
			return err
		}
		came, _ := c.Fact(ds2404Came).(byte)
		c.SetFact(ds2404Came, byte(0))
		v = ds2404Digits(came)
		return nil
	})
	return v, err
}

func ds2404Enabled(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		status, err := ds2404ReadStatus(tx, c)
		v = ds2404Digits(^status >> 3)
		return err
	})
	return v, err
}

func ds2404SetEnabled(ctx context.Context, c Chip, _ Element, v Value) error {
	digits, err := smallDigits(v.Int(), 1, 1, 1)
	if err != nil {
		return err
	}
	quiet := byte(ds2404Quiet)
	for i, digit := range digits {
		quiet &^= digit << (3 + i)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := ds2404Put(tx, c.ROM(), 1, ds2404Status, quiet); err != nil {
			return err
		}
		got, err := ds2404ReadStatus(tx, c)
		if err == nil && got&ds2404Quiet != quiet {
			err = unverified("DS2404 status register")
		}
		return err
	})
}
