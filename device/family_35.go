// SPDX-License-Identifier: Apache-2.0

package device

// ds2755 is the battery monitor DS2755, DS2756.
func ds2755() Family {
	return Family{
		Code: "35", Type: "DS2755", Flags: CanAlarm,
		Properties: join(standard(), batteryMonitor(), lockable(3, 32), rows{
			row("PIO", YesNo, WriteOnly, Volatile),
			row("alarm_set", Float, ReadWrite, Volatile),
			row("defaultpmod", YesNo, ReadWrite, Stable),
			row("ios", YesNo, ReadWrite, Stable),
			row("ovd", YesNo, ReadWrite, Stable),
			row("pie0", YesNo, ReadOnly, Stable),
			row("pie1", YesNo, ReadOnly, Stable),
			row("pmod", YesNo, ReadOnly, Stable),
			row("por", YesNo, ReadWrite, Stable),
			row("rnaop", YesNo, ReadOnly, Stable),
			row("sensed", YesNo, ReadOnly, Volatile),
			row("uben", YesNo, ReadWrite, Stable),
			row("uven", YesNo, ReadWrite, Stable),
			row("vis_avg", Float, ReadOnly, Volatile),
		}),
		Drivers: ds2755Drivers(),
	}
}
