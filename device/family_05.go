// SPDX-License-Identifier: Apache-2.0

package device

// ds2405 is the switch DS2405. Selecting it by its address toggles it, so only a search tells whether it is there.
func ds2405() Family {
	return Family{
		Code: "05", Type: "DS2405", Flags: CanAlarm,
		Properties: join(standard(), rows{
			row("PIO", YesNo, ReadWrite, Stable),
			row("sensed", YesNo, ReadOnly, Volatile),
		}),
		Drivers: ds2405Drivers(),
	}
}
