// SPDX-License-Identifier: Apache-2.0

package device

// ds1921 is the temperature logger DS1921.
func ds1921() Family {
	return Family{
		Code: "21", Type: "DS1921", Flags: CanAlarm | MassTemperature | CanOverdrive,
		Drivers: ds1921Drivers(),
		Properties: join(standard(), paged(16, 32), under("overtemp", excursions()), under("undertemp", excursions()), rows{
			row("ControlRegister", Unsigned, ReadWrite, Stable).hidden(),
			row("StatusRegister", Unsigned, ReadWrite, Stable).hidden(),
			dir("about"),
			row("about/measuring", YesNo, ReadOnly, Volatile),
			row("about/resolution", TemperatureGap, ReadOnly, Static),
			row("about/samples", Unsigned, ReadOnly, Volatile),
			row("about/temphigh", Temperature, ReadOnly, Static),
			row("about/templow", Temperature, ReadOnly, Static),
			row("about/version", ASCII, ReadOnly, Stable).sized(11),
			row("alarm_dow", Unsigned, ReadWrite, Stable),
			row("alarm_hour", Unsigned, ReadWrite, Stable),
			row("alarm_minute", Unsigned, ReadWrite, Stable),
			row("alarm_second", Unsigned, ReadWrite, Stable),
			row("alarm_state", Unsigned, ReadWrite, Stable),
			row("alarm_trigger", Unsigned, ReadWrite, Stable),
			dir("clock"),
			row("clock/date", Date, ReadWrite, Second),
			row("clock/running", YesNo, ReadWrite, Link),
			row("clock/udate", Unsigned, ReadWrite, Second),
			dir("histogram"),
			row("histogram/counts", Unsigned, ReadOnly, Volatile).numbered(63, Mixed),
			row("histogram/elements", Unsigned, ReadOnly, Static),
			row("histogram/gap", TemperatureGap, ReadOnly, Static),
			row("histogram/temperature", Temperature, ReadOnly, Static).numbered(63, Mixed),
			dir("log"),
			row("log/date", Date, ReadOnly, Volatile).numbered(2048, Mixed),
			row("log/elements", Unsigned, ReadOnly, Volatile),
			row("log/temperature", Temperature, ReadOnly, Volatile).numbered(2048, Mixed),
			row("log/udate", Unsigned, ReadOnly, Volatile).numbered(2048, Mixed),
			dir("mission"),
			row("mission/clear", YesNo, WriteOnly, Link),
			row("mission/date", Date, ReadOnly, Volatile),
			row("mission/delay", Unsigned, ReadWrite, Volatile),
			row("mission/easystart", Unsigned, WriteOnly, Stable),
			row("mission/enable", YesNo, ReadWrite, Link),
			row("mission/frequency", Unsigned, ReadWrite, Volatile),
			row("mission/rollover", YesNo, ReadWrite, Link),
			row("mission/running", YesNo, ReadWrite, Volatile),
			row("mission/samples", Unsigned, ReadOnly, Volatile),
			row("mission/sampling", YesNo, ReadOnly, Volatile),
			row("mission/temphigh", YesNo, ReadWrite, Link),
			row("mission/templow", YesNo, ReadWrite, Link),
			row("mission/timer", YesNo, ReadWrite, Link).hidden(),
			row("mission/udate", Unsigned, ReadOnly, Volatile),
			dir("set_alarm"),
			row("set_alarm/date", YesNo, ReadWrite, Link),
			row("set_alarm/temphigh", YesNo, ReadWrite, Link),
			row("set_alarm/templow", YesNo, ReadWrite, Link),
			row("set_alarm/trigger", YesNo, NoAccess, Volatile),
			row("temperature", Temperature, ReadOnly, Volatile),
		}),
	}
}

// excursions is the first twelve times that the temperature left its limits.
func excursions() rows {
	return rows{
		row("count", Unsigned, ReadOnly, Volatile).numbered(12, Aggregate),
		row("date", Date, ReadOnly, Volatile).numbered(12, Aggregate),
		row("elements", Unsigned, ReadOnly, Volatile),
		row("end", Date, ReadOnly, Volatile).numbered(12, Aggregate),
		row("temperature", Temperature, ReadWrite, Stable),
		row("udate", Unsigned, ReadOnly, Volatile).numbered(12, Aggregate),
	}
}
