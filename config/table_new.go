// SPDX-License-Identifier: Apache-2.0

package config

import "time"

func developerOptions() []Option {
	row := func(name, help string, field func(*Serve) *bool) Option {
		return Option{Names: []string{name}, Programs: Owserver, Topic: "program", Group: "For tests (owserver)", Help: help,
			set: turn(func(c *Config) { *field(&c.Serve) = true })}
	}
	return []Option{
		tune("All adapters", "one device on the bus: skip its address", turn(func(c *Config) { c.Line.OneDevice = true }),
			"one_device", "1_device"),
		row("pingcrazy", "send many keep-alive messages", func(s *Serve) *bool { return &s.PingCrazy }),
		row("no_dirall", "refuse DIRALL: clients fall back to DIR", func(s *Serve) *bool { return &s.NoDirall }),
		row("no_get", "refuse GET: clients fall back to DIRALL and READ", func(s *Serve) *bool { return &s.NoGet }),
		row("no_persistence", "refuse persistent connections", func(s *Serve) *bool { return &s.NoPersistence }),
	}
}

// newOptions are not in the original's table: what only its manual names, and what is ours. They stand last, so that no
// abbreviation in an old config file changes its meaning.
func newOptions() []Option {
	checksum := func(c *Config) *Opt[bool] { return &c.Line.Checksum }
	return []Option{
		{Names: []string{"ha2"}, Arg: ArgRequired, ArgName: "port", Programs: allProgs, Topic: "device", Group: "Serial adapters",
			Help: "HA2, the same as --passive", set: bus(BusPassive)},
		tune("Serial adapters", "check sums on the HA5 (default)", choose(checksum, true), "checksum"),
		tune("Serial adapters", "no check sums on the HA5", choose(checksum, false), "no_checksum"),
		tune("Network", "search for no servers (default)", nothing(), "noautoserver", "no_autoserver"),
		{Names: []string{"no_trim", "notrim"}, Programs: allProgs, Topic: "temperature", Group: "Numbers",
			Help: "numbers padded to 12 columns", set: turn(func(c *Config) { c.Display.Padded = true })},
		{Names: []string{"options"}, Short: "o", Arg: ArgRequired, ArgName: "option,...", Programs: Owfs, Topic: "program",
			Group: "Mount (owfs)", Help: "options as for mount(8): ro, allow_other, uid=, gid=, umask=, server= ...",
			set: (*parser).mountOptions},
		{Names: []string{"timeout_request"}, Arg: ArgRequired, ArgName: "s", Programs: allProgs, Topic: "cache", Group: "Patience",
			Help: "one whole request (120), 0 for no limit",
			set:  seconds(func(c *Config) *Opt[time.Duration] { return &c.Timeouts.Request })},
		{Names: []string{"wait"}, Arg: ArgOptional, ArgName: "s", Programs: allProgs, Topic: "cache", Group: "Patience",
			Help: "wait for the peer at the start (10) and end without it, instead of connecting later", set: setWait},
		{Names: []string{"listen_readonly"}, Arg: ArgRequired, ArgName: "[ip:]port", Programs: Owserver, Topic: "program",
			Group: "Network servers (owserver, owhttpd, owftpd)", Help: "as -p, but nothing can be written there",
			set: words(func(c *Config) *[]string { return &c.Serve.ReadOnlyPorts })},
		secure("tls_cert", allProgs, "our certificate, for addresses that begin with tls:", func(t *TLS) *string { return &t.Cert }),
		secure("tls_key", allProgs, "its key (default: in the same file)", func(t *TLS) *string { return &t.Key }),
		secure("tls_ca", allProgs, "authorities of servers (default: the system's)", func(t *TLS) *string { return &t.CA }),
		secure("tls_client_ca", Owserver, "authorities of clients: others are refused", func(t *TLS) *string { return &t.ClientCA }),
	}
}

// secure is a row that names a file for TLS.
func secure(name string, programs Program, help string, field func(*TLS) *string) Option {
	return Option{Names: []string{name}, Arg: ArgRequired, ArgName: "file", Programs: programs, Topic: "device", Group: "Network",
		Help: help, set: word(func(c *Config) *string { return field(&c.TLS) })}
}

// DefaultWait is how long --wait without a value waits.
const DefaultWait = 10 * time.Second

func setWait(p *parser, text string) error {
	if text == "" {
		p.cfg.Wait = Some(DefaultWait)
		return nil
	}
	return seconds(func(c *Config) *Opt[time.Duration] { return &c.Wait })(p, text)
}
