// SPDX-License-Identifier: Apache-2.0

package device

// ds1991 is the MultiKey iButton DS1991.
func ds1991() Family {
	return Family{
		Code: "02", Type: "DS1991",
		Drivers:    ds1991Drivers(),
		Properties: join(standard(), subkeys()),
	}
}
