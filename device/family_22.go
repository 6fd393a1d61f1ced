// SPDX-License-Identifier: Apache-2.0

package device

// ds1822 is the thermometer DS1822.
func ds1822() Family {
	return Family{
		Code: "22", Type: "DS1822", Flags: CanAlarm | MassTemperature,
		Properties: ds18b20Like(),
		Drivers:    ds18b20Thermo().drivers().trimmed(0x08978A, 0x0CB81A),
	}
}
