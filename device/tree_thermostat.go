// SPDX-License-Identifier: Apache-2.0

package device

// thermostat is the DS1821, which has no address.
func thermostat() Family {
	return Family{
		Code: "thermostat", Type: "DS1821",
		Drivers: ds1821Drivers(),
		Properties: join(limits(), rows{
			row("1shot", YesNo, ReadWrite, Stable),
			row("polarity", YesNo, ReadWrite, Stable),
			row("temperature", Temperature, ReadOnly, Volatile),
			row("temphighflag", YesNo, ReadWrite, Stable),
			row("templowflag", YesNo, ReadWrite, Stable),
			row("thermostatmode", YesNo, ReadWrite, Stable),
			row("type", VASCII, ReadOnly, Static).sized(32),
		}),
	}
}
