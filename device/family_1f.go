// SPDX-License-Identifier: Apache-2.0

package device

// ds2409 is the hub DS2409 with its branches main and aux.
func ds2409() Family {
	return Family{
		Code: "1F", Type: "DS2409",
		Properties: join(standard(), rows{
			row("aux", Directory, NoAccess, Volatile),
			row("branch", Bitfield, ReadWrite, Volatile).numbered(2, Aggregate),
			row("clearevent", YesNo, WriteOnly, Stable),
			row("control", Unsigned, ReadWrite, Stable),
			row("discharge", YesNo, WriteOnly, Stable),
			row("event", Bitfield, ReadOnly, Volatile).numbered(2, Aggregate),
			row("main", Directory, NoAccess, Volatile),
			row("sensed", Bitfield, ReadOnly, Volatile).numbered(2, Aggregate),
		}),
		Drivers: ds2409Drivers(),
	}
}
