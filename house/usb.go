// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"log/slog"
	"strings"

	"owfs/config"
	"owfs/hw/ds2490"
	"owfs/transport/virtual"
)

// versionUSB is the C suite's number for this kind of adapter.
const versionUSB = 8

// stick is the DS2490 that which names: "" the first that is free, "2", "1:4",
// "1-1.4", or a ROM code on its line.
func stick(cfg *config.Config, which string, log *slog.Logger) master {
	opts := ds2490.Options{Regular: !cfg.Line.USBFlextime.Or(true), Timeout: cfg.Timeouts.USB.Or(0), Log: log}
	address := "usb"
	if which != "" {
		address = "usb:" + which
	}
	return master{
		open: ds2490.Opener(which, opts),
		about: virtual.Interface{
			Address: address, Name: "DS9490", Version: versionUSB, Kind: "bus is a DS9490 USB master",
			Values: map[string]virtual.Value{
				"settings/usb/flexible_timing": fixed(yesNo(!opts.Regular)),
			},
		},
	}
}

// allSticks tells whether an argument of -u means every stick that there is.
func allSticks(arg string) bool {
	word, _, _ := strings.Cut(strings.ToLower(arg), ":")
	return word == "all" || word == "scan"
}

// sticks finds every DS2490, by the place where it is plugged in.
func sticks(cfg *config.Config, arg string, log *slog.Logger) seeker {
	find := func(ctx context.Context) ([]master, error) {
		found, err := ds2490.Find(ctx)
		var all []master
		for _, s := range found {
			all = append(all, stick(cfg, s.Path(), log))
		}
		return all, err
	}
	return seeker{what: "-u" + arg, more: true, find: find}
}
