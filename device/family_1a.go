// SPDX-License-Identifier: Apache-2.0

package device

// ds1963l is the memory iButton DS1963L that counts its writes.
func ds1963l() Family {
	return Family{
		Code: "1A", Type: "DS1963L", Flags: CanOverdrive,
		Drivers:    ds1963lDrivers(),
		Properties: join(standard(), counted(16, 32)),
	}
}
