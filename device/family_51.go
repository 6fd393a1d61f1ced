// SPDX-License-Identifier: Apache-2.0

package device

// ds2751 is the battery monitor DS2751.
func ds2751() Family {
	return Family{
		Code: "51", Type: "DS2751",
		Properties: join(standard(), batteryMonitor(), ampereMeter(), lockable(2, 16), rows{
			row("PIO", YesNo, WriteOnly, Volatile),
			row("defaultpmod", YesNo, ReadWrite, Stable),
			row("pmod", YesNo, ReadOnly, Stable),
			row("por", YesNo, ReadWrite, Stable),
			row("sensed", YesNo, ReadOnly, Volatile),
			row("uven", YesNo, ReadWrite, Stable),
		}),
		Drivers: ds2751Drivers(),
	}
}
