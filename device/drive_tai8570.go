// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"fmt"
	"time"

	"owfs/hw"
)

// The barometer TAI8570 by AAG is a module MS5534 by Intersema on two DS2406.
// Output A of both is its clock SCLK. Output B of the writer, the one that has a
// supply, is its input DIN, and at B of the reader, which has none, there is its
// output DOUT (the wiring is known from AAG's program and from OWFS). Each of the
// two has a file 8570 in its memory, whose page holds the other's ROM code.
//
// The module is spoken to with a bit for each rising edge of SCLK. Its commands
// are in the data sheet of the MS5540C, which has the same interface (DA5540C,
// pages 12 to 14), and, spelled in bytes, in Intersema's application note AN510.
// It has no CRC; but the DS2406 have one for all that goes through them, so that
// what the line disturbs is noticed.

// tai8570Command is a command of the module, the first bit uppermost, with clocks
// of zeros before and behind it.
type tai8570Command struct {
	bits uint32
	n    int
}

var (
	tai8570Reset = tai8570Command{0x155540, 24}
	tai8570D1    = tai8570Command{0x0F40, 16}
	tai8570D2    = tai8570Command{0x0F20, 16}
	tai8570Words = [4]tai8570Command{{0x1D50, 16}, {0x1D60, 16}, {0x1D90, 16}, {0x1DA0, 16}}
)

// Channel access (DS2406 data sheet pages 14 to 16): both channels, a bit for A
// and B in turn.
const (
	tai8570Writes = 0x8E // all bytes are written, a CRC comes behind each 8
	tai8570Reads  = 0xEF // reads and writes a byte in turn, a CRC comes behind 32

	// A bit of a command in eight of the channels: SCLK low, high, low, low.
	tai8570Zero = 0b00000100
	tai8570One  = 0b00001110
	// SCLK low and high, DOUT left alone: the next bit of an answer.
	tai8570Next = 0b11111010

	// A measurement takes 35 ms at most (MS5540C data sheet, page 5).
	tai8570Time  = 36 * time.Millisecond
	tai8570Pause = 5 * time.Millisecond
)

// A tai8570 is a barometer: its switches and how it is calibrated.
type tai8570 struct {
	reader, writer, sibling hw.ROM
	c                       [6]float64
}

const tai8570Fact = "TAI8570"

func tai8570Drivers() Drivers {
	celsius := func(f func(t tai8570, d2 float64) float64) Driver {
		return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			t, d, err := tai8570Measured(ctx, c, "TAI8570/D2")
			return Num(f(t, d[0])), err
		}}
	}
	mbar := func(f func(t tai8570, d1, d2 float64) float64) Driver {
		return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			t, d, err := tai8570Measured(ctx, c, "TAI8570/D2", "TAI8570/D1")
			return Num(f(t, d[1], d[0])), err
		}}
	}
	return Drivers{
		"TAI8570/sibling":            {Read: tai8570Sibling},
		"TAI8570/C":                  {Read: tai8570Calibration},
		"TAI8570/D1":                 {Read: tai8570Raw(tai8570D1)},
		"TAI8570/D2":                 {Read: tai8570Raw(tai8570D2)},
		"TAI8570/temperature":        celsius(tai8570.celsius),
		"TAI8570/pressure":           mbar(tai8570.mbar),
		"TAI8570/DA5534/temperature": celsius(tai8570.celsius5534),
		"TAI8570/DA5534/pressure":    mbar(tai8570.mbar5534),
		"TAI8570/DA5540/temperature": celsius(tai8570.celsius5540),
		"TAI8570/DA5540/pressure":    mbar(tai8570.mbar5540),
	}
}

// tai8570Page reads a page of the 1-Wire file structure: its length, the data, and
// a CRC that begins with the number of the page (application note 114).
func tai8570Page(ctx context.Context, c Chip, page int) ([]byte, bool, error) {
	v, err := c.Read(ctx, "pages/page", Element{Index: page})
	if err != nil {
		return nil, false, err
	}
	p := v.Bytes()
	n := int(p[0])
	if n+3 > len(p) || !hw.CheckCRC16(uint16(page), p[:n+3]) {
		return nil, false, nil
	}
	return p[1 : 1+n], true, nil
}

// tai8570Pair finds out who the two switches are.
func tai8570Pair(ctx context.Context, c Chip) (t tai8570, err error) {
	directory, ok, err := tai8570Page(ctx, c, 0)
	if err != nil {
		return t, err
	}
	if !ok || len(directory) < 11 || string(directory[7:11]) != "8570" {
		return t, fmt.Errorf("there is no file 8570 in the memory, so this is no TAI8570: %w", errors.ErrUnsupported)
	}
	file, ok, err := tai8570Page(ctx, c, 1)
	if err != nil {
		return t, err
	}
	if ok && len(file) >= len(t.sibling) {
		t.sibling = hw.ROM(file)
	}
	if t.sibling.Family() != c.ROM().Family() || hw.CRC8(t.sibling[:]) != 0 {
		return t, fmt.Errorf("page 1 does not hold the code of the other DS2406 of a TAI8570: %w", errors.ErrUnsupported)
	}
	powered, err := c.Read(ctx, "power", Element{})
	t.reader, t.writer = c.ROM(), t.sibling
	if powered.Flag() {
		t.reader, t.writer = t.writer, t.reader
	}
	return t, err
}

// tai8570Of returns the barometer that a DS2406 is a part of, with its
// calibration, which is read once for as long as the device is there.
func tai8570Of(ctx context.Context, c Chip) (tai8570, error) {
	if t, known := c.Fact(tai8570Fact).(tai8570); known {
		return t, nil
	}
	t, err := tai8570Pair(ctx, c)
	if err != nil {
		return t, err
	}
	err = t.do(ctx, c, func(tx tai8570Tx) error {
		words, err := tx.words()
		if err == nil {
			t.calibrate(words)
			c.SetFact(tai8570Fact, t)
		}
		return err
	})
	return t, err
}

func tai8570Sibling(ctx context.Context, c Chip, _ Element) (Value, error) {
	t, err := tai8570Pair(ctx, c)
	return Text(fmt.Sprintf("%X", t.sibling[:])), err
}

func tai8570Calibration(ctx context.Context, c Chip, _ Element) (Value, error) {
	t, err := tai8570Of(ctx, c)
	list := make([]Value, len(t.c))
	for i := range list {
		list[i] = Int(int64(t.c[i]))
	}
	return List(list...), err
}

func tai8570Raw(command tai8570Command) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		t, err := tai8570Of(ctx, c)
		if err != nil {
			return v, err
		}
		err = t.do(ctx, c, func(tx tai8570Tx) error {
			n, err := tx.measure(command)
			v = Int(int64(n))
			return err
		})
		return v, err
	}
}

// tai8570Measured returns the barometer and what it measures.
func tai8570Measured(ctx context.Context, c Chip, properties ...string) (t tai8570, d [2]float64, err error) {
	if t, err = tai8570Of(ctx, c); err != nil {
		return t, d, err
	}
	for i, name := range properties {
		v, err := c.Read(ctx, name, Element{})
		if err != nil {
			return t, d, err
		}
		d[i] = float64(v.Int())
	}
	return t, d, nil
}

// A tai8570Tx is a transaction with a barometer. Its context does not end before
// the transaction does.
type tai8570Tx struct {
	*hw.Tx
	tai8570
	ctx context.Context
	c   Chip
}

// do runs a transaction that begins with a reset of the module.
func (t tai8570) do(ctx context.Context, c Chip, f func(tx tai8570Tx) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		t := tai8570Tx{tx, t, context.WithoutCancel(ctx), c}
		const both = ds2406OutputA | ds2406OutputB
		if err := ds2406ChangeNow(tx, t.reader, both, both); err != nil { // it holds nothing low
			return err
		}
		if err := t.send(tai8570Reset); err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		return ds2406ChangeNow(tx, t.writer, both, both)
	})
}

// access begins a channel access and returns what its first CRC begins with.
func (t tai8570Tx) access(rom hw.ROM, control byte) (seed uint16, err error) {
	command := []byte{ds2406Access, control, 0xFF}
	info, err := t.Exchange(rom, 1, command...)
	if err != nil {
		return 0, err
	}
	return hw.CRC16(hw.CRC16(0, command), info), nil
}

// check reads the CRC of what was written or read.
func (t tai8570Tx) check(seed uint16, p []byte) error {
	crc := make([]byte, 2)
	if err := t.Read(crc); err != nil {
		return err
	}
	if !hw.CheckCRC16(hw.CRC16(seed, p), crc) {
		return t.CRCFailed("TAI8570 channel access")
	}
	return nil
}

// send gives the module a command. SCLK and DIN are low at the end.
func (t tai8570Tx) send(command tai8570Command) error {
	seed, err := t.access(t.writer, tai8570Writes)
	if err != nil {
		return err
	}
	for at := command.n - 1; at >= 0; at -= 8 {
		p := make([]byte, 8)
		for i := range p {
			p[i] = tai8570Zero
			if command.bits>>(at-i)&1 == 1 {
				p[i] = tai8570One
			}
		}
		if err := t.Write(p...); err != nil {
			return err
		}
		if err := t.check(seed, p); err != nil {
			return err
		}
		seed = 0
	}
	return nil
}

// receive reads an answer. The first of its bits comes as the writer lets go of
// SCLK; the reader pulses it for the others.
func (t tai8570Tx) receive() (uint16, error) {
	if err := ds2406ChangeNow(t.Tx, t.writer, ds2406OutputA, ds2406OutputA); err != nil {
		return 0, err
	}
	seed, err := t.access(t.reader, tai8570Reads)
	if err != nil {
		return 0, err
	}
	var answer uint16
	var all []byte
	b := make([]byte, 1)
	for range 16 {
		if err := t.Read(b); err != nil {
			return 0, err
		}
		if err := t.Write(tai8570Next); err != nil {
			return 0, err
		}
		all = append(all, b[0], tai8570Next)
		answer = answer<<1 | uint16(b[0]>>7)
	}
	if err := t.check(seed, all); err != nil {
		return 0, err
	}
	for i := 0; i < len(all); i += 2 {
		// SCLK high, and four times the same DOUT.
		if all[i] != 0b01010101 && all[i] != 0b11111111 {
			return 0, unverified("TAI8570 bit that changes while it is read")
		}
	}
	return answer, nil
}

// words reads the calibration until it is the same twice, as it will be used for
// long.
func (t tai8570Tx) words() (words [4]uint16, err error) {
	var before [4]uint16
	for try := range 4 {
		for i, command := range tai8570Words {
			if err := t.send(command); err != nil {
				return words, err
			}
			if words[i], err = t.receive(); err != nil {
				return words, err
			}
		}
		if try > 0 && words == before {
			if words == ([4]uint16{}) || words == [4]uint16{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF} {
				return words, unverified("TAI8570 calibration that is empty")
			}
			return words, nil
		}
		before = words
	}
	return words, unverified("TAI8570 calibration, of which no two readings agree")
}

// measure makes a measurement. DOUT is high until it has ended.
func (t tai8570Tx) measure(command tai8570Command) (uint16, error) {
	if err := t.send(command); err != nil {
		return 0, err
	}
	if err := t.c.Sleep(t.ctx, tai8570Time); err != nil {
		return 0, err
	}
	for range 5 {
		p, err := exchangeCRC16(t.Tx, t.reader, "DS2406 channel access", 2, ds2406Access, ds2406Look, 0xFF)
		if err != nil {
			return 0, err
		}
		if p[0]>>(ds2406Levels+1)&1 == 0 {
			answer, err := t.receive()
			if err == nil && (answer == 0 || answer == 0xFFFF) {
				err = unverified("TAI8570 measurement that is empty")
			}
			return answer, err
		}
		if err := t.c.Sleep(t.ctx, tai8570Pause); err != nil {
			return 0, err
		}
	}
	return 0, unverified("TAI8570 measurement that should have ended")
}
