// SPDX-License-Identifier: Apache-2.0

package device

// What must be so for properties of some of the models to be listed.
const (
	bae910Only = "device_type reads 2 (BAE0910)"
	bae911Only = "device_type reads 3 (BAE0911)"
	baeEither  = "device_type reads 2 or 3"
	baeNeither = "device_type reads neither 2 nor 3"
)

// bae is the universal inputs and outputs BAE0910 and BAE0911 of Pascal Baerten.
func bae() Family {
	return Family{
		Code: "FC", Type: "BAE", Flags: CanAlarm | CanResume,
		Drivers: baeDrivers(), Shown: baeShown, Usual: baeNeither,
		Properties: join(standard(), rows{
			row("bootstrap_version", Unsigned, ReadOnly, Link),
			row("chip_type", Unsigned, ReadOnly, Link),
			row("command", Binary, WriteOnly, Stable).sized(255),
			row("device_type", Unsigned, ReadOnly, Link),
			row("device_version", Unsigned, ReadOnly, Link),
			dir("firmware"),
			row("firmware/function", Binary, WriteOnly, Stable).sized(16384),
			row("localtype", ASCII, ReadOnly, Link).sized(5),
			row("typestate", Unsigned, ReadOnly, Volatile).hidden(),
			row("version", ASCII, ReadOnly, Link).sized(5),
			row("versionstate", Unsigned, ReadOnly, Volatile).hidden(),
		},
			when(bae910Only, under("910", bae0910(), clock(Second), baeUsers())),
			when(bae911Only, under("911", bae0911())),
			when(baeNeither, under("generic", memory(128))),
			under("eeprom", baePages(baeEither), when(bae911Only, rows{
				row("pagecrc", Unsigned, ReadWrite, Volatile),
			}))),
	}
}

// baePages is the pages of the EEPROM: two in a BAE0910, eight in a BAE0911.
func baePages(condition string) rows {
	return when(condition, rows{
		row("erase", YesNo, WriteOnly, Link).numbered(32, Separate),
		row("page", Binary, ReadWrite, Page).sized(512).numbered(32, Separate),
	})
}

func bae0910() rows {
	return rows{
		row("adc", Unsigned, ReadOnly, Volatile),
		row("adc10", Unsigned, ReadOnly, Volatile),
		row("adcan", Unsigned, ReadOnly, Volatile),
		row("adcap", Unsigned, ReadOnly, Volatile),
		row("adcc", Unsigned, ReadWrite, ReadStable),
		row("adctotn", Unsigned, ReadWrite, Volatile),
		row("adctotp", Unsigned, ReadWrite, Volatile),
		row("alan", Unsigned, ReadWrite, ReadStable),
		row("alap", Unsigned, ReadWrite, ReadStable),
		row("alarm", Unsigned, ReadWrite, Volatile),
		row("alarmc", Unsigned, ReadWrite, ReadStable),
		row("alcps", Unsigned, ReadWrite, ReadStable),
		row("alct", Unsigned, ReadWrite, ReadStable),
		row("cnt", Unsigned, ReadOnly, Volatile),
		row("cntc", Unsigned, ReadWrite, ReadStable),
		row("count", Unsigned, ReadWrite, Volatile),
		row("cps", Unsigned, ReadOnly, ReadStable),
		row("duty1", Unsigned, ReadWrite, ReadStable),
		row("duty2", Unsigned, ReadWrite, ReadStable),
		row("duty3", Unsigned, ReadWrite, ReadStable),
		row("duty4", Unsigned, ReadWrite, ReadStable),
		row("maxan", Unsigned, ReadWrite, Volatile),
		row("maxap", Unsigned, ReadWrite, Volatile),
		row("maxcps", Unsigned, ReadWrite, Volatile),
		row("out", Unsigned, ReadWrite, ReadStable),
		row("outc", Unsigned, ReadWrite, ReadStable),
		row("ovruncnt", Unsigned, ReadWrite, Volatile),
		row("pc0", Unsigned, ReadWrite, Volatile),
		row("pc1", Unsigned, ReadWrite, Volatile),
		row("pc2", Unsigned, ReadWrite, Volatile),
		row("pc3", Unsigned, ReadWrite, Volatile),
		row("period1", Unsigned, ReadWrite, ReadStable),
		row("period2", Unsigned, ReadWrite, ReadStable),
		row("pio", Unsigned, ReadWrite, Volatile),
		row("pioc", Unsigned, ReadWrite, ReadStable),
		row("resetcnt", Unsigned, ReadWrite, Volatile),
		row("rtcc", Unsigned, ReadWrite, ReadStable),
		row("selectcnt", Unsigned, ReadWrite, Volatile),
		row("stalledcnt", Unsigned, ReadWrite, Volatile),
		row("tpm1c", Unsigned, ReadWrite, ReadStable),
		row("tpm2c", Unsigned, ReadWrite, ReadStable),
	}
}

// baeUsers is the registers that the owner's program may use.
func baeUsers() rows {
	var all rows
	for letter := 'a'; letter <= 'p'; letter++ {
		all = append(all, row("user"+string(letter), Unsigned, ReadWrite, Volatile))
	}
	return all
}

func bae0911() rows {
	return join(
		under("alarm", rows{
			row("clear_latchs", YesNo, ReadWrite, Volatile),
			row("enable_global", Unsigned, ReadWrite, Volatile),
			row("enable_latch", YesNo, ReadWrite, Volatile).numbered(22, Separate),
			row("latch", YesNo, ReadWrite, Volatile).numbered(22, Separate),
			row("userbits", Unsigned, ReadWrite, Volatile),
			row("userbits_enable", Unsigned, ReadWrite, Volatile),
		}),
		under("analog", rows{
			row("adc", Unsigned, ReadOnly, Volatile).numbered(16, Separate),
			row("adc_enable", YesNo, ReadWrite, Volatile),
			dir("comparator"),
			row("comparator/acmp_enable", YesNo, ReadWrite, Volatile),
			row("comparator/changed", YesNo, ReadWrite, Volatile),
			row("comparator/internal_ref", YesNo, ReadWrite, Volatile),
			row("comparator/out_enable", YesNo, ReadWrite, Volatile),
			row("comparator/out_state", YesNo, ReadOnly, Volatile),
		}),
		under("automation_engine", rows{
			row("global_mem", Unsigned, ReadWrite, Volatile).numbered(64, Separate),
			row("global_memory", Unsigned, ReadWrite, Volatile).anyNumber(),
			row("pc0", Unsigned, ReadWrite, Volatile),
		}),
		under("counters", rows{
			row("count", Unsigned, ReadWrite, Volatile).numbered(18, Separate),
			row("enable_counter", YesNo, ReadWrite, Volatile).numbered(18, Separate),
			row("enable_encoder0", YesNo, ReadWrite, Volatile),
			row("enable_encoder16", YesNo, ReadWrite, Volatile),
			row("enable_encoder17", YesNo, ReadWrite, Volatile),
			row("enable_encoder5", YesNo, ReadWrite, Volatile),
			row("enable_encoder8", YesNo, ReadWrite, Volatile),
			row("enable_encoder9", YesNo, ReadWrite, Volatile),
		}),
		under("iic", rows{
			dir("cat9554"),
			row("cat9554/direction", Unsigned, ReadWrite, Volatile),
			row("cat9554/pio", Unsigned, ReadWrite, Volatile),
			row("init", Unsigned, ReadWrite, Volatile),
		}),
		under("lcd", rows{
			row("init", Unsigned, ReadWrite, Volatile),
			row("text", ASCII, WriteOnly, Volatile).sized(255),
		}),
		under("pio", rows{
			row("direction", YesNo, ReadWrite, Volatile).numbered(22, Separate),
			row("pio", YesNo, ReadWrite, Volatile).numbered(22, Separate),
			row("pull_down", YesNo, ReadWrite, Volatile).numbered(8, Separate),
			row("pull_enable", YesNo, ReadWrite, Volatile).numbered(22, Separate),
			row("strength", YesNo, ReadWrite, Volatile).numbered(22, Separate),
		}),
		under("pwm1", baePWM()),
		under("pwm2", baePWM()),
		under("sdcard", rows{
			row("init", Unsigned, ReadWrite, Volatile),
			row("sector_data", Binary, ReadWrite, Stable).sized(512),
			row("sector_nr", Unsigned, ReadWrite, Stable),
		}),
		under("serial", rows{
			row("baud_divisor", Unsigned, ReadWrite, Volatile),
			row("dataout", ASCII, WriteOnly, Volatile).sized(255),
			row("scic", Unsigned, ReadWrite, Volatile),
		}),
		under("system", rows{
			row("owidletime", Unsigned, ReadWrite, Volatile),
			row("poweronflags", Unsigned, ReadOnly, ReadStable),
			row("watchdog1w", Unsigned, ReadWrite, ReadStable),
		}),
		under("timers", rows{
			row("clock", Unsigned, ReadWrite, Volatile),
			row("countdown", Unsigned, ReadWrite, Volatile).numbered(32, Separate),
			row("countdown_number", Unsigned, ReadWrite, Volatile),
			row("random", Unsigned, ReadOnly, Volatile),
		}),
		under("user_registers", rows{
			row("byte", Unsigned, ReadWrite, Volatile).numbered(16, Separate),
			row("dword", Unsigned, ReadWrite, Volatile).numbered(8, Separate),
			row("word", Unsigned, ReadWrite, Volatile).numbered(16, Separate),
		}),
	)
}

func baePWM() rows {
	return rows{
		row("duty_ch0", Unsigned, ReadWrite, Volatile),
		row("duty_ch1", Unsigned, ReadWrite, Volatile),
		row("mode_ch0", Unsigned, ReadWrite, Volatile),
		row("mode_ch1", Unsigned, ReadWrite, Volatile),
		row("period", Unsigned, ReadWrite, Volatile),
		row("ref_clock", Unsigned, ReadWrite, Volatile),
	}
}
