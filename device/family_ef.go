// SPDX-License-Identifier: Apache-2.0

package device

// hobbyBoardsEF is the later devices of HobbyBoards. Each model has a directory of its own.
func hobbyBoardsEF() Family {
	return Family{
		Code: "EF", Type: "HobbyBoards_EF",
		Drivers: hobbyBoardsEFDrivers(), Shown: hbShown,
		Properties: join(named(), rows{
			row("type", ASCII, ReadOnly, Link).sized(32),
			row("type_number", Unsigned, ReadOnly, Stable),
			row("version", ASCII, ReadOnly, Link).sized(7),
			row("version_number", Unsigned, ReadOnly, Stable).hidden(),
		},
			when("type_number reads 2 (moisture)", under("moisture", moistureMeter())),
			when("type_number reads 5 (hub)", under("hub", hobbyBoardsHub())),
			when("type_number reads 6 (barometer)", under("barometer", polled(ReadWrite), barometer())),
			when("type_number reads 7 (humidity)", under("humidity", polled(ReadWrite), hygrometer())),
			when("type_number reads 9 (4-channel temperature)", under("multitemp", polled(ReadOnly), rows{
				row("temperature", Temperature, ReadOnly, Volatile).numbered(6, Aggregate),
			}))),
	}
}

// polled is what the models have in common that measure at intervals of their own.
func polled(config Access) rows {
	return rows{
		row("config", Unsigned, config, Stable),
		row("location", ASCII, ReadWrite, Stable).sized(21),
		row("polling_available", Unsigned, ReadOnly, Stable),
		row("polling_frequency", Unsigned, ReadWrite, Stable),
		row("reboot", YesNo, WriteOnly, Stable),
		row("reset", YesNo, WriteOnly, Stable),
	}
}

func barometer() rows {
	return rows{
		row("altitude", Integer, ReadWrite, Volatile),
		row("pressure", Pressure, ReadOnly, Volatile),
		row("pressure_altitude", Integer, ReadOnly, Volatile),
		row("temperature", Temperature, ReadOnly, Volatile),
	}
}

func hygrometer() rows {
	return rows{
		row("humidity_corrected", Float, ReadOnly, Volatile),
		row("humidity_offset", Float, ReadWrite, Volatile),
		row("humidity_raw", Float, ReadOnly, Volatile),
		row("temperature", Temperature, ReadOnly, Volatile),
	}
}

func moistureMeter() rows {
	return rows{
		dir("calibrate"),
		row("calibrate/max", Unsigned, ReadWrite, Stable),
		row("calibrate/min", Unsigned, ReadWrite, Stable),
		row("calibrate/raw", Unsigned, ReadOnly, Volatile).numbered(4, Aggregate),
		row("is_leaf", Bitfield, ReadWrite, Link).numbered(4, Aggregate),
		row("is_moisture", Bitfield, ReadWrite, Stable).numbered(4, Aggregate),
		row("sensor", Integer, ReadOnly, Volatile).numbered(4, Aggregate),
	}
}

func hobbyBoardsHub() rows {
	return rows{
		row("branch", Bitfield, ReadWrite, Stable).numbered(4, Aggregate),
		row("config", Unsigned, ReadWrite, Volatile).hidden(),
		row("short", Bitfield, ReadOnly, Stable).numbered(4, Aggregate),
	}
}
