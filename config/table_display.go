// SPDX-License-Identifier: Apache-2.0

package config

func displayOptions() []Option {
	return append(scaleOptions(), []Option{
		{Names: []string{"version"}, Short: "V", Programs: allProgs, Topic: "job", Group: "Information",
			Help: "show the version", set: (*parser).askVersion},
		{Names: []string{"format"}, Short: "f", Arg: ArgRequired, ArgName: "f[.]i[[.]c]", Programs: allProgs,
			Topic: "temperature", Group: "Names of devices", Help: "how ids are shown: family f, id i, CRC c (default f.i)",
			set: func(p *parser, text string) error {
				f, err := parseFormat(text)
				p.cfg.Display.Format = f
				return err
			}},
		{Names: []string{"pid_file"}, Short: "P", Arg: ArgRequired, ArgName: "file", Programs: allProgs, Topic: "job",
			Group: "Process", Help: "write the process id to a file", set: word(func(c *Config) *string { return &c.Process.PIDFile })},
		{Names: []string{"unaliased"}, Programs: allProgs, Topic: "job", Group: "Names", Help: "list ids even where there is a name",
			set: turn(func(c *Config) { c.Display.Unaliased = true })},
		{Names: []string{"aliased"}, Programs: allProgs, Topic: "job", Group: "Names", Help: "list names where there are any (default)",
			set: turn(func(c *Config) { c.Display.Unaliased = false })},
		{Names: []string{"uncached"}, Programs: allProgs, Topic: "cache", Group: "Cache", Help: "every request goes to the bus",
			set: turn(func(c *Config) { c.Cache.Uncached = true })},
		{Names: []string{"cached"}, Programs: allProgs, Topic: "cache", Group: "Cache", Help: "keep values for a while (default)",
			set: turn(func(c *Config) { c.Cache.Uncached = false })},
	}...)
}

func scaleOptions() []Option {
	temperature := func(short string, s TemperatureScale, help string) Option {
		return Option{Names: []string{s.String()}, Short: short, Programs: allProgs, Topic: "temperature",
			Group: "Temperature scale", Help: help,
			set: turn(func(c *Config) { c.Display.Temperature = s })}
	}
	pressure := func(s PressureScale, help string, more ...string) Option {
		return Option{Names: append([]string{s.String()}, more...), Programs: allProgs, Topic: "temperature",
			Group: "Pressure scale", Help: help, set: turn(func(c *Config) { c.Display.Pressure = s })}
	}
	return []Option{
		temperature("C", Celsius, "degrees Celsius (default)"), temperature("F", Fahrenheit, "degrees Fahrenheit"),
		temperature("K", Kelvin, "kelvin"), temperature("R", Rankine, "degrees Rankine"),
		pressure(Mbar, "millibar (default)", "millibar"), pressure(Atm, "standard atmospheres"),
		pressure(MmHg, "millimetres of mercury", "torr"), pressure(InHg, "inches of mercury"),
		pressure(Psi, "pounds per square inch", "psia", "psig"), pressure(Pa, "pascal", "pascal"),
	}
}
