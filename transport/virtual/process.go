// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"os"
	"strconv"
	"time"

	"owfs/device"
	"owfs/owproto"
)

// Suite is the release of the C suite whose files and formats this program
// has, which clients ask for to know what they can expect.
const Suite = "3.2p4"

// A Process is what /system tells.
type Process struct {
	PIDFile  string
	Settings *Settings
	Buses    func() int // buses there are now
	Outbound func() int // those of them that are peers
}

// Tree returns the tree of /system.
func (p Process) Tree(table *device.Table, start time.Time) *Tree {
	text := func(s string) Value { return Value{Read: func(device.Element) string { return s }} }
	number := func(n int) Value { return text(strconv.Itoa(n)) }
	count := func(n func() int) Value {
		return Value{Read: func(device.Element) string { return strconv.Itoa(n()) }}
	}
	return &Tree{Family: table.Tree("system"), Start: start, Values: map[string]Value{
		"configuration/DebugInfo": number(1),
		"configuration/trim": {Read: func(device.Element) string {
			return yesNo(p.Settings.Options()&owproto.FlagTrim != 0)
		}},
		"configuration/version":                  text(Suite),
		"configuration/zeroconf":                 number(1),
		"connections/count_current_buses":        count(p.Buses),
		"connections/count_outbound_connections": count(p.Outbound),
		"process/pid":                            number(os.Getpid()),
		"process/pidfile":                        text(p.PIDFile),
	}}
}
