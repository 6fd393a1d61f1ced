// SPDX-License-Identifier: Apache-2.0

package device

// Groups of properties that several families share, because their chips have the same part or take the same commands.

// identity is what any device tells by its address alone.
func identity() rows {
	return rows{
		row("address", ASCII, ReadOnly, Static).sized(16),
		row("crc8", ASCII, ReadOnly, Static).sized(2),
		row("family", ASCII, ReadOnly, Static).sized(2),
		row("id", ASCII, ReadOnly, Static).sized(12),
		row("present", YesNo, ReadOnly, Volatile).hidden(),
		row("r_address", ASCII, ReadOnly, Static).sized(16),
		row("r_id", ASCII, ReadOnly, Static).sized(12),
	}
}

// named is what all known devices have but for their type.
func named() rows {
	return append(identity(),
		row("alias", Alias, ReadWrite, Static),
		row("locator", ASCII, ReadOnly, DirectoryClass).sized(16),
		row("r_locator", ASCII, ReadOnly, DirectoryClass).sized(16),
	)
}

// standard is what all known devices have whose code alone tells their type.
func standard() rows {
	return append(named(), row("type", VASCII, ReadOnly, Static).sized(32))
}

// memory is the whole memory of a chip as one file.
func memory(size int) rows {
	return rows{row("memory", Binary, ReadWrite, Link).sized(size)}
}

// pages is the memory of a chip in so many parts of so many bytes.
func pages(count, size int) rows {
	return under("pages", rows{row("page", Binary, ReadWrite, Page).sized(size).numbered(count, Separate)})
}

// paged is a memory that has nothing outside its pages.
func paged(count, size int) rows {
	return join(memory(count*size), pages(count, size))
}

// counted is a memory that counts the writes to its pages.
func counted(count, size int) rows {
	return append(paged(count, size), row("pages/count", Unsigned, ReadOnly, Volatile).numbered(count, Separate))
}

// lockable is the 256 bytes of a battery chip, parts of which are pages that can be locked for ever.
func lockable(count, size int) rows {
	return join(memory(256), pages(count, size), rows{
		row("lock", YesNo, ReadWrite, Stable).numbered(count, Separate),
	})
}

// eprom is a memory that is written once, with status bytes that redirect and protect its pages.
func eprom(count, size, statusSize int) rows {
	return join(paged(count, size), under("status", rows{
		row("page", Binary, ReadWrite, Stable).sized(statusSize).numbered(11, Separate),
	}))
}

// subkeys is the three areas of a MultiKey iButton. The password goes into the extension.
func subkeys() rows {
	var all rows
	for _, key := range []string{"subkey0", "subkey1", "subkey2"} {
		all = append(all, under(key, rows{
			row("id", Binary, ReadWrite, Stable).sized(8).anyText(),
			row("password", Binary, WriteOnly, Stable).sized(8).anyText(),
			row("reset", YesNo, WriteOnly, Stable).anyText(),
			row("secure_data", Binary, ReadWrite, Stable).sized(48).anyText(),
		})...)
	}
	return all
}

// clock is a point in time, as text and as seconds since 1970.
func clock(class Class) rows {
	return rows{
		row("date", Date, ReadWrite, Link),
		row("udate", Unsigned, ReadWrite, class),
	}
}

// trim is the undocumented calibration of early thermometers.
func trim() rows {
	return under("errata", rows{
		row("die", ASCII, ReadOnly, Static).sized(2),
		row("trim", Unsigned, ReadWrite, Volatile),
		row("trimblanket", YesNo, ReadWrite, Volatile),
		row("trimvalid", YesNo, ReadOnly, Volatile),
	})
}

// limits is the two temperatures beyond which a thermometer answers the search for alarms.
func limits() rows {
	return rows{
		row("temphigh", Temperature, ReadWrite, Stable),
		row("templow", Temperature, ReadWrite, Stable),
	}
}

// coarse is the conversions of a thermometer with fewer than all of its 12 bits.
func coarse() rows {
	return rows{
		row("temperature9", Temperature, ReadOnly, SimultaneousTemperature),
		row("temperature10", Temperature, ReadOnly, SimultaneousTemperature),
		row("temperature11", Temperature, ReadOnly, SimultaneousTemperature),
	}
}

// converter is a thermometer with a resolution that can be chosen.
func converter() rows {
	return rows{
		row("latesttemp", Temperature, ReadOnly, Volatile),
		row("power", YesNo, ReadOnly, Volatile),
		row("temperature", Temperature, ReadOnly, Link),
		row("temperature12", Temperature, ReadOnly, SimultaneousTemperature),
		row("tempres", Unsigned, ReadWrite, Stable),
	}
}

// thermometer is a converter with all resolutions and with limits.
func thermometer() rows {
	return join(converter(), coarse(), limits(), rows{
		row("fasttemp", Temperature, ReadOnly, Link),
	})
}

// ds18b20Like is the DS18B20 and the chip that differs only in its accuracy.
func ds18b20Like() rows {
	return join(standard(), thermometer(), trim(), rows{
		row("scratchpad", Binary, ReadOnly, Volatile).sized(9),
	})
}

// thermocouples is what a voltage is worth for each type of thermocouple.
func thermocouples() rows {
	var all rows
	for _, letter := range "BEJKNRST" {
		all = append(all, under("type"+string(letter), rows{
			row("range_high", Temperature, ReadOnly, Static),
			row("range_low", Temperature, ReadOnly, Static),
			row("temperature", Temperature, ReadOnly, Volatile),
		})...)
	}
	return all
}

// batteryMonitor is what the battery chips measure.
func batteryMonitor() rows {
	return append(thermocouples(),
		row("temperature", Temperature, ReadOnly, Volatile),
		row("vbias", Float, ReadWrite, Stable),
		row("vis", Float, ReadOnly, Volatile),
		row("volt", Float, ReadOnly, Volatile),
		row("volthours", Float, ReadWrite, Volatile),
	)
}

// ampereMeter is what the battery chips with a sense resistor inside measure in ampere.
func ampereMeter() rows {
	return rows{
		row("amphours", Float, ReadWrite, Volatile),
		row("current", Float, ReadOnly, Link),
		row("currentbias", Float, ReadWrite, Link),
	}
}

// fuelGauge is the flags and measures that the DS2780 and DS2781 have in common.
func fuelGauge() rows {
	return join(batteryMonitor(), lockable(2, 16), rows{
		row("PIO", YesNo, WriteOnly, Volatile),
		row("aef", YesNo, ReadWrite, Volatile),
		row("pmod", YesNo, ReadWrite, Volatile),
		row("porf", YesNo, ReadWrite, Volatile),
		row("sef", YesNo, ReadWrite, Volatile),
		row("sensed", YesNo, ReadOnly, Volatile),
		row("uven", YesNo, ReadWrite, Volatile),
		row("uvf", YesNo, ReadWrite, Volatile),
		row("vis_avg", Float, ReadOnly, Volatile),
	})
}

// smartBattery is the DS2437 and what its successor DS2438 kept of it.
func smartBattery() rows {
	return join(standard(), clock(Second), under("disconnect", clock(Volatile)), under("endcharge", clock(Volatile)), rows{
		row("CA", YesNo, ReadWrite, Stable),
		row("EE", YesNo, ReadWrite, Stable),
		row("IAD", YesNo, ReadWrite, Stable),
		row("VAD", Float, ReadOnly, Volatile),
		row("VDD", Float, ReadOnly, Volatile),
		row("latesttemp", Temperature, ReadOnly, Volatile),
		dir("pages"),
		row("pages/page", Binary, ReadWrite, Stable).sized(8).numbered(8, Separate),
		row("temperature", Temperature, ReadOnly, SimultaneousTemperature),
		row("vis", Float, ReadOnly, Volatile),
	})
}

// ds2438Like is the DS2438 under either of its codes, with the sensors that are built around it.
func ds2438Like() rows {
	datanab := under("DATANAB", rows{
		row("humidity", Float, ReadOnly, Volatile),
		row("reset", YesNo, WriteOnly, Stable),
	})
	return join(smartBattery(), when("page 3 is the 8 bytes HUMIDIT3 (DataNAB humidity)", datanab), rows{
		dir("B1-R1-A"),
		row("B1-R1-A/gain", Pressure, ReadWrite, Stable),
		row("B1-R1-A/offset", Pressure, ReadWrite, Stable),
		row("B1-R1-A/pressure", Pressure, ReadOnly, Volatile),
		dir("HIH3600"),
		row("HIH3600/humidity", Float, ReadOnly, Volatile),
		dir("HIH4000"),
		row("HIH4000/humidity", Float, ReadOnly, Volatile),
		dir("HIH5030"),
		row("HIH5030/humidity", Float, ReadOnly, Volatile),
		dir("HTM1735"),
		row("HTM1735/humidity", Float, ReadOnly, Link),
		dir("MultiSensor"),
		row("MultiSensor/type", VASCII, ReadOnly, Stable).sized(12),
		dir("S3-R1-A"),
		row("S3-R1-A/current", Float, ReadOnly, Volatile),
		row("S3-R1-A/gain", Float, ReadWrite, Stable),
		row("S3-R1-A/illuminance", Float, ReadOnly, Volatile),
		row("humidity", Float, ReadOnly, Link),
		row("offset", Unsigned, ReadWrite, Stable),
	})
}
