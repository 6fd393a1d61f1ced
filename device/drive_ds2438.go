// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"owfs/hw"
)

// The DS2438, from its data sheet (29 pages): formats pages 4 to 9, memory map pages 14 to
// 17, commands pages 20 and 21. Its memory is eight pages of eight bytes, each
// with a scratchpad that has a CRC; commands name the page.
const (
	ds2438ConvertV = 0xB4

	ds2438IAD = 0x01 // measure the current all the time
	ds2438CA  = 0x02 // add it up in page 7
	ds2438EE  = 0x04 // and keep that in EEPROM
	ds2438AD  = 0x08 // the voltage is VDD; else VAD
	ds2438TB  = 0x10 // busy with the temperature
	ds2438NVB = 0x20 // busy with the EEPROM
	ds2438ADB = 0x40 // busy with the voltage

	ds2438Pages    = 8
	ds2438PageSize = 8
)

// Conversions take 10 ms at most, and so does the EEPROM (AC electrical
// characteristics, at the end). The current
// is measured 36.41 times a second (page 5), so that after two periods one
// measurement is whole.
const (
	ds2438ConvertTime = 10 * time.Millisecond
	ds2438CopyTime    = 10 * time.Millisecond
	ds2438Currents    = 55 * time.Millisecond
)

// ds2438IADLent is the fact that IAD was switched on for one reading only.
const ds2438IADLent = "DS2438 IAD lent"

// ds2437Drivers are those of the DS2437, of which the DS2438 kept the memory
// map and the commands.
func ds2437Drivers() Drivers {
	date := func(dir string, udate Driver) Drivers {
		return Drivers{dir + "udate": udate, dir + "date": dateOf(dir + "udate")}
	}
	all := Drivers{
		"temperature": {Read: ds2438Temperature},
		"latesttemp":  {Read: ds2438LatestTemp},
		"VDD":         {Read: ds2438Voltage(ds2438AD)},
		"VAD":         {Read: ds2438Voltage(0)},
		"vis":         {Read: ds2438Vis},
		"IAD":         ds2438Flag(ds2438IAD),
		"CA":          ds2438Flag(ds2438CA),
		"EE":          ds2438Flag(ds2438EE),
		"pages/page":  {Read: ds2438ReadPage, Write: ds2438WritePage},
	}
	for _, part := range []Drivers{
		date("", ds2438Time(1, 0)), date("disconnect/", ds2438Time(2, 0)), date("endcharge/", ds2438Time(2, 4)),
	} {
		for name, d := range part {
			all[name] = d
		}
	}
	return all
}

func ds2438Drivers() Drivers {
	all := ds2437Drivers()
	all["offset"] = Driver{Read: ds2438Offset, Write: ds2438SetOffset}
	for name, d := range ds2438Sensors() {
		all[name] = d
	}
	return all
}

// A ds2438Tx is a transaction with one chip. Its context does not end before
// the transaction, so that no copy to the EEPROM is left in the middle.
type ds2438Tx struct {
	*hw.Tx
	ctx context.Context
	c   Chip
}

func ds2438Do(ctx context.Context, c Chip, f func(tx ds2438Tx) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return f(ds2438Tx{tx, context.WithoutCancel(ctx), c}) })
}

// page reads a page by way of its scratchpad.
func (t ds2438Tx) page(page byte) ([]byte, error) {
	if err := t.Command(t.c.ROM(), recallEE, page); err != nil {
		return nil, err
	}
	return t.scratchpad(page)
}

func (t ds2438Tx) scratchpad(page byte) ([]byte, error) {
	p, err := t.Exchange(t.c.ROM(), ds2438PageSize+1, readScratchpad, page)
	if err != nil {
		return nil, err
	}
	if !t.CheckCRC8(p) {
		return nil, t.CRCFailed("DS2438 page")
	}
	return p[:ds2438PageSize], nil
}

// writable is what of a page can be written: nothing of page 0 but the
// configuration and the threshold, and not the last byte of page 1.
func ds2438Writable(page byte, p []byte) []byte {
	switch page {
	case 0:
		return []byte{p[0] & (ds2438IAD | ds2438CA | ds2438EE | ds2438AD), p[7]}
	case 1:
		return p[:7]
	}
	return p
}

// write changes the beginning of a page that has been read before, so that its
// scratchpad holds the rest. It is copied only after it was read back.
func (t ds2438Tx) write(page byte, old, data []byte) error {
	if err := t.fill(page, data); err != nil {
		return err
	}
	got, err := t.scratchpad(page)
	if err != nil {
		return err
	}
	want := append(bytes.Clone(data), old[len(data):]...)
	if !bytes.Equal(ds2438Writable(page, got), ds2438Writable(page, want)) {
		return unverified("DS2438 scratchpad")
	}
	if err := t.Command(t.c.ROM(), copyScratchpad, page); err != nil {
		return err
	}
	return t.c.Sleep(t.ctx, ds2438CopyTime)
}

// ds2438Spoilt is the fact that another scratchpad than the one that was meant
// may have been written: the number of the page did not come over as it was sent.
const ds2438Spoilt = "DS2438 scratchpads spoilt"

// fill writes the scratchpad of a page. Those that are spoilt are loaded from
// memory first, so that they do no harm should a copy go to another page, too.
func (t ds2438Tx) fill(page byte, data []byte) error {
	for other := byte(0); other < ds2438Pages && t.c.Fact(ds2438Spoilt) == true; other++ {
		if err := t.Command(t.c.ROM(), recallEE, other); err != nil {
			return err
		}
		if other == ds2438Pages-1 {
			t.c.SetFact(ds2438Spoilt, nil)
		}
	}
	err := t.Command(t.c.ROM(), append([]byte{writeScratchpad, page}, data...)...)
	if err != nil {
		t.c.SetFact(ds2438Spoilt, true)
	}
	return err
}

// set sets the bits of the mask as wanted, for those who see by what they read
// next whether it was done. The configuration is EEPROM: it is written only if it
// is another one. p is page 0 as it was read.
func (t ds2438Tx) set(p []byte, mask, want byte) error {
	if p[0]&mask == want {
		return nil
	}
	return t.write(0, p, []byte{p[0]&^mask | want})
}

// configure does what set does and reads it back.
func (t ds2438Tx) configure(p []byte, mask, want byte) error {
	if p[0]&mask == want {
		return nil
	}
	if err := t.set(p, mask, want); err != nil {
		return err
	}
	got, err := t.page(0)
	if err == nil && got[0]&mask != want {
		err = unverified("DS2438 configuration")
	}
	return err
}

// ds2438Answers is the fact that the chip holds read slots low while it measures.
const ds2438Answers = "DS2438 answers"

// begin starts a measurement. The chip says that it is busy by holding read slots
// low (page 21); once it is known to do so, a silent one has not got the command:
// what it had measured before must not be taken for the new.
func (t ds2438Tx) begin(command byte) error {
	slots, err := t.Exchange(t.c.ROM(), 1, command)
	switch {
	case err != nil:
		return err
	case bits.OnesCount8(slots[0]) < 4:
		t.c.SetFact(ds2438Answers, true)
	case t.c.Fact(ds2438Answers) == true:
		return unverified("DS2438 conversion that should have begun")
	}
	return nil
}

// convert makes one measurement and reads page 0 after it.
func (t ds2438Tx) convert(command, busy byte) ([]byte, error) {
	if err := t.begin(command); err != nil {
		return nil, err
	}
	if err := t.c.Sleep(t.ctx, ds2438ConvertTime); err != nil {
		return nil, err
	}
	p, err := t.page(0)
	if err == nil && p[0]&busy != 0 {
		err = unverified("DS2438 conversion that should have ended")
	}
	return p, err
}

// voltage measures VDD or VAD. The chip is most often set to the right one
// already, so that it is asked first and set only after that.
func (t ds2438Tx) voltage(source byte) (float64, error) {
	p, err := t.convert(ds2438ConvertV, ds2438ADB)
	if err != nil {
		return 0, err
	}
	if p[0]&ds2438AD != source {
		if err := t.set(p, ds2438AD, source); err != nil {
			return 0, err
		}
		if p, err = t.convert(ds2438ConvertV, ds2438ADB); err != nil {
			return 0, err
		}
		if p[0]&ds2438AD != source {
			return 0, unverified("DS2438 input")
		}
	}
	return ds2438Volts(p), nil
}

// ds2438Volts is 10 bits of 10 mV (page 5, table 2).
func ds2438Volts(page0 []byte) float64 {
	return float64(binary.LittleEndian.Uint16(page0[3:])&0x3FF) / 100
}

// ds2438Celsius is 13 bits of 2⁻⁵ °C, at the top of the register (page 4).
func ds2438Celsius(page0 []byte) float64 {
	return float64(int16(binary.LittleEndian.Uint16(page0[1:]))>>3) / 32
}

func ds2438Voltage(source byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
			volts, err := tx.voltage(source)
			v = Num(volts)
			return err
		})
		return v, err
	}
}

func ds2438Temperature(ctx context.Context, c Chip, e Element) (Value, error) {
	if err := c.Convert(ctx, Measurement{Command: convertT, Time: ds2438ConvertTime}); err != nil {
		return Value{}, err
	}
	return ds2438LatestTemp(ctx, c, e)
}

func ds2438LatestTemp(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
		p, err := tx.page(0)
		if err != nil {
			return err
		}
		if p[0]&ds2438TB != 0 {
			return unverified("DS2438 conversion that should have ended")
		}
		v = Num(ds2438Celsius(p))
		return nil
	})
	return v, err
}

// ds2438Vis is the voltage across the sense resistor, in 4096 parts of a volt
// (page 6). If the chip is not to measure it, it does so for this once.
func ds2438Vis(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
		p, err := tx.page(0)
		if err != nil {
			return err
		}
		if lent := c.Fact(ds2438IADLent) == true; lent || p[0]&ds2438IAD == 0 {
			c.SetFact(ds2438IADLent, true)
			if p, err = tx.lendIAD(p); err != nil {
				return err
			}
			c.SetFact(ds2438IADLent, nil)
		}
		v = Num(float64(int16(binary.LittleEndian.Uint16(p[5:]))) / 4096)
		return nil
	})
	return v, err
}

// lendIAD switches the measuring of the current on, and off again, and returns
// page 0 as it was in between.
func (t ds2438Tx) lendIAD(p []byte) ([]byte, error) {
	if err := t.set(p, ds2438IAD, ds2438IAD); err != nil {
		return nil, err
	}
	if err := t.c.Sleep(t.ctx, ds2438Currents); err != nil {
		return nil, err
	}
	p, err := t.page(0)
	if err != nil {
		return nil, err
	}
	if p[0]&ds2438IAD == 0 {
		return nil, unverified("DS2438 configuration")
	}
	return p, t.configure(p, ds2438IAD, 0)
}

// ds2438Flag is a bit of the configuration.
func ds2438Flag(bit byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
				p, err := tx.page(0)
				if err == nil {
					v = Flag(p[0]&bit != 0)
				}
				return err
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			var want byte
			if v.Flag() {
				want = bit
			}
			return ds2438Do(ctx, c, func(tx ds2438Tx) error {
				if bit == ds2438IAD {
					c.SetFact(ds2438IADLent, nil)
				}
				p, err := tx.page(0)
				if err != nil {
					return err
				}
				return tx.configure(p, bit, want)
			})
		},
	}
}

// ds2438Time is a point in time, four bytes of seconds in a page (page 10,
// table 10).
func ds2438Time(page byte, at int) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
				p, err := tx.page(page)
				if err == nil {
					v = Int(int64(binary.LittleEndian.Uint32(p[at:])))
				}
				return err
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Int() < 0 || v.Int() > math.MaxUint32 {
				return outOfRange(0, uint32(math.MaxUint32))
			}
			return ds2438Do(ctx, c, func(tx ds2438Tx) error { return tx.setTime(page, at, uint32(v.Int())) })
		},
	}
}

func (t ds2438Tx) setTime(page byte, at int, seconds uint32) error {
	old, err := t.page(page)
	if err != nil {
		return err
	}
	data := binary.LittleEndian.AppendUint32(bytes.Clone(old[:at]), seconds)
	if err := t.write(page, old, data); err != nil {
		return err
	}
	got, err := t.page(page)
	if err == nil && binary.LittleEndian.Uint32(got[at:])-seconds > 1 { // the clock goes on
		err = unverified("DS2438 time")
	}
	return err
}

// The offset is what is added to each measurement of the current. It has nine
// bits with its sign, which stand three bits to the left and have three of no
// meaning before them (page 6, table 4). It is changed while the current is not
// measured (page 6).
const ds2438OffsetBits = 0x1FF8

func ds2438Offset(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
		p, err := tx.page(1)
		if err == nil {
			offset := int16(binary.LittleEndian.Uint16(p[5:])<<3) >> 6
			v = Int(int64(uint32(int32(offset)))) // the property has no sign
		}
		return err
	})
	return v, err
}

func ds2438SetOffset(ctx context.Context, c Chip, _ Element, v Value) error {
	offset := v.Int()
	if offset > math.MaxInt32 && offset <= math.MaxUint32 {
		offset -= 1 << 32 // a negative number as one without a sign
	}
	if offset < -256 || offset > 255 {
		return outOfRange(-256, 255)
	}
	return ds2438Do(ctx, c, func(tx ds2438Tx) error {
		p, err := tx.page(0)
		if err != nil {
			return err
		}
		on := p[0] & ds2438IAD
		if err := tx.configure(p, ds2438IAD, 0); err != nil {
			return err
		}
		if err := tx.setOffset(uint16(offset << 3)); err != nil || on == 0 {
			return err
		}
		if p, err = tx.page(0); err != nil {
			return err
		}
		return tx.configure(p, ds2438IAD, on)
	})
}

func (t ds2438Tx) setOffset(register uint16) error {
	old, err := t.page(1)
	if err != nil || (binary.LittleEndian.Uint16(old[5:])^register)&ds2438OffsetBits == 0 {
		return err
	}
	if err := t.write(1, old, binary.LittleEndian.AppendUint16(bytes.Clone(old[:5]), register)); err != nil {
		return err
	}
	got, err := t.page(1)
	if err == nil && (binary.LittleEndian.Uint16(got[5:])^register)&ds2438OffsetBits != 0 {
		err = unverified("DS2438 offset")
	}
	return err
}

func ds2438ReadPage(ctx context.Context, c Chip, e Element) (v Value, err error) {
	err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
		p, err := tx.page(byte(e.Index))
		v = Bytes(p)
		return err
	})
	return v, err
}

// ds2438WritePage writes the beginning of a page, or all of it, if it holds
// something else. The pages from 2 on are read back; those before them measure.
func ds2438WritePage(ctx context.Context, c Chip, e Element, v Value) error {
	if len(v.Bytes()) > ds2438PageSize {
		return tooLong(ds2438PageSize)
	}
	page := byte(e.Index)
	return ds2438Do(ctx, c, func(tx ds2438Tx) error {
		old, err := tx.page(page)
		if err != nil {
			return err
		}
		want := append(bytes.Clone(v.Bytes()), old[len(v.Bytes()):]...)
		if bytes.Equal(ds2438Writable(page, want), ds2438Writable(page, old)) {
			return nil
		}
		if err := tx.write(page, old, v.Bytes()); err != nil || page < 2 {
			return err
		}
		got, err := tx.page(page)
		if err == nil && !bytes.Equal(got, want) {
			err = unverified("DS2438 page")
		}
		return err
	})
}
