// SPDX-License-Identifier: Apache-2.0

package device

// ds2417 is the clock DS2417 that can interrupt.
func ds2417() Family {
	return Family{
		Code: "27", Type: "DS2417",
		Properties: join(standard(), clock(Second), rows{
			row("ControlRegister", Unsigned, ReadWrite, Stable).hidden(),
			row("enable", YesNo, ReadWrite, Link),
			row("interval", Integer, ReadWrite, Link),
			row("itime", Integer, ReadWrite, Link),
			row("running", YesNo, ReadWrite, Link),
		}),
		Drivers: ds2417Drivers(),
	}
}
