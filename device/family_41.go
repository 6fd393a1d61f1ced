// SPDX-License-Identifier: Apache-2.0

package device

// ds1923 is the temperature and humidity loggers DS1922, DS1923.
func ds1923() Family {
	return Family{
		Code: "41", Type: "DS1923", Flags: CanAlarm | MassTemperature | CanResume | CanOverdrive,
		Drivers: ds1923Drivers(),
		Properties: join(standard(), pages(18, 32), rows{
			dir("clock"),
			row("clock/date", Date, ReadWrite, Second),
			row("clock/running", YesNo, ReadWrite, Stable),
			row("clock/udate", Unsigned, ReadWrite, Second),
			row("humidity", Float, ReadOnly, Volatile),
			dir("mission"),
			row("mission/delay", Unsigned, ReadWrite, Volatile),
			row("mission/rollover", YesNo, ReadWrite, Stable),
			row("mission/running", YesNo, ReadWrite, Volatile),
			row("mission/samplinghumidity", YesNo, ReadOnly, Volatile),
			row("mission/samplingtemp", YesNo, ReadOnly, Volatile),
			row("temperature", Temperature, ReadOnly, Volatile),
		}),
	}
}
