// SPDX-License-Identifier: Apache-2.0

package device

// ds2781 is the fuel gauge DS2781, DS2788.
func ds2781() Family {
	return Family{
		Code: "3D", Type: "DS2781",
		Properties: join(standard(), fuelGauge(), rows{
			row("vis_offset", Float, ReadWrite, Volatile),
		}),
		Drivers: ds2781Drivers(),
	}
}
