// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"context"
	"fmt"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport/local"
	"owfs/transport/local/line"
	"owfs/transport/root"
	"owfs/transport/transporttest"
	"owfs/transport/virtual"
)

// house is a bus over an emulated line with a thermometer and a switch.
func house(t *testing.T, serial string) *local.Bus {
	t.Helper()
	clock := &sim.Virtual{}
	wire := sim.NewLine(clock)
	t.Cleanup(func() { wire.Close() })
	thermometer, _ := hw.ParseROM("28.0000000000" + serial)
	relay, _ := hw.ParseROM("29.0000000000" + serial)
	wire.Add(sim.NewDS18B20(thermometer, clock, func() float64 { return 21.5 }), sim.NewDS2408(relay))
	table := device.New()
	backend := line.New(line.Config{
		Line:  hw.NewLine(func(context.Context) (hw.Bus, error) { return wire, nil }),
		Table: table,
		Clock: clock,
	})
	return local.New(local.Config{Backend: backend, Table: table})
}

func fixture(dir string) transporttest.Fixture {
	return transporttest.Fixture{
		Dir:       dir + "/28.000000000001",
		File:      dir + "/28.000000000001/temperature",
		Value:     "        21.5",
		ReadOnly:  dir + "/28.000000000001/temperature",
		WriteOnly: dir + "/29.000000000001/out_of_testmode",
		Writable:  dir + "/28.000000000001/templow",
		Good:      "12",
		GoodReads: "          12",
		Bad:       "cold",
		Missing: []string{
			dir + "/28.000000000009", dir + "/28.000000000001/nosuch", "/nosuch/type", dir + "/28.000000000001/type.0",
			dir + "/29.000000000001/PIO", dir + "/29.000000000001/PIO.8", "/bus.2", dir + "/29.000000000001/memory",
		},
	}
}

// The contract of transports, on a line with emulated chips.
func TestContract(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Fixture {
		f := fixture("")
		f.Transport = house(t, "01")
		return f
	})
}

// The same through the root of a filesystem with two lines: by the union of
// both, and by the directory of one.
func TestContractOfTwoLines(t *testing.T) {
	for _, dir := range []string{"", "/bus.0"} {
		t.Run(fmt.Sprintf("%q", dir), func(t *testing.T) {
			transporttest.Run(t, func(t *testing.T) transporttest.Fixture {
				table := device.New()
				f := fixture(dir)
				f.Transport = root.New(root.Config{
					Table: table, Settings: virtual.NewSettings(),
					Buses: []root.Bus{{Transport: house(t, "01")}, {Transport: house(t, "02")}},
				})
				return f
			})
		})
	}
}
