// SPDX-License-Identifier: Apache-2.0

package device

// ds1986u is the 64 kbit write-once memory DS1986U with a number that is unique.
func ds1986u() Family {
	return Family{
		Code: "8F", Type: "DS1986U", Flags: CanOverdrive,
		Properties: join(standard(), eprom(256, 32, 32)),
		Drivers:    ds2505Drivers("DS1986U", 256, 32),
	}
}
