// SPDX-License-Identifier: Apache-2.0

package config

func generalOptions() []Option {
	return []Option{
		{Names: []string{"alias", "aliases", "aliasfile"}, Short: "a", Arg: ArgRequired, ArgName: "file", Programs: allProgs,
			Topic: "job", Group: "Names", Help: "read names for devices from a file",
			set: words(func(c *Config) *[]string { return &c.AliasFiles })},
		{Names: []string{"configuration", "config", "conf"}, Short: "c", Arg: ArgRequired, ArgName: "file", Programs: allProgs,
			Topic: "job", Group: "Configuration", Help: "read more options from a file, here and now", set: (*parser).include},
		{Names: []string{"device"}, Short: "d", Arg: ArgRequired, ArgName: "port", Programs: allProgs, Topic: "device",
			Group: "Serial adapters", Help: "DS2480B adapter (DS9097U and kin), or host:port; an i2c port means --i2c",
			Bus: BusSerial, set: bus(BusSerial)},
		{Names: []string{"usb"}, Short: "u", Arg: ArgOptional, ArgName: "n|all|scan[:s]|bus:dev|place|id", Programs: allProgs,
			Topic: "device", Group: "USB adapters", Help: "DS2490 adapter (DS9490R): the first, the n-th, all, the one at a place (1-1.4) or with an id",
			Bus: BusUSB, set: bus(BusUSB)},
		{Names: []string{"help"}, Short: "h", Arg: ArgOptional, ArgName: "topic", Programs: allProgs, Topic: "job",
			Group: "Information", Help: "show help, on one topic or the overview", set: (*parser).askHelp},
		{Names: []string{"port"}, Short: "p", Arg: ArgRequired, ArgName: "[ip:]port", Programs: servers, Topic: "program",
			Group: "Network servers (owserver, owhttpd, owftpd)", Help: "address to listen on, also unix:/path",
			set: words(func(c *Config) *[]string { return &c.Serve.Ports })},
		{Names: []string{"mountpoint"}, Short: "m", Arg: ArgRequired, ArgName: "dir", Programs: Owfs, Topic: "program",
			Group: "Mount (owfs)", Help: "directory to mount on; without it the last plain argument",
			set: word(func(c *Config) *string { return &c.Mount.Point })},
		{Names: []string{"server"}, Short: "s", Arg: ArgRequired, ArgName: "[host:]port", Programs: allProgs, Topic: "device",
			Group: "Network", Help: "an owserver; the port is 4304 if only a host is given", Bus: BusServer, set: bus(BusServer)},
		{Names: []string{"readonly"}, Short: "r", Programs: allProgs, Topic: "job", Group: "Rights",
			Help: "allow no writing", set: turn(func(c *Config) { c.Access.ReadOnly = true })},
		{Names: []string{"safemode", "safe_mode", "safe"}, Programs: allProgs, Topic: "job", Group: "Rights",
			Help: "allow no writing and no uncached reading", set: turn(func(c *Config) { c.Access.SafeMode = true })},
		{Names: []string{"write"}, Short: "w", Programs: allProgs, Topic: "job", Group: "Rights",
			Help: "allow writing (default)", set: turn(func(c *Config) { c.Access.ReadOnly = false })},
	}
}

// askHelp ends the reading of the command line; in a file the option does nothing.
func (p *parser) askHelp(text string) error {
	topic, err := findTopic(text)
	if err != nil {
		return err
	}
	p.cfg.Help = topic
	return errStop
}

func (p *parser) askVersion(string) error {
	p.cfg.Version = true
	return errStop
}
