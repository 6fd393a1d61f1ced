// SPDX-License-Identifier: Apache-2.0

package device

// ds2404 is the clock with memory DS2404, DS1994.
func ds2404() Family {
	return Family{
		Code: "04", Type: "DS2404", Flags: CanAlarm,
		Drivers: ds2404Drivers(),
		Properties: join(standard(), clock(Second), under("interval", clock(Second)), paged(16, 32), rows{
			row("alarm", Unsigned, ReadOnly, Volatile),
			row("auto", YesNo, ReadWrite, Stable),
			row("cycle", Unsigned, ReadWrite, Second),
			row("delay", YesNo, ReadWrite, Stable),
			dir("readonly"),
			row("readonly/clock", YesNo, ReadWrite, Stable),
			row("readonly/cycle", YesNo, ReadWrite, Stable),
			row("readonly/interval", YesNo, ReadWrite, Stable),
			row("readonly/memory", YesNo, ReadWrite, Stable),
			row("running", YesNo, ReadWrite, Stable),
			row("set_alarm", Unsigned, ReadWrite, Stable),
			row("start", YesNo, ReadWrite, Stable),
			dir("trigger"),
			row("trigger/cycle", Unsigned, ReadWrite, Second),
			row("trigger/date", Date, ReadWrite, Link),
			row("trigger/interval_date", Date, ReadWrite, Link),
			row("trigger/interval_udate", Unsigned, ReadWrite, Second),
			row("trigger/udate", Unsigned, ReadWrite, Second),
		}),
	}
}
