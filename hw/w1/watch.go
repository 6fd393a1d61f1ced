// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"time"

	"owfs/hw"
)

// An Event is a bus master or a device that has come or left.
type Event struct {
	Gone   bool
	Master int    // the master's id, or 0 for a device
	ROM    hw.ROM // the device, if it is one
}

func (e Event) String() string {
	what := masterName(e.Master)
	if e.Master == 0 {
		what = e.ROM.String()
	}
	if e.Gone {
		return what + " has left"
	}
	return what + " has come"
}

// Watch tells of the bus masters and devices that are there, and then of those
// that come and go, until ctx ends, whose error it returns. Devices
// are noticed when the kernel searches. tell is called by one goroutine, and
// not told twice in a row of the same. Without CAP_NET_ADMIN it looks into
// sysfs once a second.
func Watch(ctx context.Context, opts Options, tell func(Event)) error {
	opts = opts.filled()
	w := &watcher{opts: opts, tell: tell, masters: make(map[int]bool), slaves: make(map[hw.ROM]bool)}
	reason := ""
	for ctx.Err() == nil {
		err := w.listen(ctx)
		if ctx.Err() != nil {
			break
		}
		if text := Reason(err); text != reason {
			reason = text
			opts.Log.Info("w1 is watched by looking into sysfs", "reason", reason, "error", err)
		}
		w.look()
		(hw.Wall{}).Sleep(ctx, time.Second)
	}
	return ctx.Err()
}

// A watcher knows what was told.
type watcher struct {
	opts    Options
	tell    func(Event)
	masters map[int]bool
	slaves  map[hw.ROM]bool
}

// listen waits for events by netlink, until that fails.
func (w *watcher) listen(ctx context.Context) error {
	if !(sysfs{w.opts.Sys}).loaded() {
		return ErrNoW1
	}
	socket, err := w.opts.Dial(true)
	if err != nil {
		return err
	}
	defer socket.Close()
	// What is there is asked for on a socket of its own, so that no event of the
	// meantime is missed.
	ids, err := find(ctx, w.opts)
	if err != nil {
		return err
	}
	w.has(ids)
	w.devices(ids)
	buf := make([]byte, datagram)
	for {
		n, err := socket.Receive(ctx, buf)
		if errors.Is(err, syscall.ENOBUFS) { // events were lost
			return w.listen(ctx)
		}
		if err != nil {
			return err
		}
		all, err := messages(buf[:n])
		if err != nil {
			return err
		}
		for _, m := range all {
			w.event(m)
		}
	}
}

func (w *watcher) event(m message) {
	switch rom := hw.ROM(m.id); m.kind {
	case masterAdd, masterRemove:
		w.master(int(m.master()), m.kind == masterAdd)
	case slaveAdd, slaveRemove:
		if rom.Valid() {
			w.slave(rom, m.kind == slaveAdd)
		}
	}
}

func (w *watcher) master(id int, there bool) {
	if w.masters[id] == there {
		return
	}
	if w.masters[id] = there; !there {
		delete(w.masters, id)
	}
	w.tell(Event{Master: id, Gone: !there})
}

// mostSlaves bounds what is remembered.
const mostSlaves = 10000

func (w *watcher) slave(rom hw.ROM, there bool) {
	if w.slaves[rom] == there || there && len(w.slaves) >= mostSlaves {
		return
	}
	if w.slaves[rom] = there; !there {
		delete(w.slaves, rom)
	}
	w.tell(Event{ROM: rom, Gone: !there})
}

// has tells how the masters that are there differ from those that were told.
func (w *watcher) has(ids []int) {
	for id := range w.masters {
		if !slices.Contains(ids, id) {
			w.master(id, false)
		}
	}
	for _, id := range ids {
		w.master(id, true)
	}
}

// look does the same from sysfs, with the devices.
func (w *watcher) look() {
	ids, err := sysfs{w.opts.Sys}.masters()
	if err != nil {
		ids = nil
	}
	w.has(ids)
	w.devices(ids)
}

// devices tells how the devices that sysfs shows differ from those that were
// told.
func (w *watcher) devices(ids []int) {
	tree := sysfs{w.opts.Sys}
	there := make(map[hw.ROM]bool)
	for _, id := range ids {
		found, err := tree.slaves(id)
		if err != nil {
			return // what is not known is not told
		}
		for _, rom := range found {
			there[rom] = true
		}
	}
	for rom := range w.slaves {
		if !there[rom] {
			w.slave(rom, false)
		}
	}
	for rom := range there {
		w.slave(rom, true)
	}
}
