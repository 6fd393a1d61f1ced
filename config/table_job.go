// SPDX-License-Identifier: Apache-2.0

package config

import "math"

func jobOptions() []Option {
	foreground := func(c *Config) *Opt[bool] { return &c.Process.Foreground }
	external := func(c *Config) *Opt[bool] { return &c.Line.External }
	return []Option{
		{Names: []string{"external"}, Programs: allProgs, Topic: "device", Group: "Scripts", Help: "let scripts answer for devices",
			Status: Ignored, set: choose(external, true)},
		{Names: []string{"no_external"}, Programs: allProgs, Topic: "device", Group: "Scripts", Help: "run no scripts (default)",
			Status: Ignored, set: choose(external, false)},
		{Names: []string{"background"}, Programs: allProgs, Topic: "job", Group: "Process", Help: "leave the terminal (default)",
			set: choose(foreground, false)},
		{Names: []string{"foreground"}, Programs: allProgs, Topic: "job", Group: "Process", Help: "stay at the terminal",
			set: choose(foreground, true)},
		{Names: []string{"fatal_debug"}, Programs: allProgs, Topic: "job", Group: "Information", Help: "from old command lines",
			Status: Ignored, set: nothing()},
		{Names: []string{"nofatal_debug"}, Programs: allProgs, Topic: "job", Group: "Information", Help: "from old command lines",
			Status: Ignored, set: nothing()},
		{Names: []string{"fatal_debug_file"}, Arg: ArgRequired, ArgName: "file", Programs: allProgs, Topic: "job",
			Group: "Information", Help: "from old command lines", Status: Ignored, set: nothing()},
		{Names: []string{"error_print", "errorprint"}, Arg: ArgRequired, ArgName: "0-3", Programs: allProgs, Topic: "job",
			Group: "Information", Help: "messages to 0 stderr or syslog as fits, 1 syslog, 2 stderr, 3 nowhere",
			set: number(0, 3, func(c *Config, n int64) { c.Log.ErrorPrint = ErrorPrint(n) })},
		{Names: []string{"error_level", "errorlevel"}, Arg: ArgRequired, ArgName: "0-9", Programs: allProgs, Topic: "job",
			Group: "Information", Help: "0 errors, 1 connections, 2 calls, 3 data, 4 details, 5 and up everything",
			set: number(0, 9, func(c *Config, n int64) { c.Log.ErrorLevel = int(n) })},
		{Names: []string{"debug"}, Programs: allProgs, Topic: "job", Group: "Information",
			Help: "short for --foreground --error_level=9", set: turn(debug)},
		{Names: []string{"cache_size", "cachesize"}, Arg: ArgRequired, ArgName: "bytes", Programs: allProgs, Topic: "cache",
			Group: "Cache", Help: "most memory for kept values, 0 for no limit (default)", Status: Ignored,
			set: number(0, math.MaxInt64, func(c *Config, n int64) { c.Cache.Size = n })},
		{Names: []string{"fuse_opt", "fuseopt"}, Arg: ArgRequired, ArgName: "options", Programs: Owfs, Topic: "program",
			Group: "Mount (owfs)", Help: "options for FUSE, such as \"-o ro\"", set: (*parser).fuseOpt},
		{Names: []string{"fuse_open_opt", "fuseopenopt"}, Arg: ArgRequired, ArgName: "options", Programs: Owfs, Topic: "program",
			Group: "Mount (owfs)", Help: "the same as --fuse_opt", set: (*parser).fuseOpt},
		{Names: []string{"max_clients", "maxclients"}, Arg: ArgRequired, ArgName: "n", Programs: servers, Topic: "program",
			Group: "Network servers (owserver, owhttpd, owftpd)", Help: "most connections at once, 0 for no limit (default)",
			set: number(0, math.MaxInt32, func(c *Config, n int64) { c.Serve.MaxClients = int(n) })},
	}
}

func debug(c *Config) {
	c.Log.Debug = true
	c.Log.ErrorLevel = 9
	c.Process.Foreground = Some(true)
}
