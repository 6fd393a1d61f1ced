// SPDX-License-Identifier: Apache-2.0

package device

// ds2438A6 is the battery monitor DS2438 with the top bit of its family code set.
func ds2438A6() Family {
	return Family{
		Code: "A6", Type: "DS2438", Flags: MassTemperature | MassVoltage,
		Properties: ds2438Like(),
		Drivers:    ds2438Drivers(),
		Shown:      ds2438Shown,
	}
}
