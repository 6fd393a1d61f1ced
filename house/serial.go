// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"syscall"

	"owfs/config"
	"owfs/device"
	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/transport"
	"owfs/transport/virtual"
)

// serial is a DS2480B on a serial port, or behind host:port.
func serial(cfg *config.Config, port string, log *slog.Logger) master {
	l := cfg.Line
	opts := ds2480b.Options{
		Baud: l.Baud, Regular: !l.SerialFlextime.Or(true), Reverse: l.Reverse,
		Timeout: cfg.Timeouts.Serial.Or(0), Log: log,
	}
	s := ds2480b.NewSettings(opts)
	opts.Settings = s
	return master{
		open: func(ctx context.Context) (hw.Bus, error) { return ds2480b.Open(ctx, port, opts) },
		about: virtual.Interface{
			Address: port, Name: "DS9097U", Version: versionSerial, Kind: "bus is a serial DS2480B, xport or PBM",
			Values: map[string]virtual.Value{
				"settings/serial/baudrate":         rate(s),
				"settings/serial/flexible_timing":  turned(func() bool { return !s.Regular() }, func(on bool) { s.SetRegular(!on) }),
				"settings/serial/reverse_polarity": turned(s.Reverse, s.SetReverse),
			},
		},
	}
}

// rate is the setting of the baud rate.
func rate(s *ds2480b.Settings) virtual.Value {
	return virtual.Value{
		Read: func(device.Element) string { return strconv.Itoa(s.Baud()) },
		Write: func(text string) error {
			text = strings.TrimSpace(text)
			n, err := strconv.Atoi(text)
			if err != nil {
				return transport.Cause(syscall.EINVAL, "%q is not a whole number", text)
			}
			if err := s.SetBaud(n); err != nil {
				return transport.Cause(syscall.ERANGE, "%v", err)
			}
			return nil
		},
	}
}

// turned is a setting that is on or off.
func turned(is func() bool, set func(bool)) virtual.Value {
	return virtual.Value{
		Read: func(device.Element) string { return yesNo(is()) },
		Write: func(text string) error {
			on, err := virtual.ParseYesNo(text)
			if err == nil {
				set(on)
			}
			return err
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
