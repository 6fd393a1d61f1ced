// SPDX-License-Identifier: Apache-2.0

package device

// ds2423 is the counter DS2423, common in meters and weather stations.
func ds2423() Family {
	return Family{
		Code: "1D", Type: "DS2423", Flags: CanOverdrive,
		Properties: join(standard(), counted(16, 32), rows{
			row("counter", Unsigned, ReadOnly, Volatile).lettered(2, Separate),
			row("counters", Unsigned, ReadOnly, Volatile).lettered(2, Separate).hidden(),
			row("mincount", Unsigned, ReadWrite, Volatile),
		}),
		Drivers: ds2423Drivers(),
	}
}
