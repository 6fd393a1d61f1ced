// SPDX-License-Identifier: Apache-2.0

package device

// ds2760 is the battery monitor DS2760 with its kin, also as the weather station WS603.
func ds2760() Family {
	return Family{
		Code: "30", Type: "DS2760",
		Properties: join(standard(), batteryMonitor(), ampereMeter(), lockable(2, 16), rows{
			row("PIO", YesNo, WriteOnly, Volatile),
			dir("WS603"),
			dir("WS603/LED"),
			row("WS603/LED/control", Unsigned, WriteOnly, Stable).numbered(4, Aggregate),
			row("WS603/LED/model", Unsigned, ReadOnly, Link),
			row("WS603/LED/status", Unsigned, ReadOnly, Link),
			dir("WS603/calibration"),
			row("WS603/calibration/direction", Unsigned, ReadWrite, Link),
			row("WS603/calibration/wind_speed", Unsigned, ReadWrite, Link),
			row("WS603/data_string", Binary, ReadOnly, Volatile).sized(5).hidden(),
			row("WS603/direction", Unsigned, ReadOnly, Link),
			dir("WS603/light"),
			row("WS603/light/intensity", Unsigned, ReadOnly, Link),
			row("WS603/light/threshold", Unsigned, ReadOnly, Link),
			row("WS603/param_string", Binary, ReadOnly, Stable).sized(5).hidden(),
			row("WS603/temperature", Temperature, ReadOnly, Link),
			row("WS603/volt", Unsigned, ReadOnly, Link),
			row("WS603/wind_speed", Float, ReadOnly, Link),
			row("cc", YesNo, ReadWrite, Volatile),
			row("ce", YesNo, ReadWrite, Volatile),
			row("coc", YesNo, ReadWrite, Volatile),
			row("dc", YesNo, ReadWrite, Volatile),
			row("de", YesNo, ReadWrite, Volatile),
			row("defaultpmod", YesNo, ReadWrite, Stable),
			row("defaultswen", YesNo, ReadWrite, Stable),
			row("doc", YesNo, ReadWrite, Volatile),
			row("mstr", YesNo, ReadOnly, Volatile),
			row("ov", YesNo, ReadWrite, Volatile),
			row("pmod", YesNo, ReadOnly, Stable),
			row("ps", YesNo, ReadWrite, Volatile),
			row("sensed", YesNo, ReadOnly, Volatile),
			row("swen", YesNo, ReadOnly, Stable),
			row("uv", YesNo, ReadWrite, Volatile),
		}),
		Drivers: ds2760Drivers(),
	}
}
