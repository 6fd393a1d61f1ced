// SPDX-License-Identifier: Apache-2.0

package device

// ds2433 is the 4 kbit EEPROM DS2433, DS1973.
func ds2433() Family {
	return Family{
		Code: "23", Type: "DS2433", Flags: CanOverdrive,
		Properties: join(standard(), paged(16, 32)),
		Drivers:    ds2433Drivers(),
	}
}
