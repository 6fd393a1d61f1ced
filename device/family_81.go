// SPDX-License-Identifier: Apache-2.0

package device

// ds1420 is the serial number DS1420 found in USB adapters.
func ds1420() Family {
	return Family{
		Code: "81", Type: "DS1420",
		Properties: standard(),
	}
}
