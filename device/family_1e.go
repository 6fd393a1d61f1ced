// SPDX-License-Identifier: Apache-2.0

package device

// ds2437 is the battery monitor DS2437.
func ds2437() Family {
	return Family{
		Code: "1E", Type: "DS2437", Flags: MassTemperature | MassVoltage,
		Properties: smartBattery(),
		Drivers:    ds2437Drivers(),
	}
}
