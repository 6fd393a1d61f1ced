// SPDX-License-Identifier: Apache-2.0

package device

// lcd is the display of Louis Swart with counters and switches.
func lcd() Family {
	return Family{
		Code: "FF", Type: "LCD", Flags: CanAlarm,
		Drivers: lcdDrivers(),
		Properties: join(standard(), rows{
			row("LCDon", YesNo, WriteOnly, Stable),
			row("backlight", YesNo, WriteOnly, Stable),
			row("counters", Unsigned, ReadOnly, Volatile).numbered(4, Aggregate),
			row("cumulative", Unsigned, ReadWrite, Volatile).numbered(4, Aggregate),
			row("data", Unsigned, ReadWrite, Volatile),
			row("gpio", Bitfield, ReadWrite, Volatile).numbered(4, Aggregate),
			row("line16", ASCII, WriteOnly, Stable).sized(16).numbered(4, Separate),
			row("line20", ASCII, WriteOnly, Stable).sized(20).numbered(4, Separate),
			row("line40", ASCII, WriteOnly, Stable).sized(40).numbered(2, Separate),
			row("memory", Binary, ReadWrite, Stable).sized(112),
			row("register", Unsigned, ReadWrite, Volatile),
			row("screen16", ASCII, WriteOnly, Stable).sized(128),
			row("screen20", ASCII, WriteOnly, Stable).sized(128),
			row("screen40", ASCII, WriteOnly, Stable).sized(128),
			row("version", ASCII, ReadOnly, Stable).sized(16),
		}),
	}
}
