// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"

	"owfs/device"
)

// Describe says in a few words what Parse takes for the element, such as "yes or no (1, 0, on, off)".
func Describe(p *device.Property, e device.Element) string {
	switch {
	case e.Index == device.Byte:
		return fmt.Sprintf("a whole number from 0 to %d", allBits(p))
	case e.Index == device.All && p.Format == device.Binary:
		return fmt.Sprintf("exactly %d bytes (%d times %d)", p.Elements*p.Length, p.Elements, p.Length)
	case e.Index == device.All:
		return fmt.Sprintf("%d values separated by commas, each %s", p.Elements, describe(p))
	}
	return describe(p)
}

// describe is Describe for a single value.
func describe(p *device.Property) string {
	switch p.Format {
	case device.Integer:
		return "a whole number from -2147483648 to 2147483647"
	case device.Unsigned:
		return "a whole number from 0 to 4294967295"
	case device.Float:
		return "a number"
	case device.Temperature, device.TemperatureGap, device.Pressure:
		return "a number, the " + p.Quantity()
	case device.YesNo, device.Bitfield:
		return "yes or no (1, 0, on, off)"
	case device.Date:
		return "a date such as Fri Mar 23 04:00:00 2007, or an empty line for now"
	case device.ASCII, device.VASCII:
		return fmt.Sprintf("at most %d characters", p.Length)
	case device.Alias:
		return fmt.Sprintf("a name of at most %d characters", p.Length)
	case device.Binary:
		return fmt.Sprintf("at most %d bytes", p.Length)
	}
	return "a value: it is a directory"
}
