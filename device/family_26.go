// SPDX-License-Identifier: Apache-2.0

package device

// ds2438 is the battery monitor DS2438, at the heart of many sensors for humidity, pressure and light.
func ds2438() Family {
	return Family{
		Code: "26", Type: "DS2438", Flags: MassTemperature | MassVoltage,
		Properties: ds2438Like(),
		Drivers:    ds2438Drivers(),
		Shown:      ds2438Shown,
	}
}
