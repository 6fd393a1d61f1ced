// SPDX-License-Identifier: Apache-2.0

package device

// Which of the chips of family 3B it is.
const (
	whenDS1825   = "scratchpad byte 4 bit 7 is 0 (DS1825)"
	whenMAX31826 = "scratchpad byte 4 bit 7 is 1 and bytes 2,3 are FF FF (MAX31826)"
	whenMAX31850 = "scratchpad byte 4 bit 7 is 1 and bytes 2,3 are not both FF (MAX31850/MAX31851)"
)

// ds1825 is the thermometers DS1825 and MAX31826 and the thermocouple readers MAX31850, MAX31851, which their scratchpad
// tells apart.
func ds1825() Family {
	own := rows{
		row("flagfield", Unsigned, ReadOnly, Link).hidden(),
		row("prog_addr", Unsigned, ReadOnly, Stable),
		row("scratchpad", Binary, ReadOnly, Volatile).sized(9),
	}
	fast := rows{row("fasttemp", Temperature, ReadOnly, Link)}
	thermocouple := rows{
		row("fault", YesNo, ReadOnly, Link),
		row("ground_short", YesNo, ReadOnly, Link),
		row("open_circuit", YesNo, ReadOnly, Link),
		row("thermocouple", Temperature, ReadOnly, Link),
		row("vdd_short", YesNo, ReadOnly, Link),
	}
	return Family{
		Code: "3B", Type: "DS1825", Flags: CanAlarm | MassTemperature,
		Properties: join(standard(), converter(), own,
			when(whenDS1825, coarse(), limits(), fast),
			when(whenMAX31826, paged(16, 8)),
			when(whenMAX31850, thermocouple)),
		Drivers: ds1825Drivers(),
		Usual:   whenDS1825,
		Shown:   ds1825Shown,
	}
}
