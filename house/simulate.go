// SPDX-License-Identifier: Apache-2.0

package house

import (
	"fmt"
	"slices"
	"strconv"

	"owfs/config"
	"owfs/device"
	"owfs/hw"
	"owfs/transport/local"
	"owfs/transport/local/simulated"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// What the C suite calls its simulated adapters, and their number.
const (
	whenSimulated    = "bus is simulated (fake, tester, mock)"
	versionSimulated = 28
)

// simulate makes a bus whose devices are only computed.
func simulate(cfg *config.Config, n int, b config.Bus, table *device.Table) (root.Bus, error) {
	kind := simulated.Kind(b.Kind)
	roms, err := simulated.ParseList(kind, b.Arg, n, table.Named)
	if err != nil {
		return root.Bus{}, &config.UsageError{
			Option: "--" + string(kind), Msg: err.Error(), Err: err,
			Hint: fmt.Sprintf("for example --%s=28,10.67C6697351FF", kind),
		}
	}
	backend := simulated.New(kind, roms)
	low, high := cfg.Line.TemperatureLow.Or(0), cfg.Line.TemperatureHigh.Or(100)
	backend.SetRange(low, high)
	number := func(f float64) virtual.Value {
		return virtual.Value{Read: func(device.Element) string { return strconv.FormatFloat(f, 'G', 6, 64) }}
	}
	name := map[simulated.Kind]string{
		simulated.Tester: "Simulated-Computed", simulated.Fake: "Simulated-Random", simulated.Mock: "Simulated-Mock",
	}[kind]
	// A DS2404 is too slow for the usual reset; the suite takes note of it.
	slow := slices.ContainsFunc(roms, func(r hw.ROM) bool { return r.Family() == 0x04 })
	return root.Bus{
		Transport: local.New(local.Config{Backend: backend, Table: table}),
		Interface: virtual.Interface{
			Address: fmt.Sprintf("%s.%d", kind, n), Name: name, Version: versionSimulated, Kind: whenSimulated,
			Values: map[string]virtual.Value{
				"settings/simulated/templow":  number(low),
				"settings/simulated/temphigh": number(high),
				"settings/ds2404_found":       {Read: func(device.Element) string { return map[bool]string{true: "1", false: "0"}[slow] }},
			},
		},
	}, nil
}
