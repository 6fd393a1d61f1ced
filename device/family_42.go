// SPDX-License-Identifier: Apache-2.0

package device

// ds28ea00 is the thermometer DS28EA00 with two switches.
func ds28ea00() Family {
	return Family{
		Code: "42", Type: "DS28EA00", Flags: CanAlarm | MassTemperature | CanChain,
		Properties: join(standard(), thermometer(), rows{
			row("PIO", Bitfield, ReadWrite, Link).lettered(2, Aggregate),
			row("latch", Bitfield, ReadWrite, Link).lettered(2, Aggregate),
			row("piostate", Unsigned, ReadOnly, Volatile).hidden(),
			row("sensed", Bitfield, ReadOnly, Link).lettered(2, Aggregate),
		}),
		Drivers: ds28ea00Drivers(),
	}
}
