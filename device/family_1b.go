// SPDX-License-Identifier: Apache-2.0

package device

// ds2436 is the battery chip DS2436.
func ds2436() Family {
	return Family{
		Code: "1B", Type: "DS2436",
		Drivers: ds2436Drivers(),
		Properties: join(standard(), rows{
			dir("counter"),
			row("counter/cycles", Unsigned, ReadOnly, Stable),
			row("counter/increment", YesNo, WriteOnly, Uncached),
			row("counter/reset", YesNo, WriteOnly, Uncached),
			dir("pages"),
			row("pages/page", Binary, ReadWrite, Stable).sized(32).numbered(3, Separate),
			row("temperature", Temperature, ReadOnly, Volatile),
			row("volts", Float, ReadOnly, Volatile),
		}),
	}
}
