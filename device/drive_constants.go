// SPDX-License-Identifier: Apache-2.0

package device

import "context"

// constant is what is true of every chip of a family.
func constant(v Value) Driver {
	return Driver{Read: func(context.Context, Chip, Element) (Value, error) { return v, nil }}
}

// thermocoupleRanges are the temperatures in °C between which each type of
// thermocouple can be used, as OWFS gives them; NIST's tables (monograph 175)
// agree to 10 °C.
func thermocoupleRanges() Drivers {
	all := Drivers{}
	for letter, r := range map[string][2]float64{
		"B": {0, 1820}, "E": {-270, 1000}, "J": {-210, 1200}, "K": {-270, 1370},
		"N": {-270, 1300}, "R": {-50, 1760}, "S": {-50, 1760}, "T": {-270, 400},
	} {
		all["type"+letter+"/range_low"] = constant(Num(r[0]))
		all["type"+letter+"/range_high"] = constant(Num(r[1]))
	}
	return all
}

// die tells which revision of the silicon a thermometer is, by its serial
// number: above these numbers it is B7, and C2.
func die(b7, c2 uint64) Driver {
	return Driver{Read: func(_ context.Context, c Chip, _ Element) (Value, error) {
		var serial uint64
		rom := c.ROM()
		for i := 6; i > 0; i-- {
			serial = serial<<8 | uint64(rom[i])
		}
		switch {
		case serial > c2:
			return Text("C2"), nil
		case serial > b7:
			return Text("B7"), nil
		}
		return Text("B6"), nil
	}}
}

// and adds a driver.
func (d Drivers) and(name string, one Driver) Drivers {
	d[name] = one
	return d
}
