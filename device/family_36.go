// SPDX-License-Identifier: Apache-2.0

package device

// ds2740 is the coulomb counter DS2740.
func ds2740() Family {
	return Family{
		Code: "36", Type: "DS2740",
		Properties: join(standard(), rows{
			row("PIO", YesNo, ReadWrite, Volatile),
			row("memory", Binary, ReadWrite, Link).sized(256),
			row("smod", YesNo, ReadWrite, Volatile),
			row("vis", Float, ReadOnly, Volatile),
			row("vis_B", Float, ReadOnly, Volatile),
			row("volthours", Float, ReadWrite, Volatile),
		}),
		Drivers: ds2740Drivers(),
	}
}
