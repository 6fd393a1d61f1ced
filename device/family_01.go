// SPDX-License-Identifier: Apache-2.0

package device

// ds2401 is the serial number chips DS2401, DS2411 and DS1990A, which have nothing but their address.
func ds2401() Family {
	return Family{
		Code: "01", Type: "DS2401",
		Properties: standard(),
	}
}
