// SPDX-License-Identifier: Apache-2.0

package device

// mam001 is the ampere meter mAM001 of CMC Industrial Electronics.
func mam001() Family {
	return Family{
		Code: "B2", Type: "mAM001",
		Drivers: mam001Drivers(),
		Properties: join(standard(), rows{
			row("current", Float, ReadOnly, Link),
			row("reading", Unsigned, ReadOnly, Volatile).hidden(),
			row("volts", Float, ReadOnly, Link),
		}),
	}
}
