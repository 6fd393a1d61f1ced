// SPDX-License-Identifier: Apache-2.0

package device

// busInterface is the settings and counters of one bus master.
func busInterface() Family {
	return Family{
		Code: "interface", Type: "interface", Mode: branchMode,
		Properties: join(busSettings(), busStatistics(),
			when("bus is a DS1WM", under("settings/DS1WM", synthesized())),
			when("bus is a K1WM", under("settings/K1WM", synthesized())),
			when("bus is a PBM", under("settings/PBM", rows{
				row("activation_code", ASCII, WriteOnly, Static).sized(128),
				row("features", ASCII, ReadOnly, Static).sized(256),
				row("firmware_version", ASCII, ReadOnly, Static).sized(64),
				row("port", ASCII, ReadOnly, Static).sized(1),
				row("serial", Unsigned, ReadOnly, Static),
			})),
			when("bus is a HA5", under("settings/ha5", rows{
				row("channel", ASCII, ReadOnly, Static).sized(1),
				row("checksum", YesNo, ReadWrite, Static),
			})),
			when("bus is an i2c DS2482/DS2483", under("settings/i2c", rows{
				row("ActivePullUp", YesNo, ReadWrite, Static),
				row("PulsePresenceMask", YesNo, ReadWrite, Static),
			})),
			when("bus is a LINK", under("settings/link", rows{
				row("auxctrl", YesNo, WriteOnly, Stable),
				row("auxsense", YesNo, ReadOnly, Volatile),
			})),
			when("bus is a serial DS2480B, xport or PBM", under("settings/serial", rows{
				row("baudrate", Unsigned, ReadWrite, Static),
				row("flexible_timing", YesNo, ReadWrite, Static),
				row("reverse_polarity", YesNo, ReadWrite, Static),
			})),
			when("bus is simulated (fake, tester, mock)", under("settings/simulated", rows{
				row("temphigh", Temperature, ReadWrite, Stable),
				row("templow", Temperature, ReadWrite, Stable),
			})),
			when("bus is a DS9490 USB master", under("settings/usb", rows{
				row("datasampleoffset", Unsigned, ReadWrite, Static),
				row("flexible_timing", YesNo, ReadWrite, Static),
				row("pulldownslewrate", Unsigned, ReadWrite, Static),
				row("writeonelowtime", Unsigned, ReadWrite, Static),
			}))),
	}
}

func busSettings() rows {
	return rows{
		row("settings/address", VASCII, ReadOnly, Static).sized(512),
		row("settings/ds2404_found", YesNo, ReadWrite, Static),
		row("settings/name", VASCII, ReadOnly, Static).sized(128),
		row("settings/overdrive", YesNo, ReadWrite, Static),
		row("settings/reconnect", YesNo, ReadWrite, Static),
		row("settings/version", Unsigned, ReadOnly, Static),
	}
}

func busStatistics() rows {
	return rows{
		row("statistics/bus_time", Float, ReadOnly, Statistic),
		row("statistics/close_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/detect_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/elapsed_time", Unsigned, ReadOnly, Statistic),
		row("statistics/errors", Unsigned, ReadOnly, Statistic),
		row("statistics/locks", Unsigned, ReadOnly, Statistic),
		row("statistics/open_errors", Unsigned, ReadOnly, Statistic),
		dir("statistics/overdrive"),
		row("statistics/overdrive/attempts", Unsigned, ReadOnly, Statistic),
		row("statistics/overdrive/failures", Unsigned, ReadOnly, Statistic),
		row("statistics/program_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/pullup_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/read_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/reconnect_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/reconnects", Unsigned, ReadOnly, Statistic),
		row("statistics/reset_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/resets", Unsigned, ReadOnly, Statistic),
		dir("statistics/search_errors"),
		row("statistics/search_errors/error_pass_1", Unsigned, ReadOnly, Statistic),
		row("statistics/search_errors/error_pass_2", Unsigned, ReadOnly, Statistic),
		row("statistics/search_errors/error_pass_3", Unsigned, ReadOnly, Statistic),
		row("statistics/select_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/shorts", Unsigned, ReadOnly, Statistic),
		row("statistics/status_errors", Unsigned, ReadOnly, Statistic),
		row("statistics/timeouts", Unsigned, ReadOnly, Statistic),
		row("statistics/unlocks", Unsigned, ReadOnly, Statistic),
		row("statistics/write_errors", Unsigned, ReadOnly, Statistic),
	}
}

// synthesized is the settings of the masters that are built into a programmable chip.
func synthesized() rows {
	return rows{
		row("long_line_mode", YesNo, ReadWrite, Static),
		row("pulse_presence_mask", YesNo, ReadWrite, Static),
	}
}
