// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"strings"
	"syscall"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/entries"
)

func (b *Bus) dir(ctx context.Context, s spot) ([]transport.Entry, error) {
	switch {
	case s.bus:
		return b.devices(ctx, s)
	case !s.entry.Dir:
		return nil, syscall.ENOTDIR
	}
	return b.rows(ctx, s)
}

// devices lists a bus or a branch, and the directories simultaneous and alarm
// if a device that was found has a use for them.
func (b *Bus) devices(ctx context.Context, s spot) ([]transport.Entry, error) {
	found, err := b.Backend.Devices(ctx, s.at.Via, s.alarm, s.options&owproto.FlagUncached != 0)
	if err != nil {
		return nil, err
	}
	if !s.alarm {
		b.listed.Store(time.Now().UnixNano())
	}
	t := b.times()
	var can device.Flags
	list := make([]transport.Entry, 0, len(found)+2)
	for _, rom := range found {
		if behind(rom, s.at.Via) {
			continue // no hub hangs on its own branch
		}
		f, _ := b.Table.Family(rom.Family())
		can |= f.Flags
		list = append(list, entries.Device(name(rom, s.options), t))
	}
	if s.alarm {
		return list, nil
	}
	if can&(device.MassTemperature|device.MassVoltage) != 0 {
		list = append(list, entries.Dir(string(transport.Simultaneous), 0o777, transport.Static, t.Listed))
	}
	if can&device.CanAlarm != 0 {
		list = append(list, entries.Dir("alarm", 0o755, transport.Listing, t.Start))
	}
	return list, nil
}

func behind(rom hw.ROM, via []hw.Hop) bool {
	for _, h := range via {
		if h.Coupler == rom {
			return true
		}
	}
	return false
}

// rows lists a directory of a device or a tree from its table.
func (b *Bus) rows(ctx context.Context, s spot) ([]transport.Entry, error) {
	t := b.times()
	shown := map[string]bool{"": true}
	var list []transport.Entry
	for _, row := range s.family.List(s.sub) {
		yes, known := shown[row.When]
		if !known {
			var err error
			if yes, err = b.Backend.Shown(ctx, s.at, s.family, row.When); err != nil {
				return nil, err
			}
			shown[row.When] = yes
		}
		if yes {
			list = append(list, b.row(s, row, t))
		}
	}
	return list, nil
}

func (b *Bus) row(s spot, row device.DirEntry, t entries.Times) transport.Entry {
	base := row.Name[strings.LastIndexByte(row.Name, '/')+1:]
	if !s.at.ROM.Valid() {
		return entries.Setting(base, row.File, t)
	}
	e := entries.File(base, row.File, t)
	if _, hub := hopOf(s.at.ROM, row.File); hub {
		e.Perm = 0o755
	}
	return e
}
