// SPDX-License-Identifier: Apache-2.0

package device

// ds18s20 is the 9 bit thermometer DS18S20, DS1820, DS1920.
func ds18s20() Family {
	return Family{
		Code: "10", Type: "DS18S20", Flags: CanAlarm | MassTemperature,
		Drivers: ds18s20Thermo().drivers().without("tempres").trimmed(0x0800591D20, 0x0800808860),
		Properties: join(standard(), trim(), limits(), rows{
			row("fasttemp", Temperature, ReadOnly, Link).hidden(),
			row("latesttemp", Temperature, ReadOnly, Volatile),
			row("power", YesNo, ReadOnly, Volatile),
			row("scratchpad", Binary, ReadOnly, Volatile).sized(9),
			row("temperature", Temperature, ReadOnly, SimultaneousTemperature),
			row("temperature10", Temperature, ReadOnly, Link).hidden(),
			row("temperature11", Temperature, ReadOnly, Link).hidden(),
			row("temperature12", Temperature, ReadOnly, Link).hidden(),
			row("temperature9", Temperature, ReadOnly, Link).hidden(),
		}),
	}
}
