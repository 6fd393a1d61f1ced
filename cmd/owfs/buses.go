// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"owfs/config"
	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/remote"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// house is everything behind the mount.
type house struct {
	tree     transport.Transport
	root     *root.Root
	peer     func(*owproto.Client) root.Bus
	browse   bool // for servers that are not named
	settings *virtual.Settings
	clients  []*owproto.Client
	log      *slog.Logger
}

// build makes the tree that the configuration describes. Nothing is sent yet.
func build(cfg *config.Config, log *slog.Logger) (*house, error) {
	h := &house{log: log, settings: settings(cfg)}
	aliases, err := aliases(cfg)
	if err != nil {
		return nil, err
	}
	table := device.New()
	stats := virtual.NewStatistics(table)
	c := root.Config{
		Table: table, Settings: h.settings, Statistics: stats, Aliases: aliases,
		PIDFile: fullName(cfg.Process.PIDFile), ReadOnly: readOnly(cfg),
	}
	h.peer = func(client *owproto.Client) root.Bus { return h.connect(cfg, client, table, stats) }
	for _, b := range cfg.Buses {
		if b.Kind == config.BusBrowse {
			h.browse = true
			continue
		}
		bus, err := h.bus(cfg, len(c.Buses), b, table, stats)
		if err != nil {
			return nil, err
		}
		c.Buses = append(c.Buses, bus)
	}
	h.root = root.New(c)
	if h.tree = h.root; cfg.Access.SafeMode {
		h.tree = safe{h.root}
	}
	return h, nil
}

// bus makes one of the buses that the configuration names.
func (h *house) bus(cfg *config.Config, n int, b config.Bus, table *device.Table, stats *virtual.Statistics) (root.Bus, error) {
	switch b.Kind {
	case config.BusSim:
		return h.emulate(n, b, table, stats)
	case config.BusFake, config.BusTester, config.BusMock:
		return simulate(cfg, n, b, table)
	}
	return h.peer(&owproto.Client{Addr: b.Address()}), nil
}

// connect makes the bus of a peer owserver, whose client knows no more than
// where the server is.
func (h *house) connect(cfg *config.Config, client *owproto.Client, table *device.Table, stats *virtual.Statistics) root.Bus {
	addr := client.Addr
	// The suite's programs wait for one step of a conversation as long as the
	// network timeout says, and a second more.
	client.Silence = cfg.Timeouts.Network.Or(time.Second) + time.Second
	client.Deadline = cfg.Timeouts.Request.Or(120 * time.Second)
	if client.Deadline == 0 {
		client.Deadline = 1<<63 - 1
	}
	h.clients = append(h.clients, client)
	p := remote.New(remote.Config{
		Client: client, Addr: addr, Table: table, Counters: stats, Log: h.log, Life: h.life,
	})
	h.settings.OnChange(p.Expire)
	return root.Bus{Transport: p, Peer: true, Interface: virtual.Interface{
		Address: addr, Name: "tcp", Version: virtual.VersionRemote,
		Counts: func() map[string]uint64 { return counts(client.Stats()) },
	}}
}

// counts are the client's counters under the names of interface/statistics.
func counts(s owproto.Stats) map[string]uint64 {
	return map[string]uint64{
		"open_errors": s.DialErrors,
		"reconnects":  s.Dials - s.DialErrors,
		"timeouts":    s.Timeouts,
		"errors":      s.DialErrors + s.Timeouts,
		"locks":       s.Requests,
		"unlocks":     s.Requests,
	}
}

// life is how long a peer's answers are kept now. Values are kept only for as
// long as the user has said: the peer has a cache of its own, for all clients.
func (h *house) life() remote.Life {
	var l remote.Life
	l.Directory, _ = h.settings.Timeout("directory")
	l.Presence, _ = h.settings.Timeout("presence")
	if d, given := h.settings.Timeout("volatile"); given {
		l.Volatile = d
	}
	if d, given := h.settings.Timeout("stable"); given {
		l.Stable = d
	}
	return l
}

func settings(cfg *config.Config) *virtual.Settings {
	s := virtual.NewSettings()
	d := cfg.Display
	flags := owproto.Flags(0).
		WithTemperature(owproto.TemperatureScale(d.Temperature)).
		WithPressure(owproto.PressureScale(d.Pressure)).
		WithFormat(owproto.DeviceFormat(d.Format))
	if !d.Padded {
		flags |= owproto.FlagTrim
	}
	s.SetOptions(flags)
	s.SetUnaliased(d.Unaliased)
	s.SetUncached(cfg.Cache.Uncached && !cfg.Access.SafeMode)
	t := cfg.Timeouts
	for name, given := range map[string]config.Opt[time.Duration]{
		"volatile": t.Volatile, "stable": t.Stable, "directory": t.Directory, "presence": t.Presence,
		"serial": t.Serial, "usb": t.USB, "network": t.Network, "server": t.Server, "ftp": t.FTP, "ha7": t.HA7, "w1": t.W1,
	} {
		if given.Set {
			s.SetTimeout(name, given.Value)
		}
	}
	return s
}

func aliases(cfg *config.Config) (*virtual.Aliases, error) {
	all := &virtual.Aliases{}
	for _, a := range cfg.Aliases {
		if err := all.Set(a.ROM, a.Name); err != nil {
			return nil, fmt.Errorf("alias %q of %s: %w", a.Name, a.ROM, err)
		}
	}
	return all, nil
}

// hello asks every peer for a sign of life, and says which give none. The
// mount does not depend on them: a peer that is away is asked again with each
// request.
func (h *house) hello(ctx context.Context, patience time.Duration) (missing []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range h.clients {
		wg.Go(func() {
			if err := c.Nop(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				missing = append(missing, c.Addr)
			}
		})
	}
	wg.Wait()
	return missing
}

// await returns when all peers answer, errDone if outer ends first, or a
// failure when the time is over.
func (h *house) await(outer context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(outer, patience)
	defer cancel()
	for {
		missing := h.hello(ctx, 5*time.Second)
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-outer.Done():
			return errDone
		case <-ctx.Done():
			return &failure{
				code: config.ExitNoBus,
				hint: "start owserver first, give --wait more time, or leave it out: the mount then comes up without the server",
				err:  fmt.Errorf("no answer from %v within %v", missing, patience),
			}
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (h *house) close() {
	for _, c := range h.clients {
		c.Close()
	}
}
