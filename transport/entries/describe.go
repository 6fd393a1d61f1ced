// SPDX-License-Identifier: Apache-2.0

package entries

import (
	"strconv"

	"owfs/device"
	"owfs/owproto"
)

// Describe adds what the table says of a property to about: format, access,
// change, elements, and the unit where the reader chooses one.
func Describe(about map[string]string, p *device.Property, options owproto.Flags) {
	about["format"] = p.Format.String()
	about["access"] = p.Access.String()
	about["change"] = change(p).String()
	if p.IsArray() {
		about["elements"] = strconv.Itoa(p.Elements)
		about["index"] = p.Index.String()
	}
	if unit := Unit(p, options); unit != "" {
		about["unit"] = unit
	}
}

// Unit returns the unit in which a value goes and comes, "" if it has none or
// the table does not know it.
func Unit(p *device.Property, options owproto.Flags) string {
	switch p.Format {
	case device.Temperature, device.TemperatureGap:
		return options.Temperature().String()
	case device.Pressure:
		return options.Pressure().String()
	}
	return ""
}
