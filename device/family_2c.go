// SPDX-License-Identifier: Apache-2.0

package device

// ds2890 is the potentiometer DS2890.
func ds2890() Family {
	return Family{
		Code: "2C", Type: "DS2890", Flags: CanAlarm | CanResume | CanOverdrive,
		Drivers: ds2890Drivers(),
		Properties: join(standard(), rows{
			row("chargepump", YesNo, ReadWrite, Stable),
			row("wiper", Unsigned, ReadWrite, Stable),
		}),
	}
}
