// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"testing"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport/remote"
	"owfs/transport/root"
	"owfs/transport/transporttest"
	"owfs/transport/virtual"
)

// fixture are places of a real owserver with testDevices.
func fixture() transporttest.Fixture {
	return transporttest.Fixture{
		Dir:       "/28.000028D70100",
		File:      "/28.000028D70100/type",
		Value:     "DS18B20",
		ReadOnly:  "/28.000028D70100/temperature",
		WriteOnly: "/29.000029D60200/LCD_M/clear",
		Writable:  "/28.000028D70100/templow",
		Good:      "12",
		Bad:       "cold",
		Missing: []string{"/28.000028D70101", "/28.000028D70100/nosuch", "/nosuch/type", "/28.000028D70100/type.0",
			"/29.000029D60200/PIO", "/29.000029D60200/PIO.8", "/28.000028D70100.00"},
	}
}

func TestRemoteKeepsTheContract(t *testing.T) {
	for _, args := range [][]string{{}, {"--no_dirall"}, {"--no_persistence"}, {"--pingcrazy"}} {
		addr := startOwserver(t, append(args, testDevices)...)
		t.Run(addr, func(t *testing.T) {
			transporttest.Run(t, func(t *testing.T) transporttest.Fixture {
				f := fixture()
				f.Transport = newPeer(t, addr)
				return f
			})
		})
	}
}

func newPeer(t testing.TB, addr string) *remote.Peer {
	client := &owproto.Client{Addr: addr}
	t.Cleanup(func() { client.Close() })
	return remote.New(remote.Config{Client: client, Addr: addr, Table: device.New()})
}

func TestRootKeepsTheContract(t *testing.T) {
	one := startOwserver(t, testDevices)
	two := startOwserver(t, "--tester=30,31")
	for _, addrs := range [][]string{{one}, {one, two}} {
		transporttest.Run(t, func(t *testing.T) transporttest.Fixture {
			c := root.Config{Table: device.New(), Settings: virtual.NewSettings()}
			for _, addr := range addrs {
				c.Buses = append(c.Buses, root.Bus{Transport: newPeer(t, addr)})
			}
			f := fixture()
			f.Transport = root.New(c)
			return f
		})
	}
}
