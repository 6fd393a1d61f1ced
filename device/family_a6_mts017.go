// SPDX-License-Identifier: Apache-2.0

package device

// mts017 is the infrared thermometer mTS017 of CMC Industrial Electronics.
func mts017() Family {
	return Family{
		Code: "A6", Type: "mTS017", Status: Shadowed,
		Drivers: mts017Drivers(),
		Properties: join(standard(), rows{
			row("ambient", Temperature, ReadOnly, Link),
			row("object", Temperature, ReadOnly, Link),
			row("reading", Unsigned, ReadOnly, Volatile).hidden(),
		}),
	}
}
