// SPDX-License-Identifier: Apache-2.0

package device

// ds2413 is the two switches DS2413.
func ds2413() Family {
	return Family{
		Code: "3A", Type: "DS2413", Flags: CanResume | CanOverdrive,
		Properties: join(standard(), rows{
			row("PIO", Bitfield, ReadWrite, Link).lettered(2, Aggregate),
			row("piostate", Unsigned, ReadWrite, Volatile).hidden(),
			row("sensed", Bitfield, ReadOnly, Link).lettered(2, Aggregate),
		}),
		Drivers: ds2413Drivers(),
	}
}
