// SPDX-License-Identifier: Apache-2.0

// Package w1 uses the bus masters that the Linux kernel drives, of its subsystem
// w1: w1-gpio, ds2482, ds2490 and others.
//
// They are reached over netlink: messages of the connector (kernel
// documentation, w1/w1-netlink.rst, and drivers/w1/w1_netlink.h), Linux 3.15 or
// newer. A master can reset, send and read whole bytes, and search. It can not:
//
//   - send single bits. Reading them is done by the byte, and what was read too
//     many is kept for the next one.
//   - give a strong pull-up: only drivers inside the kernel can ask for one, for
//     which the attribute w1_master_pullup is the switch. Power leaves the line
//     to its resistor.
//   - tell a short. A line that reads 0 after a reset is taken for one.
//   - tell with ds2490 whether anybody answered a reset.
//
// Where netlink is refused, what the kernel's drivers of single chips show in
// sysfs serves (see SysBus).
//
// To debug, see w1_master_attempts and the like in /sys/bus/w1/devices, and the
// kernel's log.
package w1

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"owfs/hw"
)

// Options are how to reach the kernel. The zero value is right for all but
// tests.
type Options struct {
	Sys string // where sysfs is; "" means /sys
	// Timeout is how long the kernel may take for a command beside the time
	// that its slots need. 0 means 2 s.
	Timeout time.Duration
	// Shared leaves the kernel's own search on, which by default is every ten
	// seconds. A transaction that it comes between is then an error of the line.
	// Otherwise it is off until Close, if w1_master_search may be written.
	Shared bool
	// Dial, if set, takes the place of the kernel's netlink. events asks for
	// those of masters and slaves that come and go.
	Dial func(events bool) (Socket, error)
	Log  *slog.Logger // unset: nothing is logged
}

func (o Options) filled() Options {
	if o.Sys == "" {
		o.Sys = "/sys"
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Dial == nil {
		o.Dial = Dial
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Master is a bus master of the kernel.
type Master struct {
	ID   int    // 1 for w1_bus_master1
	Name string // w1_bus_master1
}

// Find lists the kernel's bus masters, by netlink or, where that is refused, by
// sysfs. That there are none is no error; that there is no w1 is ErrNoW1.
func Find(ctx context.Context, opts Options) ([]Master, error) {
	opts = opts.filled()
	tree := sysfs{opts.Sys}
	if !tree.loaded() {
		return nil, ErrNoW1
	}
	ids, err := find(ctx, opts)
	if err != nil {
		if ctx.Err() != nil || Reason(err) == "" {
			return nil, fmt.Errorf("listing the kernel's bus masters: %w", err)
		}
		opts.Log.Debug("w1 by sysfs", "reason", Reason(err), "error", err)
		if ids, err = tree.masters(); err != nil {
			return nil, err
		}
	}
	found := make([]Master, len(ids))
	for i, id := range ids {
		found[i] = Master{id, masterName(id)}
	}
	return found, nil
}

func find(ctx context.Context, opts Options) ([]int, error) {
	socket, err := opts.Dial(false)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	return newConn(socket, opts.Timeout).masters(ctx)
}

func masterName(id int) string { return fmt.Sprintf("w1_bus_master%d", id) }

// Open opens a bus master of the kernel: a Bus, or where netlink is refused a
// SysBus, which is logged as a warning that says what is missing.
func Open(ctx context.Context, id int, opts Options) (hw.Bus, error) {
	opts = opts.filled()
	tree := sysfs{opts.Sys}
	if !tree.loaded() {
		return nil, ErrNoW1
	}
	bus, err := open(ctx, id, opts)
	switch {
	case err == nil:
		return bus, nil
	case ctx.Err() != nil || Reason(err) == "":
		return nil, fmt.Errorf("opening %s: %w", masterName(id), err)
	}
	slow, sick := newSysBus(tree, id, err)
	if sick != nil {
		return nil, fmt.Errorf("opening %s: %w; by netlink: %w: %s", masterName(id), sick, err, Reason(err))
	}
	opts.Log.Warn("only what the kernel shows in sysfs can be read", "master", masterName(id), "reason", Reason(err), "error", err)
	return slow, nil
}

func open(ctx context.Context, id int, opts Options) (*Bus, error) {
	socket, err := opts.Dial(false)
	if err != nil {
		return nil, err
	}
	b := &Bus{conn: newConn(socket, opts.Timeout), id: id, tree: sysfs{opts.Sys}}
	ids, err := b.conn.masters(ctx)
	if err == nil && !slices.Contains(ids, id) {
		err = errGone
	}
	if err != nil {
		socket.Close()
		return nil, err
	}
	b.most = 64 // the kernel's own value
	if text, err := b.tree.attribute(id, "max_slave_count"); err == nil {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			b.most = n
		}
	}
	b.loud = opts.Shared || !b.quiet(opts.Log)
	return b, nil
}

// quiet turns the kernel's own search off, and tells whether it is.
func (b *Bus) quiet(log *slog.Logger) bool {
	had, err := b.tree.attribute(b.id, "search")
	if had == "0" {
		return true
	}
	if err == nil {
		err = b.tree.set(b.id, "search", "0")
	}
	if err != nil {
		log.Debug("the kernel's own search stays on", "master", masterName(b.id), "error", err)
		return false
	}
	b.searched = had
	return true
}
