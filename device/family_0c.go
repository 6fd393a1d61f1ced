// SPDX-License-Identifier: Apache-2.0

package device

// ds1996 is the 64 kbit memory iButton DS1996.
func ds1996() Family {
	return Family{
		Code: "0C", Type: "DS1996", Flags: CanOverdrive,
		Properties: join(standard(), paged(256, 32)),
		Drivers:    nvramDrivers("DS1996", 256),
	}
}
