// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"owfs/hw"
)

// The memory behind passwords DS1977, from its data sheet (29 pages): memory map
// and passwords pages 6 and 7, commands pages 9 to 14, protocol and examples
// pages 24 to 28. The chip lives on the line: reading, comparing and copying all
// take a strong pull-up behind the last bit of the password.
const (
	ds1977Read    = 0x69
	ds1977Verify  = 0xC3
	ds1977Copy    = 0x99
	ds1977Version = 0xCC

	ds1977Pages    = 511
	ds1977PageSize = 64

	// How long the pull-up lasts (page 3: 2.64, 22.46 and 0.62 ms at least).
	ds1977ReadTime   = 3 * time.Millisecond
	ds1977CopyTime   = 23 * time.Millisecond
	ds1977VerifyTime = time.Millisecond

	ds1977ReadPassword = 0x7FC0 // write-only
	ds1977FullPassword = 0x7FC8
	ds1977Control      = 0x7FD0
	ds1977Enabled      = 0xAA // in the control register; else passwords do not count
	ds1977OK           = 0xAA // what the chip sends again and again; or 55, by the first bit
	ds1977Password     = 8
)

// The passwords that were given are facts of the device: they are kept as long
// as it is there.
const (
	ds1977ReadKey = "read password"
	ds1977FullKey = "full password"
)

func ds1977Drivers() Drivers {
	return Drivers{
		"memory": {
			Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
				return ds1977Memory(c).drivers()["memory"].Read(ctx, c, e)
			},
			Write: func(ctx context.Context, c Chip, e Element, v Value) error {
				return ds1977Memory(c).drivers()["memory"].Write(ctx, c, e, v)
			},
		},
		"pages/page": {
			Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
				return ds1977Memory(c).drivers()["pages/page"].Read(ctx, c, e)
			},
			Write: func(ctx context.Context, c Chip, e Element, v Value) error {
				return ds1977Memory(c).drivers()["pages/page"].Write(ctx, c, e, v)
			},
		},
		"version":              {Read: ds1977ReadVersion},
		"use_password/read":    {Write: ds1977Use(ds1977ReadKey)},
		"use_password/full":    {Write: ds1977Use(ds1977FullKey)},
		"set_password/read":    {Write: ds1977Set(ds1977ReadPassword, ds1977ReadKey)},
		"set_password/full":    {Write: ds1977Set(ds1977FullPassword, ds1977FullKey)},
		"set_password/enabled": {Read: ds1977IsEnabled, Write: ds1977SetEnabled},
	}
}

// ds1977Memory is the memory as it can be had with the passwords that were
// given.
func ds1977Memory(c Chip) pagedChip {
	k := ds1977Keys(c)
	return pagedChip{
		what: "DS1977 memory", count: ds1977Pages, size: ds1977PageSize, row: ds1977PageSize,
		read: k.read, write: k.write,
	}
}

// ds1977Secrets are the passwords for reading and for all. Of those that were
// not given the other one is taken, or zeros: a chip that does not ask for
// passwords takes anything.
type ds1977Secrets struct{ reading, full []byte }

func ds1977Keys(c Chip) ds1977Secrets {
	read, _ := c.Fact(ds1977ReadKey).([]byte)
	full, _ := c.Fact(ds1977FullKey).([]byte)
	if full == nil {
		full = make([]byte, ds1977Password)
	}
	if read == nil {
		read = full
	}
	return ds1977Secrets{read, full}
}

// ds1977Powered sends a command with a password, gives the chip power for so
// long, and reads n bytes.
func ds1977Powered(tx *hw.Tx, rom hw.ROM, n int, d time.Duration, password []byte, command ...byte) ([]byte, error) {
	all := append(slices.Clone(command), password...)
	last := len(all) - 1
	if err := tx.Command(rom, all[:last]...); err != nil {
		return nil, err
	}
	if err := tx.Power(all[last], d); err != nil {
		return nil, err
	}
	answer := make([]byte, n)
	return answer, tx.Read(answer)
}

// ds1977Refused is what ones mean in the place of an answer, if the chip is
// there: it was given a wrong password, or too little power.
func ds1977Refused(tx *hw.Tx, rom hw.ROM, answer []byte) error {
	for _, b := range answer {
		if b != 0xFF {
			return nil
		}
	}
	if err := answered(tx, rom, answer); err != nil {
		return err
	}
	return fmt.Errorf("the DS1977 refuses: wrong password, or no strong pull-up; give the password to use_password: %w", syscall.EACCES)
}

// one reads a page from an address on.
func (k ds1977Secrets) one(tx *hw.Tx, rom hw.ROM, at int) ([]byte, error) {
	command := addressed(ds1977Read, at)
	n := ds1977PageSize - at%ds1977PageSize
	p, err := ds1977Powered(tx, rom, n+2, ds1977ReadTime, k.reading, command...)
	if err != nil {
		return nil, err
	}
	if err := ds1977Refused(tx, rom, p); err != nil {
		return nil, err
	}
	if !tx.CheckCRC16(hw.CRC16(0, command), p) {
		return nil, tx.CRCFailed("DS1977 memory")
	}
	return p[:n], nil
}

func (k ds1977Secrets) read(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
	var all []byte
	for len(all) < n {
		p, err := k.one(tx, rom, at+len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, p...)
	}
	return all, nil
}

func (k ds1977Secrets) write(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (done int, err error) {
	first, last := changed(old, want)
	if err := k.put(tx, rom, at+first, want[first:last+1]); err != nil {
		return 0, err
	}
	return pageHolds(tx, rom, "DS1977 memory", k.read, at, want)
}

// put writes bytes of one page by way of the scratchpad.
func (k ds1977Secrets) put(tx *hw.Tx, rom hw.ROM, at int, p []byte) error {
	if err := tx.Command(rom, addressed(padWrite, at, p...)...); err != nil {
		return err
	}
	offset := at % ds1977PageSize
	end := byte(offset + len(p) - 1)
	// The scratchpad is read to its end, where the CRC is.
	got, err := exchangeCRC16(tx, rom, "DS1977 scratchpad", 3+ds1977PageSize-offset, padRead)
	if err != nil {
		return err
	}
	if !bytes.Equal(got[:3+len(p)], append([]byte{byte(at), byte(at >> 8), end}, p...)) {
		return unverified("DS1977 scratchpad")
	}
	answer, err := ds1977Powered(tx, rom, 1, ds1977CopyTime, k.full, append(addressed(ds1977Copy, at), end)...)
	if err != nil {
		return err
	}
	if err := ds1977Refused(tx, rom, answer); err != nil {
		return err
	}
	return ds1977Took(answer[0])
}

func ds1977Took(answer byte) error {
	if answer != ds1977OK && answer != ds1977OK>>1 {
		return unverified("DS1977 copy")
	}
	return nil
}

// ds1977ReadVersion reads the version, which comes twice (page 25).
func ds1977ReadVersion(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err := tx.Exchange(c.ROM(), 2, ds1977Version, 0, 0)
		if err != nil {
			return err
		}
		if p[0] != p[1] {
			return tx.CRCFailed("DS1977 version read twice")
		}
		v = Int(int64(p[0]))
		return answered(tx, c.ROM(), p)
	})
	return v, err
}

func ds1977CheckPassword(p []byte) error {
	if len(p) != ds1977Password {
		return fmt.Errorf("a password has %d bytes, not %d: %w", ds1977Password, len(p), syscall.ERANGE)
	}
	return nil
}

// ds1977Use keeps a password to be sent from now on.
func ds1977Use(key string) func(context.Context, Chip, Element, Value) error {
	return func(_ context.Context, c Chip, _ Element, v Value) error {
		if err := ds1977CheckPassword(v.Bytes()); err != nil {
			return err
		}
		c.SetFact(key, slices.Clone(v.Bytes()))
		return nil
	}
}

// ds1977Set changes a password, while passwords do not count (page 6), makes
// sure of it, and takes it out of the scratchpad, where anybody could read it.
func ds1977Set(at int, key string) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		if err := ds1977CheckPassword(v.Bytes()); err != nil {
			return err
		}
		k := ds1977Keys(c)
		err := c.Do(ctx, func(tx *hw.Tx) error {
			on, err := k.enabled(tx, c.ROM())
			if err != nil {
				return err
			}
			if on {
				return fmt.Errorf("write 0 to set_password/enabled before a password is changed: %w", syscall.EPERM)
			}
			err = k.put(tx, c.ROM(), at, v.Bytes())
			if err == nil {
				err = ds1977IsPassword(tx, c.ROM(), at, v.Bytes())
			}
			blank := addressed(padWrite, 0, slices.Repeat([]byte{0xFF}, ds1977PageSize)...)
			_, wipe := exchangeCRC16(tx, c.ROM(), "DS1977 scratchpad", 0, blank...)
			return errors.Join(err, wipe)
		})
		if err == nil {
			c.SetFact(key, slices.Clone(v.Bytes()))
		}
		return err
	}
}

// ds1977IsPassword asks the chip whether a password is the one it has.
func ds1977IsPassword(tx *hw.Tx, rom hw.ROM, at int, password []byte) error {
	answer, err := ds1977Powered(tx, rom, 1, ds1977VerifyTime, password, addressed(ds1977Verify, at)...)
	if err != nil {
		return err
	}
	if err := ds1977Refused(tx, rom, answer); err != nil {
		return err
	}
	return ds1977Took(answer[0])
}

func (k ds1977Secrets) enabled(tx *hw.Tx, rom hw.ROM) (bool, error) {
	p, err := k.one(tx, rom, ds1977Control)
	if err != nil {
		return false, err
	}
	return p[0] == ds1977Enabled, nil
}

func ds1977IsEnabled(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	k := ds1977Keys(c)
	err = c.Do(ctx, func(tx *hw.Tx) error {
		on, err := k.enabled(tx, c.ROM())
		v = Flag(on)
		return err
	})
	return v, err
}

// ds1977SetEnabled makes passwords count, or not. They do not begin to before
// the full one has been given here and is right: nobody shall lock himself out.
func ds1977SetEnabled(ctx context.Context, c Chip, _ Element, v Value) error {
	if _, given := c.Fact(ds1977FullKey).([]byte); v.Flag() && !given {
		return fmt.Errorf("write the full password to set_password/full or use_password/full first: %w", syscall.EPERM)
	}
	k, want := ds1977Keys(c), byte(0)
	if v.Flag() {
		want = ds1977Enabled
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		if v.Flag() {
			if err := ds1977IsPassword(tx, c.ROM(), ds1977FullPassword, k.full); err != nil {
				return err
			}
		}
		k.reading = k.full
		if err := k.put(tx, c.ROM(), ds1977Control, []byte{want}); err != nil {
			return err
		}
		on, err := k.enabled(tx, c.ROM())
		if err == nil && on != v.Flag() {
			err = unverified("DS1977 password control")
		}
		return err
	})
}
