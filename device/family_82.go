// SPDX-License-Identifier: Apache-2.0

package device

// ds1425 is the MultiKey iButton DS1425.
func ds1425() Family {
	return Family{
		Code: "82", Type: "DS1425",
		Drivers:    ds1991Drivers(),
		Properties: join(standard(), subkeys()),
	}
}
