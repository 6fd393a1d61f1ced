// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"errors"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/ds2482"
	"owfs/hw/ds2490"
	"owfs/hw/passive"
	"owfs/transport/local"
	"owfs/transport/local/line"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// pause is how long a bus master that is not there is left alone. What is plugged
// in again is found so much later at most.
const pause = 200 * time.Millisecond

// A master is how to come by a bus master, and what bus.N/interface tells of it.
type master struct {
	open  func(ctx context.Context) (hw.Bus, error)
	about virtual.Interface
}

// A wired line is one with a bus master.
type wired struct {
	line    *hw.Line
	address string
}

// wire makes a bus of a line with a bus master. It need not be there: it is
// looked for again with each request.
func (h *House) wire(m master, table *device.Table, stats *virtual.Statistics) root.Bus {
	log := h.log.With("bus", m.about.Address)
	wire := hw.NewLine(m.open)
	wire.Pause = pause
	wire.Changed = func(err error) {
		if err != nil {
			log.Warn("the bus master is not there; it is used as soon as it is", why(err)...)
			return
		}
		log.Warn("the bus master is back")
	}
	backend := line.New(line.Config{Line: wire, Table: table, Life: h.lineLife, Counters: stats, Log: log})
	h.Settings.OnChange(backend.Expire)
	stats.AddSource(backend.Errors)
	h.lines = append(h.lines, wired{wire, m.about.Address})
	return root.Bus{
		Transport: local.New(local.Config{Backend: backend, Table: table, Log: log}),
		Interface: backend.Interface(m.about),
	}
}

// why is an error for the log, with what may help.
func why(err error) []any {
	all := []any{"err", err}
	if h := hint(err); h != "" {
		all = append(all, "hint", h)
	}
	return all
}

// hint is what an error of a bus master says that may help.
func hint(err error) string {
	var serial *ds2480b.OpenError
	var i2c *ds2482.OpenError
	var port *passive.OpenError
	var usb *ds2490.OpenError
	switch {
	case errors.As(err, &usb):
		return usb.Advice()
	case errors.As(err, &serial):
		return serial.Hint
	case errors.As(err, &i2c):
		return i2c.Hint
	case errors.As(err, &port):
		return port.Hint
	}
	return ""
}
