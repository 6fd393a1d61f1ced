// SPDX-License-Identifier: Apache-2.0

package config

func adapterOptions() []Option {
	add := func(group string, kind BusKind, arg ArgKind, argName, missing, help string, names ...string) Option {
		return Option{Names: names, Arg: arg, ArgName: argName, Programs: allProgs, Topic: "device", Group: group, Help: help,
			Status: NotBuilt, Missing: missing, Bus: kind, set: bus(kind)}
	}
	works := func(group string, kind BusKind, arg ArgKind, argName, help string, names ...string) Option {
		o := add(group, kind, arg, argName, "", help, names...)
		o.Status = Works
		return o
	}
	const serial, network, simulated, other = "Serial adapters", "Network", "Simulated buses", "Other adapters"
	return []Option{
		works(serial, BusPassive, ArgRequired, "port", "passive adapter (DS9097, HA2)", "passive"),
		add(other, BusDS1WM, ArgRequired, "address", "DS1WM bus master", "DS1WM in a gate array, by its base address", "ds1wm"),
		add(other, BusK1WM, ArgRequired, "address,channels", "K1WM bus master", "K1WM in a gate array", "k1wm"),
		works("I2C adapters", BusI2C, ArgOptional, "port[:0-7|:all]", "DS2482: the first, one, or all", "i2c"),
		add(network, BusHA7Net, ArgOptional, "host[:port]", "HA7Net bus master", "HA7Net; without an address search for it", "ha7", "ha7net"),
		add(network, BusEnet, ArgOptional, "host[:port]", "OW-Server-Enet bus master", "OW-Server-Enet; without an address search for it",
			"enet", "ow_server_enet"),
		works(simulated, BusFake, ArgRequired, "list", "random devices and values; family codes, ids or chip names", "fake"),
		add(serial, BusLink, ArgRequired, "port|host:port", "LINK bus master", "LINK in its own mode, or LinkHub-E", "link"),
		add(serial, BusPBM, ArgRequired, "port", "PBM bus master", "power bus master", "pbm"),
		add(serial, BusHA3, ArgRequired, "port", "HA3 bus master", "HA3", "ha3"),
		add(serial, BusHA4B, ArgRequired, "port", "HA4B bus master", "HA4B", "ha4b"),
		add(serial, BusHA5, ArgRequired, "port[:a-z]", "HA5 bus master", "HA5 with the letters of its channels", "ha5"),
		add(serial, BusHA7E, ArgRequired, "port", "HA7E bus master", "HA7E or HA7S", "ha7e", "ha7s"),
		add(network, BusXport, ArgRequired, "host:port", "telnet bus master", "DS2480B behind a telnet server", "xport", "telnet"),
		works(simulated, BusTester, ArgRequired, "list", "devices and values that can be foretold", "tester"),
		works(simulated, BusMock, ArgRequired, "list", "devices that keep what is written", "mock"),
		works(simulated, BusSim, ArgRequired, "list|file", "an emulated line in real timing; see docs/simulation.md", "sim"),
		add(network, BusEtherWeather, ArgRequired, "host[:port]", "EtherWeather bus master", "EtherWeather", "etherweather"),
	}
}

func discoveryOptions() []Option {
	const group = "Network servers (owserver, owhttpd, owftpd)"
	zeroconf := func(c *Config) *Opt[bool] { return &c.Serve.Zeroconf }
	return []Option{
		{Names: []string{"zero"}, Programs: servers, Topic: "program", Group: group, Help: "announce the service by zeroconf",
			set: choose(zeroconf, true)},
		{Names: []string{"nozero"}, Programs: servers, Topic: "program", Group: group, Help: "do not announce the service",
			set: choose(zeroconf, false)},
		{Names: []string{"autoserver", "auto", "browse"}, Programs: allProgs, Topic: "device", Group: "Network",
			Help: "use every owserver that zeroconf finds, now or later", Bus: BusBrowse, set: bus(BusBrowse)},
		{Names: []string{"w1"}, Programs: allProgs, Topic: "device", Group: "Other adapters", Help: "all bus masters of the kernel",
			Bus: BusW1, set: bus(BusW1)},
		{Names: []string{"masterhub"}, Arg: ArgRequired, ArgName: "port|host:port", Programs: allProgs, Topic: "device",
			Group: "Network", Help: "Hobby Boards Master Hub", Status: NotBuilt, Missing: "Master Hub bus master",
			Bus: BusMasterHub, set: bus(BusMasterHub)},
		{Names: []string{"announce"}, Arg: ArgRequired, ArgName: "name", Programs: servers, Topic: "program", Group: group,
			Help: "name to announce", set: word(func(c *Config) *string { return &c.Serve.Announce })},
		{Names: []string{"allow_other"}, Programs: Owfs, Topic: "program", Group: "Mount (owfs)",
			Help: "let other users see the mount; /etc/fuse.conf may have to permit it",
			set:  turn(func(c *Config) { c.Mount.AllowOther = true })},
	}
}
