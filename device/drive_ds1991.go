// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"syscall"

	"owfs/hw"
)

// The MultiKey iButtons DS1991, from its data sheet (15 pages): memory map page
// 3, commands pages 4 to 7, block selectors page 7, and DS1425, which is an
// older name of the same. There is no CRC anywhere. Each of the three subkeys
// has an identifier, which all can read, a password, which nobody can, and 48
// bytes behind it.
const (
	ds1991WriteScratchpad = 0x96
	ds1991ReadScratchpad  = 0x69
	ds1991CopyScratchpad  = 0x3C
	ds1991ReadSubkey      = 0x66
	ds1991WritePassword   = 0x5A

	ds1991Subkeys    = 3
	ds1991Scratchpad = 3 // in the place of the number of a subkey
	ds1991Field      = 8 // bytes of an identifier, a password, a block
	ds1991Password   = 0x08
	ds1991Data       = 0x10
	ds1991DataSize   = 48
)

// ds1991Selectors choose the 8 bytes of the scratchpad that are copied: the
// identifier, the password, and the six blocks of the data (page 7, figure 6).
func ds1991Selectors(block int) []byte {
	return [...][]byte{
		{0x9A, 0x9A, 0xB3, 0x9D, 0x64, 0x6E, 0x69, 0x4C},
		{0x9A, 0x9A, 0x4C, 0x62, 0x9B, 0x91, 0x69, 0x4C},
		{0x9A, 0x65, 0xB3, 0x62, 0x9B, 0x6E, 0x96, 0x4C},
		{0x6A, 0x6A, 0x43, 0x6D, 0x6B, 0x61, 0x66, 0x43},
		{0x95, 0x95, 0xBC, 0x92, 0x94, 0x9E, 0x99, 0xBC},
		{0x65, 0x9A, 0x4C, 0x9D, 0x64, 0x91, 0x69, 0xB3},
		{0x65, 0x65, 0xB3, 0x9D, 0x64, 0x6E, 0x96, 0xB3},
		{0x65, 0x65, 0x4C, 0x62, 0x9B, 0x91, 0x96, 0xB3},
	}[block]
}

func ds1991Drivers() Drivers {
	d := Drivers{}
	for key := range ds1991Subkeys {
		name := fmt.Sprintf("subkey%d/", key)
		k := ds1991Key(key)
		d[name+"id"] = Driver{Read: k.readID, Write: k.writeID}
		d[name+"password"] = Driver{Write: k.writePassword}
		d[name+"reset"] = Driver{Write: k.reset}
		d[name+"secure_data"] = Driver{Read: k.readData, Write: k.writeData}
	}
	return d
}

// A ds1991Key is the number of a subkey.
type ds1991Key int

// ds1991Command spells a command: its code, and the number of the subkey and
// the address in it with their complement (page 4, figure 4).
func ds1991Command(code byte, key ds1991Key, at int) []byte {
	where := byte(int(key)<<6 | at)
	return []byte{code, where, ^where}
}

// ds1991PasswordOf reads the password from the extension of the name: up to 16
// hex digits, which count as if there were zeros before them.
func ds1991PasswordOf(e Element) ([]byte, error) {
	const digits = 2 * ds1991Field
	if len(e.Text) <= digits {
		if p, err := hex.DecodeString(strings.Repeat("0", digits-len(e.Text)) + e.Text); err == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%q is no password: put it behind the name as up to %d hex digits, as in secure_data.00020406080A0C0E: %w",
		e.Text, digits, syscall.EINVAL)
}

// ask sends a command, reads the identifier, and, if a password is given, sends
// it and reads n bytes.
func (k ds1991Key) ask(tx *hw.Tx, rom hw.ROM, password []byte, n int) (id, data []byte, err error) {
	id, err = tx.Exchange(rom, ds1991Field, ds1991Command(ds1991ReadSubkey, k, ds1991Data)...)
	if err != nil || password == nil {
		return id, nil, err
	}
	if err := tx.Write(password...); err != nil {
		return nil, nil, err
	}
	data = make([]byte, n)
	return id, data, tx.Read(data)
}

// twice does what ask does, twice, and compares.
func (k ds1991Key) twice(tx *hw.Tx, rom hw.ROM, password []byte, n int) (id, data []byte, err error) {
	id, data, err = k.ask(tx, rom, password, n)
	if err != nil {
		return nil, nil, err
	}
	again, dataAgain, err := k.ask(tx, rom, password, n)
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(id, again) || !bytes.Equal(data, dataAgain) {
		return nil, nil, tx.CRCFailed("DS1991 subkey read twice")
	}
	return id, data, answered(tx, rom, append(bytes.Clone(id), data...))
}

func (k ds1991Key) readID(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		id, _, err := k.twice(tx, c.ROM(), nil, 0)
		v = Bytes(id)
		return err
	})
	return v, err
}

// readData reads the data. To a wrong password the chip answers with other
// bytes, which nobody can tell from the right ones (page 7).
func (k ds1991Key) readData(ctx context.Context, c Chip, e Element) (v Value, err error) {
	password, err := ds1991PasswordOf(e)
	if err != nil {
		return v, err
	}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		_, data, err := k.twice(tx, c.ROM(), password, ds1991DataSize)
		v = Bytes(data)
		return err
	})
	return v, err
}

// put puts 8 bytes into the subkey: into the scratchpad, which is read back, and
// from there, with the password. What is copied is cleared in the scratchpad;
// if it is not, the password was wrong (page 6).
func (k ds1991Key) put(tx *hw.Tx, rom hw.ROM, block int, password, p []byte) error {
	at := block * ds1991Field
	if err := tx.Command(rom, append(ds1991Command(ds1991WriteScratchpad, ds1991Scratchpad, at), p...)...); err != nil {
		return err
	}
	got, err := ds1991Pad(tx, rom, at)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, p) {
		return unverified("DS1991 scratchpad")
	}
	command := append(ds1991Command(ds1991CopyScratchpad, k, 0), ds1991Selectors(block)...)
	if err := tx.Command(rom, append(command, password...)...); err != nil {
		return err
	}
	if got, err = ds1991Pad(tx, rom, at); err != nil {
		return err
	}
	blank := make([]byte, ds1991Field)
	if bytes.Equal(got, p) && !bytes.Equal(p, blank) {
		return fmt.Errorf("the chip has not taken the password in the name: %w", syscall.EACCES)
	}
	if !bytes.Equal(got, blank) {
		return unverified("DS1991 scratchpad")
	}
	return nil
}

func ds1991Pad(tx *hw.Tx, rom hw.ROM, at int) ([]byte, error) {
	return readTwice(tx, rom, "DS1991 scratchpad", ds1991Field, ds1991Command(ds1991ReadScratchpad, ds1991Scratchpad, at)...)
}

// writeData writes the blocks that change, and reads them back. The bytes
// behind a short value stay. All of it takes long, so that what was disturbed is
// done again in parts.
func (k ds1991Key) writeData(ctx context.Context, c Chip, e Element, v Value) error {
	password, err := ds1991PasswordOf(e)
	if err != nil {
		return err
	}
	if len(v.Bytes()) > ds1991DataSize {
		return tooLong(ds1991DataSize)
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		old, err := k.data(tx, c.ROM(), password)
		if err != nil {
			return err
		}
		want := append(bytes.Clone(v.Bytes()), old[len(v.Bytes()):]...)
		for at := 0; at < len(want); at += ds1991Field {
			p := want[at : at+ds1991Field]
			if bytes.Equal(p, old[at:at+ds1991Field]) {
				continue
			}
			err := patiently(func() error { return k.put(tx, c.ROM(), (ds1991Data+at)/ds1991Field, password, p) })
			if err != nil {
				return err
			}
		}
		got, err := k.data(tx, c.ROM(), password)
		if err == nil && !bytes.Equal(got, want) {
			err = unverified("DS1991 subkey")
		}
		return err
	})
}

func (k ds1991Key) data(tx *hw.Tx, rom hw.ROM, password []byte) (data []byte, err error) {
	err = patiently(func() error {
		_, data, err = k.twice(tx, rom, password, ds1991DataSize)
		return err
	})
	return data, err
}

func ds1991FieldOf(v Value) ([]byte, error) {
	if len(v.Bytes()) != ds1991Field {
		return nil, fmt.Errorf("%d bytes are needed, not %d: %w", ds1991Field, len(v.Bytes()), syscall.ERANGE)
	}
	return v.Bytes(), nil
}

func (k ds1991Key) writeID(ctx context.Context, c Chip, e Element, v Value) error {
	password, err := ds1991PasswordOf(e)
	if err != nil {
		return err
	}
	p, err := ds1991FieldOf(v)
	if err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := k.put(tx, c.ROM(), 0, password, p); err != nil {
			return err
		}
		return k.hasID(tx, c.ROM(), p)
	})
}

func (k ds1991Key) hasID(tx *hw.Tx, rom hw.ROM, want []byte) error {
	id, _, err := k.twice(tx, rom, nil, 0)
	if err == nil && !bytes.Equal(id, want) {
		err = unverified("DS1991 identifier")
	}
	return err
}

// writePassword changes the password and leaves the data. It can't be read back,
// and is not done twice: after it the old one is wrong.
func (k ds1991Key) writePassword(ctx context.Context, c Chip, e Element, v Value) error {
	password, err := ds1991PasswordOf(e)
	if err != nil {
		return err
	}
	p, err := ds1991FieldOf(v)
	if err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		return Once(k.put(tx, c.ROM(), ds1991Password/ds1991Field, password, p))
	})
}

// reset gives the subkey a new password and an identifier that says its number,
// and clears its data (page 6). The chip takes them if it is sent its old
// identifier before.
func (k ds1991Key) reset(ctx context.Context, c Chip, e Element, v Value) error {
	password, err := ds1991PasswordOf(e)
	if err != nil || !v.Flag() {
		return err
	}
	name := []byte(fmt.Sprintf("Subkey %d", k))
	return c.Do(ctx, func(tx *hw.Tx) error {
		id, err := tx.Exchange(c.ROM(), ds1991Field, ds1991Command(ds1991WritePassword, k, 0)...)
		if err != nil {
			return err
		}
		if err := tx.Write(append(append(id, name...), password...)...); err != nil {
			return err
		}
		return k.hasID(tx, c.ROM(), name)
	})
}
