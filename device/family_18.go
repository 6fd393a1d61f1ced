// SPDX-License-Identifier: Apache-2.0

package device

// ds1963s is the SHA-1 iButton DS1963S, of which only the memory is exposed.
func ds1963s() Family {
	return Family{
		Code: "18", Type: "DS1963S", Flags: CanResume | CanOverdrive,
		Drivers: ds1963sDrivers(),
		Properties: join(standard(), counted(16, 32), rows{
			row("pages/password", Binary, WriteOnly, Stable).sized(8),
			row("password", Binary, WriteOnly, Stable).sized(8),
		}),
	}
}
