// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"log/slog"
	"strconv"

	"owfs/config"
	"owfs/device"
	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/transport/virtual"
)

// serial is a DS2480B on a serial port, or behind host:port.
func serial(cfg *config.Config, port string, log *slog.Logger) master {
	l := cfg.Line
	opts := ds2480b.Options{Baud: l.Baud, Regular: !l.SerialFlextime.Or(true), Timeout: cfg.Timeouts.Serial.Or(0), Log: log}
	return master{
		open: func(ctx context.Context) (hw.Bus, error) { return ds2480b.Open(ctx, port, opts) },
		about: virtual.Interface{
			Address: port, Name: "DS9097U", Version: versionSerial, Kind: "bus is a serial DS2480B, xport or PBM",
			Values: map[string]virtual.Value{
				"settings/serial/baudrate":        fixed(strconv.Itoa(max(l.Baud, 9600))),
				"settings/serial/flexible_timing": fixed(yesNo(!opts.Regular)),
			},
		},
	}
}

// versionSerial is the C suite's number for this kind of adapter.
const versionSerial = 3

// fixed is a setting that can't be changed while the program runs.
func fixed(text string) virtual.Value {
	return virtual.Value{Read: func(device.Element) string { return text }}
}

func yesNo(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
