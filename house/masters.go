// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"fmt"
	"log/slog"

	"owfs/config"
	"owfs/hw"
	"owfs/hw/ds2482"
	"owfs/hw/passive"
	"owfs/hw/w1"
	"owfs/transport/virtual"
)

// The C suite's numbers for these kinds of adapter.
const (
	versionPassive   = 0
	versionDS2482100 = 20
	versionDS2482800 = 21
	versionW1        = 30
)

// passiveAdapter is a DS9097 on a serial port.
func passiveAdapter(cfg *config.Config, port string, log *slog.Logger) master {
	opts := passive.Options{EightBit: cfg.Line.EightBit, Timeout: cfg.Timeouts.Serial.Or(0), Log: log}
	return master{
		open:  func(ctx context.Context) (hw.Bus, error) { return passive.Open(ctx, port, opts) },
		about: virtual.Interface{Address: port, Name: "Passive", Version: versionPassive},
	}
}

// i2c finds the chips DS2482 that an argument of --i2c names, each channel a
// bus of its own.
func i2c(cfg *config.Config, arg string, log *slog.Logger) (seeker, error) {
	a, err := ds2482.ParseArg(arg)
	if err != nil {
		return seeker{}, err
	}
	opts := ds2482.Options{
		PassivePullUp: !cfg.Line.ActivePullUp.Or(true), MaskPresence: cfg.Line.PresenceMasking.Or(false), Log: log,
	}
	find := func(ctx context.Context) ([]master, error) {
		found, err := ds2482.Open(ctx, arg, opts)
		var all []master
		for _, f := range found {
			about := virtual.Interface{
				Address: f.Name(), Name: "DS2482-100", Version: versionDS2482100, Kind: "bus is an i2c DS2482/DS2483",
				Values: map[string]virtual.Value{
					"settings/i2c/ActivePullUp":      fixed(yesNo(!opts.PassivePullUp)),
					"settings/i2c/PulsePresenceMask": fixed(yesNo(opts.MaskPresence)),
				},
			}
			if f.Kind.Channels() > 1 {
				about.Name, about.Version = fmt.Sprintf("DS2482-800(%d)", f.Channel), versionDS2482800
			}
			all = append(all, master{open: f.Open, about: about})
		}
		return all, err
	}
	return seeker{what: "--i2c=" + arg, more: a.All, find: find}, nil
}

// kernel finds the bus masters of the kernel.
func kernel(log *slog.Logger) seeker {
	opts := w1.Options{Log: log}
	find := func(ctx context.Context) ([]master, error) {
		found, err := w1.Find(ctx, opts)
		var all []master
		for _, m := range found {
			all = append(all, master{
				open:  func(ctx context.Context) (hw.Bus, error) { return w1.Open(ctx, m.ID, opts) },
				about: virtual.Interface{Address: m.Name, Name: "w1", Version: versionW1},
			})
		}
		return all, err
	}
	return seeker{what: "--w1", more: true, find: find}
}
