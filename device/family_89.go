// SPDX-License-Identifier: Apache-2.0

package device

// ds1982u is the 1 kbit write-once memory DS1982U with a number that is unique.
func ds1982u() Family {
	return Family{
		Code: "89", Type: "DS1982U",
		Properties: join(standard(), paged(4, 32), rows{
			row("mac_e", Binary, ReadOnly, Stable).sized(6),
			row("mac_fw", Binary, ReadOnly, Stable).sized(8),
			row("project", Binary, ReadOnly, Stable).sized(4),
		}),
		Drivers: ds1982uDrivers(),
	}
}
