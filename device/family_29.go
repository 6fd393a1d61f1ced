// SPDX-License-Identifier: Apache-2.0

package device

// ds2408 is the eight switches DS2408, also as the driver of a display.
func ds2408() Family {
	return Family{
		Code: "29", Type: "DS2408", Flags: CanAlarm | CanResume | CanOverdrive,
		Properties: join(standard(), rows{
			dir("LCD_H"),
			row("LCD_H/clear", YesNo, WriteOnly, Stable),
			row("LCD_H/home", YesNo, WriteOnly, Stable),
			row("LCD_H/message", ASCII, WriteOnly, Stable).sized(128),
			row("LCD_H/onoff", Unsigned, WriteOnly, Stable),
			row("LCD_H/redefchar", Binary, WriteOnly, Stable).sized(8).numbered(8, Separate),
			row("LCD_H/redefchar_hex", Binary, WriteOnly, Stable).sized(8).written(16).numbered(8, Separate),
			row("LCD_H/screen", ASCII, WriteOnly, Stable).sized(128),
			row("LCD_H/screenyx", ASCII, WriteOnly, Stable).sized(128),
			dir("LCD_M"),
			row("LCD_M/clear", YesNo, WriteOnly, Stable),
			row("LCD_M/home", YesNo, WriteOnly, Stable),
			row("LCD_M/message", ASCII, WriteOnly, Stable).sized(128),
			row("LCD_M/screen", ASCII, WriteOnly, Stable).sized(128),
			row("PIO", Bitfield, ReadWrite, Stable).numbered(8, Aggregate),
			row("latch", Bitfield, ReadWrite, Volatile).numbered(8, Aggregate),
			row("out_of_testmode", YesNo, WriteOnly, Volatile),
			row("por", YesNo, ReadWrite, Stable),
			row("power", YesNo, ReadOnly, Volatile),
			row("sensed", Bitfield, ReadOnly, Volatile).numbered(8, Aggregate),
			row("set_alarm", Unsigned, ReadWrite, Stable),
			row("strobe", YesNo, ReadWrite, Stable),
		}),
		Drivers: ds2408Drivers(),
	}
}
