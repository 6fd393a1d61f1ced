// SPDX-License-Identifier: Apache-2.0

package device

// ds1995 is the 16 kbit memory iButton DS1995.
func ds1995() Family {
	return Family{
		Code: "0A", Type: "DS1995", Flags: CanOverdrive,
		Properties: join(standard(), paged(64, 32)),
		Drivers:    nvramDrivers("DS1995", 64),
	}
}
