// SPDX-License-Identifier: Apache-2.0

package simulated_test

import (
	"testing"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/simulated"
	"owfs/transport/transporttest"
)

func newBus(t testing.TB, kind simulated.Kind, list string) *local.Bus {
	t.Helper()
	roms, err := simulated.ParseList(kind, list, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return local.New(local.Config{Backend: simulated.New(kind, roms), Table: device.New()})
}

func TestContract(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Fixture {
		return transporttest.Fixture{
			Transport: newBus(t, simulated.Mock, "28.000028D70100,29.000029D60200"),
			Dir:       "/28.000028D70100",
			File:      "/28.000028D70100/type",
			Value:     "DS18B20",
			ReadOnly:  "/28.000028D70100/temperature",
			WriteOnly: "/29.000029D60200/LCD_M/clear",
			Writable:  "/28.000028D70100/templow",
			Good:      "12",
			GoodReads: "          12",
			Bad:       "cold",
			Missing: []string{"/28.000028D70101", "/28.000028D70100/nosuch", "/nosuch/type", "/28.000028D70100/type.0",
				"/29.000029D60200/PIO", "/29.000029D60200/PIO.8", "/bus.0", "/settings"},
		}
	})
}

// The ids were made by owserver 3.2p4 for --tester=10,28,29,1D,12 and
// --fake=10,28: see "how a tester value is made" in testdata's origin.
func TestMadeUpIDs(t *testing.T) {
	for _, test := range []struct {
		kind simulated.Kind
		list string
		want []string
	}{
		{simulated.Tester, "10,28,29,1D,12", []string{"10.000010EF0000", "28.000028D70100", "29.000029D60200", "1D.00001DE20300", "12.000012ED0400"}},
		{simulated.Fake, "10,28", []string{"10.67C6697351FF", "28.4AEC29CDBAAB"}},
		{simulated.Mock, "10", []string{"10.67C6697351FF"}},
	} {
		roms, err := simulated.ParseList(test.kind, test.list, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			if got := roms[i].String(); got != want {
				t.Errorf("%s=%s: device %d is %s, want %s", test.kind, test.list, i, got, want)
			}
		}
	}
	for _, bad := range []string{"xyz", "1", "28.000028D70100.00", "28.000028D70100,28.000028D70100"} {
		if roms, err := simulated.ParseList(simulated.Tester, bad, 0, nil); err == nil {
			t.Errorf("%q is taken for %v", bad, roms)
		}
	}
}

// Rows of the capture 28.tsv and of display-formats.tsv, OWFS 3.2p4.
func TestTesterValues(t *testing.T) {
	bus := newBus(t, simulated.Tester, "28.0300AA550501,29.0300AA550501,20.0300AA550501")
	for _, test := range []struct {
		path  string
		flags owproto.Flags
		want  string
	}{
		{"/28.0300AA550501/temperature", owproto.FlagTrim, "30.4"},
		{"/28.0300AA550501/temperature", 0, "        30.4"},
		{"/28.0300AA550501/temperature", owproto.FlagTrim.WithTemperature(owproto.Fahrenheit), "86.72"},
		{"/28.0300AA550501/address", 0, "280300AA5505011A"},
		{"/28.0300AA550501/present", 0, "0"},
		{"/29.0300AA550501/PIO.ALL", 0, "1,0,1,0,1,0,1,0"},
		{"/29.0300AA550501/PIO.BYTE", owproto.FlagTrim, "303"},
		{"/20.0300AA550501/volt.ALL", owproto.FlagTrim, "29.6,29.7,29.8,29.9"},
	} {
		got, err := bus.Read(t.Context(), transport.Request{Path: test.path, Options: test.flags})
		if err != nil || string(got) != test.want {
			t.Errorf("%s with flags %x reads %q, %v, want %q", test.path, test.flags, got, err, test.want)
		}
	}
}
