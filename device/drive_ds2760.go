// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"maps"
)

// Where the battery chips have their registers. DS2760 (25 pages, 010906) page
// 11, and DS2762 (25 pages) pages 11 to 18; DS2751 (19 pages) pages 10 and 13;
// DS2756 (26 pages) pages 7, 16 and 19; DS2770 (27 pages) pages 11 to 14; DS2781
// (31 pages) pages 8 to 10 and 18 to 23; DS2740 (16 pages) pages 6 to 8; DS2720
// page 11.

// The registers that most of them have at the same place.
var (
	batteryVolt  = register{at: 0x0C, bytes: 2, shift: 5, unit: 4.88e-3}
	batteryVis13 = register{at: 0x0E, bytes: 2, shift: 3, unit: 15.625e-6}
	batteryVis16 = register{at: 0x0E, bytes: 2, unit: 1.5625e-6}
	batteryACR   = register{at: 0x10, bytes: 2, unit: 6.25e-6}
	batteryTemp  = register{at: 0x18, bytes: 2, shift: 5, unit: 0.125}
	batteryBias  = register{at: 0x33, bytes: 1, unit: 15.625e-6}
)

// batteryPIO is the pin of those that are older than the DS2780.
var batteryPIO = bit{0x08, 6}

// merged puts drivers together.
func merged(parts ...Drivers) Drivers {
	all := Drivers{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// measures are the drivers of a chip with the registers at those places.
func (b battery) measures(vis register) Drivers {
	return Drivers{
		"volt":        {Read: b.measure(batteryVolt)},
		"temperature": {Read: b.measure(batteryTemp)},
		"vis":         {Read: b.measure(vis)},
		"volthours":   b.number(batteryACR),
	}
}

// amperes are those of a chip with a sense resistor inside.
func (b battery) amperes() Drivers {
	charge := batteryACR
	charge.unit = 0.25e-3
	return Drivers{
		"amphours":    b.number(charge),
		"current":     through("vis").readOnly(),
		"currentbias": through("vbias"),
	}
}

// pin is the drivers of the pin.
func (b battery) pin() Drivers {
	return Drivers{"PIO": {Write: b.setPIO}, "sensed": b.see(b.pio)}
}

// protection is the flags and switches in register 00: OV, UV, COC, DOC, CC,
// DC, CE, DE from bit 7 down, of which CC and DC are the levels of pins (DS2762
// page 16).
func (b battery) protection() Drivers {
	return Drivers{
		"ov": b.flag(bit{0, 7}), "uv": b.flag(bit{0, 6}), "doc": b.flag(bit{0, 4}),
		"cc": b.own(bit{0, 3}, "cc is the level of a pin, which the chip sets by itself; ce allows and forbids charging"),
		"dc": b.own(bit{0, 2}, "dc is the level of a pin, which the chip sets by itself; de allows and forbids discharging"),
		"ce": b.flag(bit{0, 1}), "de": b.flag(bit{0, 0}),
	}
}

func ds2760Drivers() Drivers {
	b := battery{eeprom: 0x07, blocks: []span{{0x20, 16}, {0x30, 16}}, page: 16, pio: batteryPIO}
	return merged(b.measures(batteryVis13), b.amperes(), b.pin(), b.protection(), b.pages(), thermocoupleDrivers(), ws603Drivers(), Drivers{
		"vbias":       b.number(batteryBias),
		"coc":         b.flag(bit{0, 5}),
		"pmod":        b.see(bit{0x01, 5}),
		"swen":        b.see(bit{0x01, 3}),
		"defaultpmod": b.flag(bit{0x31, 5}),
		"defaultswen": b.flag(bit{0x31, 3}),
		"ps":          b.flag(bit{0x08, 7}),
		"mstr":        b.see(bit{0x08, 5}),
	})
}

// ds2751Drivers are those of a DS2760 without protection. Its flag of a power-on
// is where the DS2756 has it: the data sheet tells of it before the pin, bit 6.
func ds2751Drivers() Drivers {
	b := battery{eeprom: 0x07, blocks: []span{{0x20, 16}, {0x30, 16}}, page: 16, pio: batteryPIO}
	return merged(b.measures(batteryVis13), b.amperes(), b.pin(), b.pages(), thermocoupleDrivers(), Drivers{
		"vbias":       b.number(batteryBias),
		"pmod":        b.see(bit{0x01, 5}),
		"uven":        b.setting(3),
		"defaultpmod": b.flag(bit{0x31, 5}),
		"por":         b.event(bit{0x08, 7}),
	})
}

// ds2755Drivers are those of the DS2755 and the DS2756. The average current has
// three bits more than the current, and the bias that is added to the charge has
// the unit of the average current. The alarm is the lower one of temperature, in
// whole degrees, where the DS2762 has it (page 15).
func ds2755Drivers() Drivers {
	b := battery{eeprom: 0x07, blocks: []span{{0x20, 32}, {0x40, 32}, {0x60, 32}}, page: 32, pio: batteryPIO}
	return merged(b.measures(batteryVis13), b.pin(), b.pages(), thermocoupleDrivers(), Drivers{
		"vis_avg":     {Read: b.measure(register{at: 0x1A, bytes: 2, unit: 15.625e-6 / 8})},
		"pie1":        b.see(bit{0x01, 7}),
		"pie0":        b.see(bit{0x01, 6}),
		"pmod":        b.see(bit{0x01, 5}),
		"rnaop":       b.see(bit{0x01, 4}),
		"uven":        b.setting(3),
		"ios":         b.setting(2),
		"uben":        b.setting(1),
		"ovd":         b.setting(0),
		"defaultpmod": b.flag(bit{0x31, 5}),
		"por":         b.event(bit{0x08, 7}),
		"vbias":       b.number(register{at: 0x33, bytes: 1, unit: 15.625e-6 / 8}),
		"alarm_set":   b.number(register{at: 0x85, bytes: 1, unit: 1}),
	})
}

// The commands that only the DS2770 has.
const (
	ds2770Start   = 0xB5
	ds2770Stop    = 0xBE
	ds2770Refresh = 0x63
)

func ds2770Drivers() Drivers {
	b := battery{eeprom: 0x07, blocks: []span{{0x20, 16}, {0x30, 16}, {0x40, 8}}, page: 16}
	return merged(b.measures(batteryVis16), b.amperes(), b.pages(), thermocoupleDrivers(), Drivers{
		"vbias":       b.number(register{at: 0x32, bytes: 2, unit: 1.5625e-6}),
		"timer":       b.number(register{at: 0x02, bytes: 2, unit: 1. / 64, unsigned: true}), // hours: 1024 in all
		"charge":      {Write: ds2770Charge},
		"refresh":     {Write: ds2770SetRefresh},
		"pmod":        b.setting(5, ds2770Refresh),
		"cini":        b.setting(1, ds2770Refresh),
		"ctype":       b.setting(0, ds2770Refresh),
		"cstat0":      b.ds2770Sequence(6),
		"cstat1":      b.ds2770Sequence(7),
		"defaultpmod": b.flag(bit{0x31, 5}),
	})
}

// ds2770Command is a command without more.
func ds2770Command(ctx context.Context, c Chip, command byte) error {
	return battery{}.do(ctx, c, func(tx batteryTx) error { return tx.Command(c.ROM(), command) })
}

func ds2770Charge(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Flag() {
		return ds2770Command(ctx, c, ds2770Start)
	}
	return ds2770Command(ctx, c, ds2770Stop)
}

func ds2770SetRefresh(ctx context.Context, c Chip, _ Element, v Value) error {
	if !v.Flag() {
		return nil
	}
	return ds2770Command(ctx, c, ds2770Refresh)
}

// ds2770Sequence is the two bits that tell how far the charging is. Writing the
// register takes away that it is complete (page 13).
func (b battery) ds2770Sequence(n uint) Driver {
	d := b.event(bit{0x01, n})
	write := d.Write
	d.Write = func(ctx context.Context, c Chip, e Element, v Value) error {
		if v.Flag() {
			return write(ctx, c, e, v)
		}
		return b.do(ctx, c, func(tx batteryTx) error { return tx.write(0x01, []byte{0}) })
	}
	return d
}

func ds2720Drivers() Drivers {
	b := battery{eeprom: 0x07, blocks: []span{{0x20, 4}, {0x30, 4}}, page: 4}
	return merged(b.protection(), b.pages(), Drivers{
		"psf": b.flag(bit{0x08, 7}),
		"ot":  b.flag(bit{0x08, 0}),
	})
}

// ds2740Drivers are those of the DS2740, and of the DS2740B, whose current has
// two bits less.
func ds2740Drivers() Drivers {
	b := battery{eeprom: 0x07, pio: batteryPIO}
	pages := b.pages()
	return Drivers{
		"vis":       {Read: b.measure(batteryVis16)},
		"vis_B":     {Read: b.measure(register{at: 0x0E, bytes: 2, shift: 2, unit: 6.25e-6})},
		"volthours": b.number(batteryACR),
		"smod":      b.flag(bit{0x01, 6}),
		"memory":    pages["memory"],
		"PIO": {Write: b.setPIO, Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := b.see(b.pio).Read(ctx, c, e)
			return Flag(!v.Flag()), err
		}},
	}
}

// gaugeOwn is for those who would write a flag of a fuel gauge that is none of
// theirs (DS2781 page 18).
const gaugeOwn = "the chip sets and clears this flag by itself"

// fuelGaugeDrivers are what the DS2780 and DS2781 have in common.
func fuelGaugeDrivers(volt float64) Drivers {
	b := battery{eeprom: 0x1F, blocks: []span{{0x20, 16}, {0x60, 32}}, page: 16, pio: bit{0x15, 0}}
	return merged(b.pin(), b.pages(), thermocoupleDrivers(), Drivers{
		"volt":        {Read: b.measure(register{at: 0x0C, bytes: 2, shift: 5, unit: volt})},
		"temperature": {Read: b.measure(register{at: 0x0A, bytes: 2, shift: 5, unit: 0.125})},
		"vis":         {Read: b.measure(batteryVis16)},
		"vis_avg":     {Read: b.measure(register{at: 0x08, bytes: 2, unit: 1.5625e-6})},
		"volthours":   b.number(register{at: 0x10, bytes: 2, unit: 6.25e-6, unsigned: true}),
		"vbias":       b.number(register{at: 0x61, bytes: 1, unit: 1.5625e-6}),
		"aef":         b.own(bit{0x01, 6}, gaugeOwn),
		"sef":         b.own(bit{0x01, 5}, gaugeOwn),
		"uvf":         b.event(bit{0x01, 2}),
		"porf":        b.event(bit{0x01, 1}),
		"uven":        b.flag(bit{0x60, 6}),
		"pmod":        b.flag(bit{0x60, 5}),
	})
}

// ds2780Drivers have all bits of the control register. What the DS2780 does with
// the two at its ends, which its other descriptions call reserved, is not known;
// they are kept.
func ds2780Drivers() Drivers {
	b := battery{eeprom: 0x1F, blocks: []span{{0x20, 16}, {0x60, 32}}}
	return merged(fuelGaugeDrivers(4.88e-3), Drivers{
		"chgtf":  b.own(bit{0x01, 7}, gaugeOwn),
		"learnf": b.own(bit{0x01, 4}, gaugeOwn),
		"nben":   b.flag(bit{0x60, 7}),
		"rnaop":  b.flag(bit{0x60, 4}), // set, the command Read ROM is 39 instead of 33; searches go on as before
		"dc":     b.flag(bit{0x60, 3}),
	})
}

// ds2781Drivers have the current offset bias too, which is not EEPROM although
// it is in the middle of that (page 8).
func ds2781Drivers() Drivers {
	b := battery{eeprom: 0x1F, blocks: []span{{0x20, 16}, {0x60, 32}}}
	return merged(fuelGaugeDrivers(9.76e-3), Drivers{
		"vis_offset": b.number(register{at: 0x7B, bytes: 1, unit: 1.5625e-6, volatile: true}),
	})
}
