// SPDX-License-Identifier: Apache-2.0

package device

// ds18b20 is the 12 bit thermometer DS18B20.
func ds18b20() Family {
	return Family{
		Code: "28", Type: "DS18B20", Flags: CanAlarm | MassTemperature,
		Properties: ds18b20Like(),
		Drivers:    ds18b20Thermo().drivers().trimmed(0x545010, 0x662B50),
	}
}
