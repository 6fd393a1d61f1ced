// SPDX-License-Identifier: Apache-2.0

package device

// mdi001 is the four inputs mDI001 of CMC Industrial Electronics.
func mdi001() Family {
	return Family{
		Code: "A5", Type: "mDI001",
		Drivers: mdi001Drivers(),
		Properties: join(standard(), rows{
			row("loop_open", Bitfield, ReadOnly, Volatile).numbered(4, Aggregate),
			row("loop_shorted", Bitfield, ReadOnly, Volatile).numbered(4, Aggregate),
			row("open", Unsigned, ReadOnly, Volatile).hidden(),
			row("reading", Unsigned, ReadOnly, Volatile).hidden(),
			row("shorted", Unsigned, ReadOnly, Volatile).hidden(),
			row("switch", Unsigned, ReadOnly, Volatile).hidden(),
			row("switch_closed", Bitfield, ReadOnly, Volatile).numbered(4, Aggregate),
		}),
	}
}
