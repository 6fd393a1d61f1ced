// SPDX-License-Identifier: Apache-2.0

package config

import (
	"math"
	"time"
)

func timeoutOptions() []Option {
	const cache, wire, persist = "Life in the cache", "Patience", "Persistent connections (owserver)"
	row := func(status Status, group, help string, field func(*Timeouts) *Opt[time.Duration], names ...string) Option {
		return Option{Names: names, Arg: ArgRequired, ArgName: "s", Programs: allProgs, Topic: "cache", Group: group, Help: help,
			Status: status, set: seconds(func(c *Config) *Opt[time.Duration] { return field(&c.Timeouts) })}
	}
	type T = Timeouts
	type D = Opt[time.Duration]
	rows := []Option{
		row(Works, cache, "values that change by themselves (15)", func(t *T) *D { return &t.Volatile }, "timeout_volatile"),
		row(Works, cache, "values that change when written (300)", func(t *T) *D { return &t.Stable }, "timeout_stable"),
		row(Works, cache, "listings of a bus (60)", func(t *T) *D { return &t.Directory }, "timeout_directory"),
		row(Works, cache, "where a device is (120)", func(t *T) *D { return &t.Presence }, "timeout_presence"),
		row(Works, wire, "serial adapter (0.5, host:port 5)", func(t *T) *D { return &t.Serial }, "timeout_serial"),
		row(Works, wire, "USB adapter (0.5)", func(t *T) *D { return &t.USB }, "timeout_usb"),
		row(Works, wire, "one step over the network (1)", func(t *T) *D { return &t.Network }, "timeout_network"),
		served(row(Works, wire, "a client's request, from its first byte to the last (10)", func(t *T) *D { return &t.Server }, "timeout_server")),
		row(Ignored, wire, "idle FTP session (900)", func(t *T) *D { return &t.FTP }, "timeout_ftp"),
		row(Ignored, wire, "HA7Net (60)", func(t *T) *D { return &t.HA7 }, "timeout_ha7", "timeout_ha7net"),
		row(Ignored, wire, "kernel w1 (30)", func(t *T) *D { return &t.W1 }, "timeout_w1"),
		served(row(Works, persist, "idle time granted when there are many (600)", func(t *T) *D { return &t.PersistentLow }, "timeout_persistent_low")),
		served(row(Works, persist, "idle time granted when there are few (3600)", func(t *T) *D { return &t.PersistentHigh }, "timeout_persistent_high")),
		clients("connections from which on there are many (1000)", func(c *Config) *Opt[int] { return &c.Serve.ClientsLow }, "clients_persistent_low"),
		clients("persistent connections at most (10000)", func(c *Config) *Opt[int] { return &c.Serve.ClientsHigh }, "clients_persistent_high"),
		simulated("lowest simulated reading", func(c *Config) *Opt[float64] { return &c.Line.TemperatureLow },
			"temperature_low", "low_temperature", "templow"),
		simulated("highest simulated reading", func(c *Config) *Opt[float64] { return &c.Line.TemperatureHigh },
			"temperature_high", "high_temperature", "temphigh", "temperature_hi", "hi_temperature", "temphi"),
	}
	rows[0].Short = "t"
	return rows
}

// served is an option that only servers use.
func served(o Option) Option {
	o.Programs = servers
	return o
}

func clients(help string, field func(*Config) *Opt[int], name string) Option {
	return Option{Names: []string{name}, Arg: ArgRequired, ArgName: "n", Programs: servers, Topic: "cache",
		Group: "Persistent connections (owserver)", Help: help,
		set: number(0, math.MaxInt32, func(c *Config, n int64) { *field(c) = Some(int(n)) })}
}

func simulated(help string, field func(*Config) *Opt[float64], names ...string) Option {
	return Option{Names: names, Arg: ArgRequired, ArgName: "degrees", Programs: allProgs, Topic: "device",
		Group: "Simulated buses", Help: help, set: real(field)}
}
