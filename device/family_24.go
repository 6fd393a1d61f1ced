// SPDX-License-Identifier: Apache-2.0

package device

// ds2415 is the clock DS2415, DS1904.
func ds2415() Family {
	return Family{
		Code: "24", Type: "DS2415",
		Properties: join(standard(), clock(Second), rows{
			row("ControlRegister", Unsigned, ReadWrite, Stable).hidden(),
			row("running", YesNo, ReadWrite, Link),
			row("user", Unsigned, ReadWrite, Link),
		}),
		Drivers: ds2415Drivers(),
	}
}
