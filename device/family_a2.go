// SPDX-License-Identifier: Apache-2.0

package device

// mcm001 is the 4-20 mA current loop mCM001 of CMC Industrial Electronics.
func mcm001() Family {
	return Family{
		Code: "A2", Type: "mCM001",
		Drivers: mcm001Drivers(),
		Properties: join(standard(), rows{
			row("current", Float, ReadOnly, Link),
			row("reading", Unsigned, ReadOnly, Volatile).hidden(),
		}),
	}
}
