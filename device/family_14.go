// SPDX-License-Identifier: Apache-2.0

package device

// ds2430a is the 256 bit EEPROM DS2430A, DS1971.
func ds2430a() Family {
	return Family{
		Code: "14", Type: "DS2430A",
		Properties: join(standard(), rows{
			row("application", Binary, ReadWrite, Stable).sized(8),
			row("memory", Binary, ReadWrite, Link).sized(32),
			row("status", Unsigned, ReadOnly, Stable),
		}),
		Drivers: ds2430Drivers(),
	}
}
