// SPDX-License-Identifier: Apache-2.0

package device

// ds28ec20 is the 20 kbit EEPROM DS28EC20.
func ds28ec20() Family {
	return Family{
		Code: "43", Type: "DS28EC20", Flags: CanResume | CanOverdrive,
		Properties: join(standard(), paged(80, 32)),
		Drivers:    ds28ec20Drivers(),
	}
}
