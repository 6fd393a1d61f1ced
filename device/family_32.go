// SPDX-License-Identifier: Apache-2.0

package device

// ds2780 is the fuel gauge DS2780.
func ds2780() Family {
	return Family{
		Code: "32", Type: "DS2780",
		Properties: join(standard(), fuelGauge(), rows{
			row("chgtf", YesNo, ReadWrite, Volatile),
			row("dc", YesNo, ReadWrite, Volatile),
			row("learnf", YesNo, ReadWrite, Volatile),
			row("nben", YesNo, ReadWrite, Volatile),
			row("rnaop", YesNo, ReadWrite, Volatile),
		}),
		Drivers: ds2780Drivers(),
	}
}
