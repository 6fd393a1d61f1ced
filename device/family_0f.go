// SPDX-License-Identifier: Apache-2.0

package device

// ds2506 is the 64 kbit write-once memory DS2506, DS1986.
func ds2506() Family {
	return Family{
		Code: "0F", Type: "DS2506", Flags: CanOverdrive,
		Properties: join(standard(), eprom(256, 32, 32)),
		Drivers:    ds2505Drivers("DS2506", 256, 32),
	}
}
