// SPDX-License-Identifier: Apache-2.0

package device

// simultaneous is the commands to all devices of a line at once.
func simultaneous() Family {
	return Family{
		Code: "simultaneous", Type: "simultaneous",
		Properties: rows{
			row("iblss", YesNo, ReadWrite, Link),
			row("present", YesNo, ReadOnly, Volatile),
			row("present_ds2400", YesNo, ReadOnly, Volatile),
			row("single", ASCII, ReadOnly, Volatile).sized(18),
			row("single_ds2400", ASCII, ReadOnly, Volatile).sized(18),
			row("temperature", YesNo, ReadWrite, Link),
			row("voltage", YesNo, ReadWrite, Link),
		},
	}
}
