// SPDX-License-Identifier: Apache-2.0

package device

// ds2502 is the 1 kbit write-once memory DS2502, DS1982.
func ds2502() Family {
	return Family{
		Code: "09", Type: "DS2502",
		Properties: join(standard(), paged(4, 32)),
		Drivers:    ds2502Drivers(),
	}
}
