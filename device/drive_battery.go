// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"syscall"
	"time"

	"owfs/hw"
)

// The battery chips DS2720 to DS2781 are 256 bytes of registers and memory,
// which are read and written from any address on. Parts of it are shadows of
// EEPROM blocks, which can be locked for ever (DS2762 data sheet, pages 14 and
// 21; the others' are the same). Nothing has a CRC.
const (
	batteryRead   = 0x69
	batteryWrite  = 0x6C
	batteryCopy   = 0x48
	batteryRecall = 0xB8
	batteryLock   = 0x6A

	batteryStatus   = 0x01
	batteryDefaults = 0x31 // what the status is after a recall of its block
	batterySize     = 256
	batteryLockable = 0x40 // in the EEPROM register: the lock command is obeyed
)

// batteryCopyTime is t EEC, 10 ms at most.
const batteryCopyTime = 10 * time.Millisecond

// A battery is what the chips of a family differ in.
type battery struct {
	eeprom int    // the address of the EEPROM register
	blocks []span // of EEPROM
	page   int    // how long a page is, which begins where a block does
	pio    bit    // the pin, 0 while it conducts
}

// A span is so many bytes from an address on.
type span struct{ at, n int }

// A bit is one bit of the memory.
type bit struct {
	at int
	n  uint
}

func (b bit) mask() byte { return 1 << b.n }

// A register is a number of one byte or two, the upper one first, that counts
// units above so many bits without a meaning.
type register struct {
	at, bytes int
	shift     uint
	unit      float64
	unsigned  bool
	volatile  bool // not copied to EEPROM, wherever it is
}

func (r register) number(p []byte) float64 {
	n := int(int8(p[0]))
	if r.bytes == 2 {
		n = n<<8 | int(p[1])
	}
	if r.unsigned {
		n &= 1<<(8*r.bytes) - 1
	}
	return float64(n>>r.shift) * r.unit
}

// encode is the bytes of a number.
func (r register) encode(x float64) ([]byte, error) {
	low, high := -math.Ldexp(1, 8*r.bytes-1), math.Ldexp(1, 8*r.bytes-1)-1
	if r.unsigned {
		low, high = 0, math.Ldexp(1, 8*r.bytes)-1
	}
	n := math.Round(x / r.unit)
	if !(n >= low && n <= high) {
		return nil, outOfRange(low*r.unit, high*r.unit)
	}
	p := []byte{byte(int(n) >> 8), byte(int(n))}
	return p[2-r.bytes:], nil
}

// agreed sends a command and reads n bytes, until two answers of up to five are
// the same. If they are all ones, as they are when nobody answers, it makes sure
// that the chip is there.
func agreed(tx *hw.Tx, rom hw.ROM, what string, n int, command ...byte) ([]byte, error) {
	return twoAgree(tx, rom, what, func() ([]byte, error) { return tx.Exchange(rom, n, command...) })
}

// twoAgree is agreed for any way to read.
func twoAgree(tx *hw.Tx, rom hw.ROM, what string, read func() ([]byte, error)) ([]byte, error) {
	var seen [][]byte
	for range 5 {
		p, err := read()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(seen, func(q []byte) bool { return bytes.Equal(p, q) }) {
			return p, there(tx, rom, what, p)
		}
		seen = append(seen, p)
	}
	return nil, unverified("no two readings agree: " + what)
}

// there makes sure that an answer of ones was one.
func there(tx *hw.Tx, rom hw.ROM, what string, answer []byte) error {
	if len(bytes.Trim(answer, "\xFF")) > 0 {
		return nil
	}
	found, err := tx.Verify(hw.SearchROM, rom)
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", what, hw.ErrNoPresence)
	}
	return err
}

// A batteryTx is a transaction with one chip, whose context does not end before
// the transaction.
type batteryTx struct {
	*hw.Tx
	battery
	ctx context.Context
	c   Chip
}

func (b battery) do(ctx context.Context, c Chip, f func(tx batteryTx) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return f(batteryTx{tx, b, context.WithoutCancel(ctx), c}) })
}

func (t batteryTx) read(at, n int) ([]byte, error) {
	return agreed(t.Tx, t.c.ROM(), "battery chip", n, batteryRead, byte(at))
}

func (t batteryTx) write(at int, data []byte) error {
	return t.Command(t.c.ROM(), append([]byte{batteryWrite, byte(at)}, data...)...)
}

// blockOf finds the EEPROM block that an address belongs to.
func (b battery) blockOf(at int) (i int, ok bool) {
	i = slices.IndexFunc(b.blocks, func(s span) bool { return at >= s.at && at < s.at+s.n })
	return i, i >= 0
}

// keep writes to EEPROM, if that makes a difference. It is all in one block.
func (t batteryTx) keep(at int, data []byte) error {
	i, _ := t.blockOf(at)
	start := byte(t.blocks[i].at)
	if err := t.recall(); err != nil {
		return err
	}
	if err := t.recallFrom(start); err != nil {
		return err
	}
	old, err := t.read(at, len(data))
	if err != nil || bytes.Equal(old, data) {
		return err
	}
	t.c.SetFact(batteryUnsure, start)
	if err := t.write(at, data); err != nil {
		return err
	}
	if err := t.holds(i, at, data); err != nil { // the shadow, before it is copied
		return err
	}
	if err := t.Command(t.c.ROM(), batteryCopy, start); err != nil {
		return err
	}
	if err := t.c.Sleep(t.ctx, batteryCopyTime); err != nil {
		return err
	}
	if err := t.recall(); err != nil {
		return err
	}
	return t.holds(i, at, data)
}

// batteryUnsure is the fact which block, by its address, a write was begun to that
// has not ended well: its shadow may not be what the EEPROM holds.
const batteryUnsure = "battery shadow unsure"

// recall makes the shadow what the EEPROM holds, if it may not be.
func (t batteryTx) recall() error {
	start, unsure := t.c.Fact(batteryUnsure).(byte)
	if !unsure {
		return nil
	}
	if err := t.recallFrom(start); err != nil {
		return err
	}
	t.c.SetFact(batteryUnsure, nil)
	return nil
}

func (t batteryTx) recallFrom(start byte) error { return t.Command(t.c.ROM(), batteryRecall, start) }

// holds reads back what was written to a block.
func (t batteryTx) holds(block, at int, data []byte) error {
	got, err := t.read(at, len(data))
	if err != nil || bytes.Equal(got, data) {
		return err
	}
	flags, err := t.read(t.eeprom, 1)
	if err == nil && flags[0]>>block&1 == 1 {
		return fmt.Errorf("page %d is locked for ever: %w", block, syscall.EPERM)
	}
	if err == nil {
		err = unverified("battery chip's EEPROM")
	}
	return err
}

// measure reads a register.
func (b battery) measure(r register) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = b.do(ctx, c, func(tx batteryTx) error {
			p, err := tx.read(r.at, r.bytes)
			if err == nil {
				v = Num(r.number(p))
			}
			return err
		})
		return v, err
	}
}

// number reads and writes a register. One that counts may have gone on when it
// is read back.
func (b battery) number(r register) Driver {
	return Driver{Read: b.measure(r), Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
		data, err := r.encode(v.Num())
		if err != nil {
			return err
		}
		return b.do(ctx, c, func(tx batteryTx) error {
			if _, ok := b.blockOf(r.at); ok && !r.volatile {
				return tx.keep(r.at, data)
			}
			if err := tx.write(r.at, data); err != nil {
				return err
			}
			got, err := tx.read(r.at, r.bytes)
			slack := 0.
			if r.bytes == 2 {
				slack = 2.5 * r.unit // it goes on counting
			}
			if err == nil && math.Abs(r.number(got)-r.number(data)) > slack {
				err = unverified("battery chip's register")
			}
			return err
		})
	}}
}

// through is a property in ampere that comes from one in volts, by way of the
// sense resistor of 25 mΩ that some of the chips have inside.
func through(property string) Driver {
	const ohm = 0.025
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := c.Read(ctx, property, e)
			return Num(v.Num() / ohm), err
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			return c.Write(ctx, property, e, Num(v.Num()*ohm))
		},
	}
}

// readOnly is a driver without its write.
func (d Driver) readOnly() Driver { return Driver{Read: d.Read} }

// see is a bit that can only be read.
func (b battery) see(one bit) Driver { return b.flag(one).readOnly() }

// flag is a bit that can be set and cleared.
func (b battery) flag(one bit) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = b.do(ctx, c, func(tx batteryTx) error {
				p, err := tx.read(one.at, 1)
				if err == nil {
					v = Flag(p[0]&one.mask() != 0)
				}
				return err
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			return b.do(ctx, c, func(tx batteryTx) error { return tx.set(one, v.Flag()) })
		},
	}
}

// own is a bit that the chip alone sets and clears, and what there is to say to
// those who would write it.
func (b battery) own(one bit, why string) Driver {
	return Driver{Read: b.see(one).Read, Write: func(context.Context, Chip, Element, Value) error {
		return fmt.Errorf("%s: %w", why, syscall.EPERM)
	}}
}

// setting is a bit of the status register, which itself can't be written: it is
// recalled from EEPROM, or taken from there by a command.
func (b battery) setting(n uint, refresh ...byte) Driver {
	status := bit{batteryStatus, n}
	return Driver{Read: b.see(status).Read, Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
		return b.do(ctx, c, func(tx batteryTx) error {
			if err := tx.set(bit{batteryDefaults, n}, v.Flag()); err != nil {
				return err
			}
			if len(refresh) > 0 {
				if err := tx.Command(c.ROM(), refresh...); err != nil {
					return err
				}
			}
			p, err := tx.read(status.at, 1)
			if err == nil && p[0]&status.mask() != 0 != v.Flag() {
				err = unverified("battery chip's status")
			}
			return err
		})
	}}
}

// event is a bit that the chip sets and that can only be cleared.
func (b battery) event(one bit) Driver {
	d := b.flag(one)
	write := d.Write
	d.Write = func(ctx context.Context, c Chip, e Element, v Value) error {
		if v.Flag() {
			return fmt.Errorf("this flag can only be cleared: %w", syscall.EINVAL)
		}
		return write(ctx, c, e, v)
	}
	return d
}

// set changes one bit and leaves the others as they are.
func (t batteryTx) set(one bit, on bool) error {
	if _, ok := t.blockOf(one.at); ok {
		if err := t.Command(t.c.ROM(), batteryRecall, byte(one.at)); err != nil {
			return err
		}
	}
	old, err := t.read(one.at, 1)
	if err != nil {
		return err
	}
	want := old[0] &^ one.mask()
	if on {
		want |= one.mask()
	}
	if want == old[0] {
		return nil
	}
	if _, ok := t.blockOf(one.at); ok {
		return t.keep(one.at, []byte{want})
	}
	if err := t.write(one.at, []byte{t.withPin(one.at, want)}); err != nil {
		return err
	}
	got, err := t.read(one.at, 1)
	if err == nil && (got[0]^want)&one.mask() != 0 {
		err = unverified("battery chip's flag")
	}
	return err
}

// batteryPin is the fact what the pin was last told.
const batteryPin = "battery pin"

// withPin keeps the pin as it was told to be, in a byte that is to be written to
// its register: what can be read there is its level, which may come from outside.
func (t batteryTx) withPin(at int, p byte) byte {
	on, known := t.c.Fact(batteryPin).(bool)
	switch {
	case !known || at != t.pio.at:
		return p
	case on:
		return p &^ t.pio.mask()
	}
	return p | t.pio.mask()
}

// setPIO makes the pin conduct, or not. That can't be read back.
func (b battery) setPIO(ctx context.Context, c Chip, _ Element, v Value) error {
	return b.do(ctx, c, func(tx batteryTx) error {
		p, err := tx.read(b.pio.at, 1)
		if err != nil {
			return err
		}
		c.SetFact(batteryPin, v.Flag())
		return tx.write(b.pio.at, []byte{tx.withPin(b.pio.at, p[0])})
	})
}

// pages are the drivers of the memory, its pages and their locks.
func (b battery) pages() Drivers {
	return Drivers{
		"pages/page": {Read: b.readPage, Write: b.writePage},
		"lock":       {Read: b.locked, Write: b.lock},
		"memory":     {Read: b.readMemory, Write: b.writeMemory},
	}
}

func (b battery) readPage(ctx context.Context, c Chip, e Element) (v Value, err error) {
	err = b.do(ctx, c, func(tx batteryTx) error {
		if err := tx.recall(); err != nil {
			return err
		}
		p, err := tx.read(b.blocks[e.Index].at, b.page)
		v = Bytes(p)
		return err
	})
	return v, err
}

func (b battery) writePage(ctx context.Context, c Chip, e Element, v Value) error {
	block := b.blocks[e.Index]
	if most := min(block.n, b.page); len(v.Bytes()) > most {
		return tooLong(most)
	}
	return b.do(ctx, c, func(tx batteryTx) error { return tx.keep(block.at, v.Bytes()) })
}

func (b battery) locked(ctx context.Context, c Chip, e Element) (Value, error) {
	return b.see(bit{b.eeprom, uint(e.Index)}).Read(ctx, c, e)
}

// lock locks a page for ever, if it is not yet. The chip must be told that it
// is going to be, and forgets that when it has done it.
func (b battery) lock(ctx context.Context, c Chip, e Element, v Value) error {
	return b.do(ctx, c, func(tx batteryTx) error {
		flags, err := tx.read(b.eeprom, 1)
		if err != nil {
			return err
		}
		if locked := flags[0]>>e.Index&1 == 1; locked == v.Flag() {
			return nil
		} else if locked {
			return fmt.Errorf("page %d is locked for ever: %w", e.Index, syscall.EPERM)
		}
		if err := tx.write(b.eeprom, []byte{batteryLockable}); err != nil {
			return err
		}
		if err := tx.Command(c.ROM(), batteryLock, byte(b.blocks[e.Index].at)); err != nil {
			return err
		}
		if flags, err = tx.read(b.eeprom, 1); err == nil && flags[0]>>e.Index&1 == 0 {
			err = unverified("battery chip's lock")
		}
		return err
	})
}

// readMemory reads all addresses twice. Where the two differ, because a slot
// was read wrongly or because a register has gone on, a third reading decides.
func (b battery) readMemory(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = b.do(ctx, c, func(tx batteryTx) error {
		p, err := tx.all()
		v = Bytes(p)
		return err
	})
	return v, err
}

func (t batteryTx) all() ([]byte, error) {
	if err := t.recall(); err != nil {
		return nil, err
	}
	all, settled := make([]byte, batterySize), make([]bool, batterySize)
	var before [][]byte
	for range 5 {
		p, err := t.Exchange(t.c.ROM(), batterySize, batteryRead, 0)
		if err != nil {
			return nil, err
		}
		for at, b := range p {
			if settled[at] {
				continue
			}
			all[at] = b
			settled[at] = slices.ContainsFunc(before, func(q []byte) bool { return q[at] == b })
		}
		if !slices.Contains(settled, false) {
			return all, there(t.Tx, t.c.ROM(), "battery chip", all)
		}
		before = append(before, p)
	}
	if slices.Contains(settled[batteryLive:], false) {
		return nil, unverified("no two readings of a byte agree: battery chip")
	}
	return all, nil
}

// batteryLive is where the registers end that a chip changes by itself.
const batteryLive = 0x20

// writeMemory writes what is to be other than it is: EEPROM as EEPROM, and
// everything else as it comes, because much of it can't be written or does not
// stay what it is.
func (b battery) writeMemory(ctx context.Context, c Chip, _ Element, v Value) error {
	if len(v.Bytes()) > batterySize {
		return tooLong(batterySize)
	}
	return b.do(ctx, c, func(tx batteryTx) error {
		old, err := tx.all()
		if err != nil {
			return err
		}
		for at := 0; at < len(v.Bytes()); {
			end := at + 1
			i, ok := b.blockOf(at)
			if ok {
				end = min(len(v.Bytes()), b.blocks[i].at+b.blocks[i].n)
			}
			data := v.Bytes()[at:end]
			switch {
			case bytes.Equal(data, old[at:end]):
			case ok:
				err = tx.keep(at, data)
			default:
				err = tx.write(at, data)
			}
			if err != nil {
				return err
			}
			at = end
		}
		return nil
	})
}
