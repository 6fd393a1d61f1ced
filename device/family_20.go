// SPDX-License-Identifier: Apache-2.0

package device

// ds2450 is the converter DS2450 with four channels.
func ds2450() Family {
	return Family{
		Code: "20", Type: "DS2450", Flags: CanAlarm | MassVoltage | CanOverdrive,
		Properties: join(standard(), paged(4, 8), rows{
			dir("8bit"),
			row("8bit/latestvolt", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			row("8bit/latestvolt2", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			row("8bit/volt", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			row("8bit/volt2", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			dir("CO2"),
			row("CO2/Vdd", YesNo, ReadOnly, Link),
			row("CO2/ppm", Unsigned, ReadOnly, Link),
			row("CO2/status", Float, ReadOnly, Link),
			row("PIO", YesNo, ReadWrite, Stable).lettered(4, Separate),
			dir("alarm"),
			row("alarm/high", YesNo, ReadWrite, Volatile).lettered(4, Separate),
			row("alarm/low", YesNo, ReadWrite, Volatile).lettered(4, Separate),
			row("latestvolt", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			row("latestvolt2", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			row("power", YesNo, ReadWrite, Stable),
			dir("set_alarm"),
			row("set_alarm/high", YesNo, ReadWrite, Stable).lettered(4, Separate),
			row("set_alarm/low", YesNo, ReadWrite, Stable).lettered(4, Separate),
			row("set_alarm/unset", YesNo, WriteOnly, Stable),
			row("set_alarm/volt2high", Float, ReadWrite, Stable).lettered(4, Separate),
			row("set_alarm/volt2low", Float, ReadWrite, Stable).lettered(4, Separate),
			row("set_alarm/volthigh", Float, ReadWrite, Stable).lettered(4, Separate),
			row("set_alarm/voltlow", Float, ReadWrite, Stable).lettered(4, Separate),
			row("volt", Float, ReadOnly, Volatile).lettered(4, Aggregate),
			row("volt2", Float, ReadOnly, Volatile).lettered(4, Aggregate),
		}),
		Drivers: ds2450Drivers(),
	}
}
