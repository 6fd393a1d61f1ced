// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"maps"
	"strconv"
	"time"

	"owfs/device"
)

// An Interface is what bus.N/interface tells of a bus.
type Interface struct {
	Address string // "127.0.0.1:4304", "/dev/ttyUSB0"
	Name    string // of the kind of adapter: "tcp"
	Version int    // the number that the C suite gave the kind of adapter
	// Kind is the condition under which the device table lists what this kind
	// of adapter has beside the others: "bus is simulated (fake, tester, mock)".
	Kind string
	// Values are what the adapter tells in addition.
	Values map[string]Value
	// Counts returns the counters of its statistics by property ("timeouts").
	Counts func() map[string]uint64
}

// VersionRemote is the C suite's number for a peer owserver.
const VersionRemote = 9

// Tree returns the tree of bus.N/interface.
func (i Interface) Tree(table *device.Table, start time.Time) *Tree {
	fam := table.Tree("interface")
	t := &Tree{Family: fam, Start: start, Values: map[string]Value{
		"settings/address":        {Read: func(device.Element) string { return i.Address }},
		"settings/name":           {Read: func(device.Element) string { return i.Name }},
		"settings/version":        {Read: func(device.Element) string { return strconv.Itoa(i.Version) }},
		"statistics/elapsed_time": {Read: func(device.Element) string { return strconv.Itoa(int(time.Since(start).Seconds())) }},
	}}
	maps.Copy(t.Values, i.Values)
	t.Shown = func(when string) bool { return when == i.Kind }
	for _, p := range fam.Properties {
		name := p.Name
		if _, ok := t.Values[name]; ok || p.Class != device.Statistic {
			continue
		}
		t.Values[name] = Value{Read: func(device.Element) string {
			if i.Counts == nil {
				return "0"
			}
			return strconv.FormatUint(i.Counts()[name[len("statistics/"):]], 10)
		}}
	}
	return t
}
