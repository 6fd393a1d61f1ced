// SPDX-License-Identifier: Apache-2.0

package config

// helperOptions are the options mount(8) calls its helpers with: mount.owfs source dir -s -f -n -v -r -w -t type -N ns -o options.
func helperOptions() []Option {
	row := func(short, name, help string, set func(*parser, string) error) Option {
		return Option{Names: []string{name}, Short: short, Programs: Owfs, Topic: "program", Help: help, set: set}
	}
	withValue := func(argName string, o Option) Option {
		o.Arg, o.ArgName = ArgRequired, argName
		return o
	}
	help := row("h", "help", "show help", (*parser).askHelp)
	help.Arg = ArgOptional
	return []Option{
		row("s", "sloppy", "skip unknown mount options", func(p *parser, _ string) error {
			p.sloppy = true
			return nil
		}),
		row("f", "fake", "do everything but mount", turn(func(c *Config) { c.Mount.Fake = true })),
		row("n", "no-mtab", "there is no mtab to write", nothing()),
		row("v", "verbose", "tell more", turn(func(c *Config) { c.Mount.Verbose = true })),
		row("r", "read-only", "the same as -o ro", turn(func(c *Config) { c.Access.ReadOnly = true })),
		row("w", "read-write", "the same as -o rw", turn(func(c *Config) { c.Access.ReadOnly = false })),
		withValue("type", row("t", "types", "the type mount(8) was given", nothing())),
		withValue("namespace", row("N", "namespace", "mount(8) has entered it already", nothing())),
		withValue("option,...", row("o", "options", "mount options", (*parser).mountOptions)),
		help,
		row("V", "version", "show the version", (*parser).askVersion),
	}
}
