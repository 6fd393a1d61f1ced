// SPDX-License-Identifier: Apache-2.0

package device

// iblss is the SmartSlave of iButtonLink.
func iblss() Family {
	return Family{
		Code: "FE", Type: "IBLSS", Flags: MassTemperature,
		Drivers: iblssDrivers(),
		Properties: join(standard(), rows{
			dir("TH"),
			row("TH/humidity", Float, ReadOnly, Volatile),
			row("TH/latesthumidity", Float, ReadOnly, Volatile),
			row("TH/latesttemp", Temperature, ReadOnly, Volatile),
			row("TH/led", YesNo, WriteOnly, Stable),
			row("TH/temperature", Temperature, ReadOnly, Volatile),
			row("firmware", ASCII, ReadOnly, Stable).sized(5),
			row("subtype", ASCII, ReadOnly, Stable).sized(2),
		}),
	}
}
