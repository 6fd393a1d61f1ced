// SPDX-License-Identifier: Apache-2.0

package device

// ds1977 is the 32 kbyte memory DS1977 behind passwords.
func ds1977() Family {
	return Family{
		Code: "37", Type: "DS1977", Flags: CanResume | CanOverdrive,
		Drivers: ds1977Drivers(),
		Properties: join(standard(), paged(511, 64), rows{
			dir("set_password"),
			row("set_password/enabled", YesNo, ReadWrite, Stable),
			row("set_password/full", Binary, WriteOnly, Stable).sized(8),
			row("set_password/read", Binary, WriteOnly, Stable).sized(8),
			dir("use_password"),
			row("use_password/full", Binary, WriteOnly, Stable).sized(8),
			row("use_password/read", Binary, WriteOnly, Stable).sized(8),
			row("version", Unsigned, ReadOnly, Stable),
		}),
	}
}
