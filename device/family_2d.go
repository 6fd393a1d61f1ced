// SPDX-License-Identifier: Apache-2.0

package device

// ds2431 is the 1 kbit EEPROM DS2431, DS1972.
func ds2431() Family {
	return Family{
		Code: "2D", Type: "DS2431", Flags: CanResume | CanOverdrive,
		Properties: join(standard(), paged(4, 32)),
		Drivers:    ds2431Drivers(),
	}
}
