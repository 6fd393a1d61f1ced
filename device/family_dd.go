// SPDX-License-Identifier: Apache-2.0

package device

// exampleSlave is an example that is no product.
func exampleSlave() Family {
	return Family{
		Code: "DD", Type: "Example_slave", Flags: CanAlarm,
		Drivers: exampleDrivers(),
		Properties: join(standard(), rows{
			row("bits", Bitfield, ReadOnly, Stable).numbered(8, Aggregate),
			row("extension_characters", Unsigned, ReadOnly, Volatile).anyText(),
			row("is_index_prime", YesNo, ReadOnly, Volatile).anyNumber(),
			row("read_number", Integer, ReadOnly, Stable),
		}),
	}
}
