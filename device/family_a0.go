// SPDX-License-Identifier: Apache-2.0

package device

// mrs001 is the rotation sensor mRS001 of CMC Industrial Electronics.
func mrs001() Family {
	return Family{
		Code: "A0", Type: "mRS001",
		Drivers: mrs001Drivers(),
		Properties: join(standard(), rows{
			row("RPM", Unsigned, ReadOnly, Link),
			row("reading", Unsigned, ReadOnly, Volatile).hidden(),
		}),
	}
}
