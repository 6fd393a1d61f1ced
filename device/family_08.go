// SPDX-License-Identifier: Apache-2.0

package device

// ds1992 is the 1 kbit memory iButton DS1992.
func ds1992() Family {
	return Family{
		Code: "08", Type: "DS1992",
		Properties: join(standard(), paged(4, 32)),
		Drivers:    nvramDrivers("DS1992", 4),
	}
}
