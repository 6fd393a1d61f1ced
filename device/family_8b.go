// SPDX-License-Identifier: Apache-2.0

package device

// ds1985u is the 16 kbit write-once memory DS1985U with a number that is unique.
func ds1985u() Family {
	return Family{
		Code: "8B", Type: "DS1985U",
		Properties: join(standard(), eprom(64, 32, 8)),
		Drivers:    ds2505Drivers("DS1985U", 64, 8),
	}
}
