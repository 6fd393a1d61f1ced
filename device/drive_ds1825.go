// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"syscall"
	"time"

	"owfs/hw"
)

// The thermometers of family 3B: DS1825 (data sheet 19-6591: memory map page 8,
// configuration page 9), MAX31826 (19-6264: memory map page 9, commands pages 12
// to 14), and the thermocouple readers MAX31850 and MAX31851 (19-6725: memory map
// page 12, registers page 13).

const ds1825Variant = "variant" // the fact that tells which of whenDS1825 … it is

// ds1825Any is what they have in common: byte 4 ends in the address pins, and
// its bit 4 is 1.
func ds1825Any() thermo {
	return thermo{
		sane: func(p scratchpad) bool { return p[4]&0x10 != 0 },
		bits: func(p scratchpad) int {
			if p[4]&0x80 != 0 {
				return 12
			}
			return 9 + int(p[4]>>5&3)
		},
	}
}

func ds1825Thermo() thermo {
	t := ds18b20Thermo()
	t.sane = func(p scratchpad) bool { return p[4]&0x90 == 0x10 }
	return t
}

// maxThermo has 12 bits, with no choice, and no registers that can be written.
func maxThermo(most time.Duration) thermo {
	t := ds1825Any()
	t.most = most
	t.sane = func(p scratchpad) bool { return p[4]&0xF0 == 0xF0 }
	return t
}

func max31826Thermo() thermo {
	t := maxThermo(150 * time.Millisecond)
	t.celsius = func(p scratchpad, _ int) float64 { return sixteenths(p, 0) }
	t.virgin = func(p scratchpad) (yes, sure bool) { return p[0] == 0x50 && p[1] == 0x05, false }
	return t
}

// max31850Thermo reads the temperature of the chip itself, the cold junction.
func max31850Thermo() thermo {
	t := maxThermo(100 * time.Millisecond)
	t.celsius = func(p scratchpad, _ int) float64 { return float64(int16(binary.LittleEndian.Uint16(p[2:]))>>4) / 16 }
	t.virgin = func(p scratchpad) (yes, sure bool) { return p[0]|p[1]|p[2]|p[3] == 0, false }
	return t
}

func ds1825Drivers() Drivers {
	all := Drivers{
		"scratchpad": {Read: ds1825Any().raw},
		"power":      {Read: powered},
		"prog_addr":  {Read: ds1825Address},
	}
	for name, d := range ds1825Thermo().drivers().without("scratchpad", "power") {
		all[name] = ds1825Choice(name, d.Write != nil, "this chip has no "+name)
	}
	for name := range max31826Memory().drivers() {
		all[name] = ds1825Choice(name, true, "this chip has no memory")
	}
	for name := range max31850Drivers() {
		if all[name].Read == nil {
			all[name] = ds1825Choice(name, false, "this chip reads no thermocouple")
		}
	}
	return all
}

// ds1825Of are the drivers of one variant, but for what all have.
func ds1825Of(variant string) Drivers {
	switch variant {
	case whenMAX31826:
		d := maxDrivers(max31826Thermo())
		maps.Copy(d, max31826Memory().drivers())
		return d
	case whenMAX31850:
		d := maxDrivers(max31850Thermo())
		maps.Copy(d, max31850Drivers())
		return d
	}
	return ds1825Thermo().drivers()
}

// maxDrivers are those of the chips that always measure with 12 bits: all other
// resolutions read that.
func maxDrivers(t thermo) Drivers {
	at12 := Driver{Read: link("temperature12")}
	return Drivers{
		"temperature": at12, "temperature9": at12, "temperature10": at12, "temperature11": at12, "fasttemp": at12,
		"temperature12": {Read: t.at(12)},
		"latesttemp":    {Read: t.latest},
		"tempres": {
			Read: constant(Int(12)).Read,
			Write: func(_ context.Context, _ Chip, _ Element, v Value) error {
				if v.Int() != 12 {
					return outOfRange(12, 12)
				}
				return nil
			},
		},
	}
}

// ds1825Choice is a driver that first finds out which chip it is.
func ds1825Choice(name string, writable bool, lack string) Driver {
	missing := fmt.Errorf("%s: %w", lack, syscall.ENOTSUP)
	d := Driver{Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
		variant, err := ds1825Which(ctx, c)
		if err != nil {
			return Value{}, err
		}
		read := ds1825Of(variant)[name].Read
		if read == nil {
			return Value{}, missing
		}
		return read(ctx, c, e)
	}}
	if writable {
		d.Write = func(ctx context.Context, c Chip, e Element, v Value) error {
			variant, err := ds1825Which(ctx, c)
			if err != nil {
				return err
			}
			write := ds1825Of(variant)[name].Write
			if write == nil {
				return missing
			}
			return write(ctx, c, e, v)
		}
	}
	return d
}

// ds1825Which tells the variant. A MAX31850 never has FF FF in bytes 2 and 3:
// bit 3 of them is 0.
func ds1825Which(ctx context.Context, c Chip) (string, error) {
	if known, ok := c.Fact(ds1825Variant).(string); ok {
		return known, nil
	}
	p, err := ds1825Any().read(ctx, c)
	if err != nil {
		return "", err
	}
	variant := whenDS1825
	switch {
	case p[4]&0x80 == 0:
	case p[2] == 0xFF && p[3] == 0xFF:
		variant = whenMAX31826
	default:
		variant = whenMAX31850
	}
	c.SetFact(ds1825Variant, variant)
	return variant, nil
}

func ds1825Shown(ctx context.Context, c Chip, when string) (bool, error) {
	variant, err := ds1825Which(ctx, c)
	return variant == when, err
}

// ds1825Address is what the four address pins are tied to.
func ds1825Address(ctx context.Context, c Chip, _ Element) (Value, error) {
	v, err := c.Read(ctx, "scratchpad", Element{})
	if err != nil {
		return Value{}, err
	}
	return Int(int64(v.Bytes()[4] & 15)), nil
}

// The faults of a thermocouple (page 13): three bits of byte 2, and bit 0 of
// byte 0 that there is one. The number flagfield has that bit behind the three.
const (
	max31850Open   = 0x01
	max31850Ground = 0x02
	max31850Supply = 0x04
	max31850Fault  = 0x08
)

func max31850Drivers() Drivers {
	return Drivers{
		"temperature12": {Read: max31850Measure},
		"thermocouple":  {Read: max31850Thermocouple},
		"flagfield":     {Read: max31850Flags},
		"fault":         {Read: max31850Flag(max31850Fault)},
		"open_circuit":  {Read: max31850Flag(max31850Open)},
		"ground_short":  {Read: max31850Flag(max31850Ground)},
		"vdd_short":     {Read: max31850Flag(max31850Supply)},
	}
}

// max31850Measure measures the cold junction, and lets the cache know the
// scratchpad, which holds the thermocouple and its faults as well.
func max31850Measure(ctx context.Context, c Chip, _ Element) (Value, error) {
	var seen scratchpad
	t := max31850Thermo()
	celsius := t.celsius
	t.celsius = func(p scratchpad, bits int) float64 {
		seen = p
		return celsius(p, bits)
	}
	v, err := t.measure(ctx, c, 12)
	if err == nil {
		c.Also("scratchpad", Element{}, Bytes(seen[:]))
	}
	return v, err
}

// max31850Measured is the scratchpad after a measurement that is fresh enough.
func max31850Measured(ctx context.Context, c Chip) (p scratchpad, err error) {
	if _, err = c.Read(ctx, "temperature12", Element{}); err != nil {
		return p, err
	}
	v, err := c.Read(ctx, "scratchpad", Element{})
	copy(p[:], v.Bytes())
	return p, err
}

// max31850Thermocouple is in quarters of a degree, in 14 bits (page 13). With a
// fault there is no temperature.
func max31850Thermocouple(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := max31850Measured(ctx, c)
	if err != nil {
		return Value{}, err
	}
	if p[0]&1 != 0 {
		return Value{}, fmt.Errorf("the thermocouple is %s: %w", max31850Why(p[2]), syscall.EIO)
	}
	return Num(float64(int16(binary.LittleEndian.Uint16(p[:]))>>2) / 4), nil
}

func max31850Why(b byte) string {
	switch {
	case b&max31850Open != 0:
		return "open"
	case b&max31850Ground != 0:
		return "shorted to ground"
	case b&max31850Supply != 0:
		return "shorted to the supply"
	}
	return "faulty"
}

func max31850Flags(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := max31850Measured(ctx, c)
	return Int(int64(p[2]&7 | p[0]&1<<3)), err
}

func max31850Flag(bit int64) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		v, err := c.Read(ctx, "flagfield", Element{})
		return Flag(v.Int()&bit != 0), err
	}
}

// The memory commands of a MAX31826 (pages 13 and 14, table 2).
const (
	max31826Write   = 0x0F
	max31826Read    = 0xAA
	max31826Copy    = 0x55
	max31826Token   = 0xA5
	max31826ReadMem = 0xF0

	max31826Page  = 8
	max31826Takes = 25 * time.Millisecond
)

// max31826Memory is 16 pages of 8 bytes, with addresses of one byte.
func max31826Memory() pagedChip {
	return pagedChip{
		what: "MAX31826 memory", count: 16, size: max31826Page, row: max31826Page,
		read: func(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
			return readTwice(tx, rom, "MAX31826 memory", n, max31826ReadMem, byte(at))
		},
		write: max31826WritePage,
	}
}

// max31826WritePage fills scratchpad 2, which the chip answers with the CRC-8
// of all that it got, reads it back and copies it.
func max31826WritePage(tx *hw.Tx, rom hw.ROM, at int, _, want []byte) (int, error) {
	command := append([]byte{max31826Write, byte(at)}, want...)
	answer, err := tx.Exchange(rom, 1, command...)
	if err != nil {
		return 0, err
	}
	if !tx.CheckCRC8(append(command, answer...)) {
		return 0, tx.CRCFailed("MAX31826 scratchpad 2")
	}
	if err := holds(tx, rom, "MAX31826 scratchpad 2", want, max31826Read, byte(at)); err != nil {
		return 0, err
	}
	if err := tx.Command(rom, max31826Copy); err != nil {
		return 0, err
	}
	if err := tx.Power(max31826Token, max31826Takes); err != nil {
		return 0, err
	}
	if err := holds(tx, rom, "MAX31826 memory, which may be locked", want, max31826ReadMem, byte(at)); err != nil {
		return 0, err
	}
	return len(want), nil
}
