// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"math"
	"syscall"
	"time"

	"owfs/hw"
)

// The function commands that all thermometers with a scratchpad of nine bytes
// have (DS18B20 data sheet 19-7487, pages 11 to 12).
const (
	convertT        = 0x44
	readScratchpad  = 0xBE
	writeScratchpad = 0x4E
	copyScratchpad  = 0x48
	recallEE        = 0xB8
	readPowerSupply = 0xB4
)

// copyTime is how long the EEPROM takes (page 3).
const copyTime = 10 * time.Millisecond

// scratchpad is bytes 0 to 7 of the memory map on page 7, and the CRC.
type scratchpad [9]byte

// A thermo says how the chips of a family are read.
type thermo struct {
	// sane tells a scratchpad from one that is all zeros, whose CRC is right.
	sane func(p scratchpad) bool
	// celsius is the temperature in a scratchpad.
	celsius func(p scratchpad, bits int) float64
	// virgin tells whether the scratchpad is as after power-on: 85 °C that
	// nobody measured. sure is set if the scratchpad itself proves it.
	virgin func(p scratchpad) (yes, sure bool)
	// bits is the resolution that the chip is set to, fixed if it has no choice.
	bits  func(p scratchpad) int
	fixed bool
	// most is how long a measurement takes at 12 bits.
	most time.Duration
	// registers is how many bytes of the EEPROM there are from byte 2 on.
	registers int
}

// drivers are the properties that all thermometers have.
func (t thermo) drivers() Drivers {
	return Drivers{
		"temperature":   {Read: t.temperature},
		"temperature9":  {Read: t.at(9)},
		"temperature10": {Read: t.at(10)},
		"temperature11": {Read: t.at(11)},
		"temperature12": {Read: t.at(12)},
		"fasttemp":      {Read: link("temperature9")},
		"latesttemp":    {Read: t.latest},
		"scratchpad":    {Read: t.raw},
		"power":         {Read: powered},
		"tempres":       {Read: t.resolution, Write: t.setResolution},
		"temphigh":      {Read: t.limit(2), Write: t.setLimit(2)},
		"templow":       {Read: t.limit(3), Write: t.setLimit(3)},
	}
}

// link reads another property of the device.
func link(property string) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, e Element) (Value, error) { return c.Read(ctx, property, e) }
}

// read gets the scratchpad and checks it.
func (t thermo) read(ctx context.Context, c Chip) (scratchpad, error) {
	var p scratchpad
	err := c.Do(ctx, func(tx *hw.Tx) error {
		b, err := tx.Exchange(c.ROM(), len(p), readScratchpad)
		if err != nil {
			return err
		}
		copy(p[:], b)
		if !tx.CheckCRC8(p[:]) || !t.sane(p) {
			return tx.CRCFailed("scratchpad")
		}
		return nil
	})
	if err == nil {
		c.SetFact("bits", t.bits(p))
	}
	return p, err
}

// temperature is measured at the resolution that the chip is set to.
func (t thermo) temperature(ctx context.Context, c Chip, e Element) (Value, error) {
	if err := t.settle(ctx, c); err != nil {
		return Value{}, err
	}
	bits, known := c.Fact("bits").(int)
	if known && !t.fixed {
		return c.Read(ctx, fmt.Sprint("temperature", bits), e)
	}
	v, err := t.measure(ctx, c, 0)
	if err == nil && !t.fixed {
		c.Also(fmt.Sprint("temperature", c.Fact("bits")), e, v)
	}
	return v, err
}

// at measures at a resolution.
func (t thermo) at(bits int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		if t.fixed {
			return c.Read(ctx, "temperature", Element{})
		}
		return t.measure(ctx, c, bits)
	}
}

// measure sees to it that the chip has measured, and reads what: at a
// resolution, or with 0 bits at the one that the chip is set to.
func (t thermo) measure(ctx context.Context, c Chip, bits int) (Value, error) {
	m := Measurement{Command: convertT, Time: t.most}
	if bits > 0 {
		m.Time >>= 12 - bits
	}
	if have, known := c.Fact("bits").(int); known && bits > 0 && have != bits {
		if err := t.set(ctx, c, bits, false); err != nil {
			return Value{}, err
		}
	}
	if c.Fact(newResolution) == true {
		m.Since = c.Now()
	}
	for again := range 2 {
		if err := c.Convert(ctx, m); err != nil {
			return Value{}, err
		}
		p, err := t.read(ctx, c)
		if err != nil {
			return Value{}, err
		}
		virgin, sure := t.virgin(p)
		switch {
		case bits > 0 && t.bits(p) != bits: // it has lost its power, and its setting
			if err := t.set(ctx, c, bits, false); err != nil {
				return Value{}, err
			}
		case !virgin:
			t.learn(c, p)
			c.SetFact(trulySo, nil)
			c.SetFact(newResolution, nil)
			return Num(t.celsius(p, t.bits(p))), nil
		case again == 1 && (!sure || c.Fact("clone") == true):
			c.SetFact(trulySo, true)
			return Num(t.celsius(p, t.bits(p))), nil // it really is 85 °C
		}
		m.Since = c.Now()
	}
	return Value{}, fmt.Errorf("85 °C is what the chip has after power-on, and no measurement has changed it: check its power supply: %w", hw.ErrVerify)
}

// trulySo is the fact that the chip's latest measurement gave what it also has
// after power-on.
const trulySo = "truly so"

// learn notes whether the chip counts in byte 6 as the real ones do. A clone
// that does not may be at 85 °C without looking as if it had not measured.
func (t thermo) learn(c Chip, p scratchpad) {
	c.SetFact("clone", p[6] != 16-p[0]&15)
}

// latest is the temperature of the latest measurement, whoever asked for it.
func (t thermo) latest(ctx context.Context, c Chip, _ Element) (Value, error) {
	if err := t.settle(ctx, c); err != nil {
		return Value{}, err
	}
	p, err := t.read(ctx, c)
	if err != nil {
		return Value{}, err
	}
	if virgin, _ := t.virgin(p); virgin && c.Fact(trulySo) != true {
		return Value{}, fmt.Errorf("the chip has not measured since its power came: %w", syscall.EAGAIN)
	}
	return Num(t.celsius(p, t.bits(p))), nil
}

func (t thermo) raw(ctx context.Context, c Chip, _ Element) (Value, error) {
	if err := t.settle(ctx, c); err != nil {
		return Value{}, err
	}
	p, err := t.read(ctx, c)
	return Bytes(p[:]), err
}

// powered tells whether the chip has a supply of its own. It says the same in
// each slot: a byte's worth of them must agree. It says so by being silent, as
// one is that has not heard the question, so that it is asked twice.
func powered(ctx context.Context, c Chip, _ Element) (Value, error) {
	own := true
	err := c.Do(ctx, func(tx *hw.Tx) error {
		for asked := 0; asked < 2 && own; asked++ {
			slots, err := tx.Exchange(c.ROM(), 1, readPowerSupply)
			if err != nil {
				return err
			}
			if slots[0] != 0x00 && slots[0] != 0xFF {
				return unverified("power supply")
			}
			own = slots[0] == 0xFF
		}
		return nil
	})
	return Flag(own), err
}

func (t thermo) resolution(ctx context.Context, c Chip, _ Element) (Value, error) {
	if err := t.settle(ctx, c); err != nil {
		return Value{}, err
	}
	p, err := t.read(ctx, c)
	return Int(int64(t.bits(p))), err
}

func (t thermo) setResolution(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Int() < 9 || v.Int() > 12 {
		return fmt.Errorf("a resolution of %d bits is not in the range 9 to 12: %w", v.Int(), syscall.ERANGE)
	}
	return t.set(ctx, c, int(v.Int()), true)
}

// newResolution is the fact that the resolution was set since the chip measured:
// what it has measured before may be coarser.
const newResolution = "new resolution"

// set changes the resolution, and if it shall last over a loss of power keeps
// it in the EEPROM.
func (t thermo) set(ctx context.Context, c Chip, bits int, lasting bool) error {
	defer c.SetFact(newResolution, true)
	return t.change(ctx, c, lasting, func(p *scratchpad) { p[4] = p[4]&^0x60 | byte(bits-9)<<5 })
}

// limit reads one of the temperatures beyond which the chip raises an alarm.
func (t thermo) limit(at int) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		if err := t.settle(ctx, c); err != nil {
			return Value{}, err
		}
		p, err := t.read(ctx, c)
		return Num(float64(int8(p[at]))), err
	}
}

func (t thermo) setLimit(at int) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		degrees := math.Round(v.Num())
		if !(degrees >= -55 && degrees <= 125) {
			return fmt.Errorf("a limit of %v °C is not in the range -55 to 125: %w", v.Num(), syscall.ERANGE)
		}
		return t.change(ctx, c, true, func(p *scratchpad) { p[at] = byte(int8(degrees)) })
	}
}

// change changes the registers. The EEPROM is written only if that makes a
// difference: it lasts for 50 000 times (page 3). What is in the scratchpad is
// read back before it is copied, so that the EEPROM has the old registers or
// the new ones.
func (t thermo) change(ctx context.Context, c Chip, lasting bool, edit func(*scratchpad)) error {
	if lasting {
		c.SetFact(unsureRegisters, true)
	}
	if err := t.settle(ctx, c); err != nil {
		return err
	}
	now, err := t.read(ctx, c)
	if err != nil {
		return err
	}
	want := now
	if edit(&want); want == now {
		return nil
	}
	registers := want[2 : 2+t.registers]
	c.SetFact(unsureRegisters, true)
	if err := c.Do(ctx, func(tx *hw.Tx) error {
		return tx.Command(c.ROM(), append([]byte{writeScratchpad}, registers...)...)
	}); err != nil {
		return err
	}
	got, err := t.read(ctx, c)
	switch {
	case err != nil:
		return err
	case string(got[2:2+t.registers]) != string(registers):
		return fmt.Errorf("scratchpad: %w", hw.ErrVerify)
	}
	if lasting {
		err = t.keep(ctx, c, registers)
	}
	if err == nil {
		c.SetFact(unsureRegisters, nil)
	}
	return err
}

// keep copies the registers to the EEPROM, and makes sure that they are there.
func (t thermo) keep(ctx context.Context, c Chip, registers []byte) error {
	if err := t.copy(ctx, c); err != nil {
		return err
	}
	if err := t.recall(ctx, c); err != nil {
		return err
	}
	got, err := t.read(ctx, c)
	if err == nil && string(got[2:2+t.registers]) != string(registers) {
		err = unverified("EEPROM")
	}
	return err
}

// unsureRegisters is the fact that a write of the scratchpad was disturbed, so
// that its registers are not those of the EEPROM, nor any that somebody wanted.
const unsureRegisters = "unsure registers"

// settle makes the registers those of the EEPROM again if they are unsure.
func (t thermo) settle(ctx context.Context, c Chip) error {
	if t.registers == 0 || c.Fact(unsureRegisters) != true {
		return nil
	}
	if err := t.recall(ctx, c); err != nil {
		return err
	}
	c.SetFact(unsureRegisters, nil)
	c.SetFact("bits", nil)
	return nil
}

// recall puts the EEPROM into the scratchpad.
func (t thermo) recall(ctx context.Context, c Chip) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := tx.Command(c.ROM(), recallEE); err != nil {
			return err
		}
		for range 10 { // the chip holds the line low until it is done (page 12)
			if bit, err := tx.Bit(); err != nil || bit == 1 {
				return err
			}
		}
		return fmt.Errorf("recall: %w", hw.ErrVerify)
	})
}

// copy puts the scratchpad into the EEPROM, with the strong pull-up that a chip
// on parasite power needs for it; it does no harm to others.
func (t thermo) copy(ctx context.Context, c Chip) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		if err := tx.Select(c.ROM()); err != nil {
			return err
		}
		return tx.Power(copyScratchpad, copyTime)
	})
}
