// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

func reportOptions() []Option {
	return []Option{
		{Names: []string{"trim"}, Programs: allProgs, Topic: "temperature", Group: "Numbers", Help: "no blanks around numbers (default)",
			set: turn(func(c *Config) { c.Display.Padded = false })},
		{Names: []string{"detail", "details"}, Arg: ArgRequired, ArgName: "id,...", Programs: allProgs, Topic: "job",
			Group: "Information", Help: "details only of devices whose id begins so", Status: Ignored, set: setDetail},
		{Names: []string{"traffic"}, Programs: allProgs, Topic: "job", Group: "Information", Help: "show the bytes on the bus",
			Status: Ignored, set: turn(func(c *Config) { c.Log.Traffic = true })},
		{Names: []string{"notraffic", "no_traffic"}, Programs: allProgs, Topic: "job", Group: "Information",
			Help: "do not show the bytes (default)", Status: Ignored, set: turn(func(c *Config) { c.Log.Traffic = false })},
		{Names: []string{"locks"}, Programs: allProgs, Topic: "job", Group: "Information", Help: "from old command lines",
			Status: Ignored, set: turn(func(c *Config) { c.Log.Locks = true })},
		{Names: []string{"nolocks", "no_locks"}, Programs: allProgs, Topic: "job", Group: "Information",
			Help: "from old command lines", Status: Ignored, set: turn(func(c *Config) { c.Log.Locks = false })},
	}
}

func setDetail(p *parser, text string) error {
	for id := range strings.SplitSeq(text, ",") {
		if id != "" {
			p.cfg.Log.Detail = append(p.cfg.Log.Detail, id)
		}
	}
	return nil
}
