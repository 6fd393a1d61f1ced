// SPDX-License-Identifier: Apache-2.0

package device

// ds2406 is the two switches DS2406, DS2407, also as the barometer TAI8570 (a pair of them) and the volt meter T8A.
func ds2406() Family {
	return Family{
		Code: "12", Type: "DS2406", Flags: CanAlarm,
		Properties: join(standard(), paged(4, 32), when("memory bytes 1..4 are the text A189 (T8A 8-channel volt meter)", rows{
			dir("T8A"),
			row("T8A/volt", Float, ReadOnly, Volatile).numbered(8, Separate),
		}), rows{
			row("PIO", Bitfield, ReadWrite, Stable).lettered(2, Aggregate),
			dir("TAI8570"),
			row("TAI8570/C", Unsigned, ReadOnly, Static).numbered(6, Aggregate).hidden(),
			row("TAI8570/D1", Unsigned, ReadOnly, Volatile).hidden(),
			row("TAI8570/D2", Unsigned, ReadOnly, Volatile).hidden(),
			dir("TAI8570/DA5534"),
			row("TAI8570/DA5534/pressure", Pressure, ReadOnly, Link),
			row("TAI8570/DA5534/temperature", Temperature, ReadOnly, Link),
			dir("TAI8570/DA5540"),
			row("TAI8570/DA5540/pressure", Pressure, ReadOnly, Link),
			row("TAI8570/DA5540/temperature", Temperature, ReadOnly, Link),
			row("TAI8570/pressure", Pressure, ReadOnly, Link),
			row("TAI8570/sibling", ASCII, ReadOnly, Stable).sized(16),
			row("TAI8570/temperature", Temperature, ReadOnly, Link),
			row("aux", Directory, NoAccess, Volatile),
			row("channels", Unsigned, ReadOnly, Stable),
			row("flipflop", Bitfield, ReadOnly, Volatile).lettered(2, Aggregate),
			row("infobyte", Unsigned, ReadOnly, Volatile).hidden(),
			row("latch", Bitfield, ReadWrite, Volatile).lettered(2, Aggregate),
			row("power", YesNo, ReadOnly, Volatile),
			row("sensed", Bitfield, ReadOnly, Link).lettered(2, Aggregate),
			row("set_alarm", Unsigned, ReadWrite, Stable),
		}),
		Drivers: ds2406Drivers(),
		Shown:   ds2406Shown,
	}
}
