// SPDX-License-Identifier: Apache-2.0

package device

// hobbyBoardsEE is the UV meter of HobbyBoards, and whatever else type_number tells.
func hobbyBoardsEE() Family {
	return Family{
		Code: "EE", Type: "HobbyBoards_EE",
		Drivers: hobbyBoardsEEDrivers(), Shown: hbShown,
		Properties: join(named(), when("type_number reads 1 (UV index)", rows{
			dir("UVI"),
			row("UVI/UVI", Float, ReadOnly, Volatile),
			row("UVI/UVI_offset", Float, ReadWrite, Stable),
			row("UVI/in_case", YesNo, ReadWrite, Stable),
			row("temperature", Temperature, ReadOnly, Volatile),
			row("temperature_offset", TemperatureGap, ReadWrite, Stable),
		}), rows{
			row("type", ASCII, ReadOnly, Link).sized(32),
			row("type_number", Unsigned, ReadOnly, Stable),
			row("version", ASCII, ReadOnly, Stable).sized(7),
			row("version_number", Unsigned, ReadOnly, Stable).hidden(),
		}),
	}
}
