// SPDX-License-Identifier: Apache-2.0

package device

// ds2505 is the 16 kbit write-once memory DS2505, DS1985.
func ds2505() Family {
	return Family{
		Code: "0B", Type: "DS2505",
		Properties: join(standard(), eprom(64, 32, 8)),
		Drivers:    ds2505Drivers("DS2505", 64, 8),
	}
}
