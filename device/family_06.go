// SPDX-License-Identifier: Apache-2.0

package device

// ds1993 is the 4 kbit memory iButton DS1993.
func ds1993() Family {
	return Family{
		Code: "06", Type: "DS1993",
		Properties: join(standard(), paged(16, 32)),
		Drivers:    nvramDrivers("DS1993", 16),
	}
}
