// SPDX-License-Identifier: Apache-2.0

package config

// tune is a row that sets something of a bus master.
func tune(group, help string, set func(*parser, string) error, names ...string) Option {
	return Option{Names: names, Programs: allProgs, Topic: "device", Group: group, Help: help, Status: Ignored, set: set}
}

// used is a row of tune that a bus master of ours heeds.
func used(o Option) Option {
	o.Status = Works
	return o
}

func tuningOptions() []Option {
	serialFlex := func(c *Config) *Opt[bool] { return &c.Line.SerialFlextime }
	usbFlex := func(c *Config) *Opt[bool] { return &c.Line.USBFlextime }
	flow := func(c *Config) *Opt[bool] { return &c.Line.HardwareFlow }
	const serial, usb = "Serial adapters", "USB adapters"
	baud := used(tune(serial, "speed of port and chip (DS2480B: 9600, or 19200 if that is stable)", setBaud, "baud_rate", "baud"))
	baud.Arg, baud.ArgName = ArgRequired, "rate"
	return []Option{
		tune(usb, "other timing, for some adapters and the DS2423", turn(func(c *Config) { c.Line.AltUSB = true }), "altusb"),
		used(tune(usb, "flexible timing (default)", choose(usbFlex, true), "usb_flextime")),
		used(tune(usb, "regular timing", choose(usbFlex, false), "usb_regulartime")),
		used(tune(serial, "flexible timing (DS2480B, default)", choose(serialFlex, true), "serial_flextime", "serial_flex")),
		used(tune(serial, "regular timing (DS2480B)", choose(serialFlex, false), "serial_regulartime", "serial_regular",
			"serial_standardtime", "serial_standard", "serial_stdtime", "serial_std")),
		tune(serial, "no hardware flow control", choose(flow, false), "no_hard", "flow_none", "no_hardflow"),
		tune(serial, "hardware flow control", choose(flow, true), "hard", "hardware", "hardflow"),
		used(tune(serial, "reversed polarity (DS2480B)", turn(func(c *Config) { c.Line.Reverse = true }), "reverse_polarity", "reverse")),
		used(tune(serial, "straight polarity (default)", turn(func(c *Config) { c.Line.Reverse = false }), "straight_polarity")),
		baud,
	}
}

func setBaud(p *parser, text string) error {
	rate, err := parseBaud(text)
	if err == nil {
		p.cfg.Line.Baud = rate
	}
	return err
}

// tailOptions are those that stand last in the original's table.
func tailOptions() []Option {
	pullUp := func(c *Config) *Opt[bool] { return &c.Line.ActivePullUp }
	masking := func(c *Config) *Opt[bool] { return &c.Line.PresenceMasking }
	const serial, i2c = "Serial adapters", "I2C adapters"
	return append([]Option{
		used(tune(serial, "passive adapter: words of 8 bits", turn(func(c *Config) { c.Line.EightBit = true }), "8bit")),
		used(tune(serial, "passive adapter: words of 6 bits (default)", turn(func(c *Config) { c.Line.EightBit = false }), "6bit")),
		used(tune(i2c, "active pull-up", choose(pullUp, true), "ActivePullUp", "apu")),
		used(tune(i2c, "no active pull-up", choose(pullUp, false), "no_ActivePullUp", "no_apu")),
		used(tune(i2c, "presence pulse masking", choose(masking, true), "PresencePulseMasking", "ppm")),
		used(tune(i2c, "no presence pulse masking", choose(masking, false), "no_PresencePulseMasking", "no_ppm")),
	}, reportOptions()...)
}
