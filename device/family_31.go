// SPDX-License-Identifier: Apache-2.0

package device

// ds2720 is the battery protector DS2720.
func ds2720() Family {
	return Family{
		Code: "31", Type: "DS2720",
		Properties: join(standard(), lockable(2, 4), rows{
			row("cc", YesNo, ReadWrite, Volatile),
			row("ce", YesNo, ReadWrite, Volatile),
			row("dc", YesNo, ReadWrite, Volatile),
			row("de", YesNo, ReadWrite, Volatile),
			row("doc", YesNo, ReadWrite, Volatile),
			row("ot", YesNo, ReadWrite, Volatile),
			row("ov", YesNo, ReadWrite, Volatile),
			row("psf", YesNo, ReadWrite, Volatile),
			row("uv", YesNo, ReadWrite, Volatile),
		}),
		Drivers: ds2720Drivers(),
	}
}
