// SPDX-License-Identifier: Apache-2.0

package device

// mvm001 is the volt meter mVM001 of CMC Industrial Electronics.
func mvm001() Family {
	return Family{
		Code: "A1", Type: "mVM001", Status: Unregistered,
		Drivers: mvm001Drivers(),
		Properties: join(standard(), rows{
			row("RMS", Float, ReadOnly, Link),
			dir("configure"),
			dir("configure/multiplex_interval"),
			dir("configure/peak_interval"),
			row("configure/read_mode", Unsigned, WriteOnly, Stable),
			row("peak", Float, ReadOnly, Link),
			row("reading", Unsigned, ReadOnly, Volatile).hidden(),
		}),
	}
}
