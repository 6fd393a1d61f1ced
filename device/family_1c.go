// SPDX-License-Identifier: Apache-2.0

package device

// ds28e04 is the 4 kbit EEPROM with two switches DS28E04-100.
func ds28e04() Family {
	return Family{
		Code: "1C", Type: "DS28E04", Flags: CanAlarm | CanResume | CanOverdrive,
		Drivers: ds28e04Drivers(),
		Properties: join(standard(), pages(16, 32), rows{
			row("PIO", Bitfield, ReadWrite, Stable).numbered(2, Aggregate),
			row("latch", Bitfield, ReadWrite, Volatile).numbered(2, Aggregate),
			row("memory", Binary, ReadWrite, Link).sized(550),
			row("polarity", YesNo, ReadOnly, Volatile),
			row("por", YesNo, ReadWrite, Volatile),
			row("power", YesNo, ReadOnly, Volatile),
			row("sensed", Bitfield, ReadOnly, Volatile).numbered(2, Aggregate),
			row("set_alarm", Unsigned, ReadWrite, Stable),
		}),
	}
}
