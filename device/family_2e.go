// SPDX-License-Identifier: Apache-2.0

package device

// ds2770 is the battery charger DS2770.
func ds2770() Family {
	return Family{
		Code: "2E", Type: "DS2770",
		Properties: join(standard(), batteryMonitor(), ampereMeter(), lockable(3, 16), rows{
			row("charge", YesNo, WriteOnly, Stable),
			row("cini", YesNo, ReadWrite, Stable),
			row("cstat0", YesNo, ReadWrite, Stable),
			row("cstat1", YesNo, ReadWrite, Stable),
			row("ctype", YesNo, ReadWrite, Stable),
			row("defaultpmod", YesNo, ReadWrite, Stable),
			row("pmod", YesNo, ReadWrite, Stable),
			row("refresh", YesNo, WriteOnly, Stable),
			row("timer", Float, ReadWrite, Volatile),
		}),
		Drivers: ds2770Drivers(),
	}
}
