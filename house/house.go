// SPDX-License-Identifier: Apache-2.0

// Package house builds what a configuration describes: the buses, the settings
// and aliases, and the one tree of all of them, for whoever shows it.
package house

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"owfs/certs"
	"owfs/config"
	"owfs/device"
	"owfs/hw"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/remote"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// A House is everything behind a mount or a server. Make one with Build.
type House struct {
	Tree     transport.Transport // what is shown
	Settings *virtual.Settings
	Table    *device.Table // of the families; to make one takes a while

	root    *root.Root
	peer    func(*owproto.Client) root.Bus
	browse  bool         // for servers that are not named
	named   []config.Bus // that are
	clients []*owproto.Client
	lines   []wired
	log     *slog.Logger

	searches []*search // for bus masters
}

// Build makes the tree that the configuration describes. Nothing is sent yet.
func Build(cfg *config.Config, log *slog.Logger) (*House, error) {
	h := &House{log: log, Settings: settings(cfg), Table: device.New(), named: cfg.Buses}
	aliases, err := Aliases(cfg)
	if err != nil {
		return nil, err
	}
	table := h.Table
	stats := virtual.NewStatistics(table)
	c := root.Config{
		Table: table, Settings: h.Settings, Statistics: stats, Aliases: aliases,
		PIDFile: cfg.Process.PIDFile, ReadOnly: ReadOnly(cfg),
	}
	h.peer = func(client *owproto.Client) root.Bus { return h.connect(cfg, client, table, stats) }
	for _, b := range cfg.Buses {
		if b.Kind == config.BusBrowse {
			h.browse = true
			continue
		}
		buses, err := h.buses(cfg, len(c.Buses), b, table, stats)
		if err != nil {
			return nil, err
		}
		c.Buses = append(c.Buses, buses...)
	}
	h.root = root.New(c)
	if h.Tree = h.root; cfg.Access.SafeMode {
		h.Tree = safe{h.root}
	}
	return h, nil
}

// buses makes what one option names: a bus, or as many as there are.
func (h *House) buses(cfg *config.Config, n int, b config.Bus, table *device.Table, stats *virtual.Statistics) ([]root.Bus, error) {
	switch b.Kind {
	case config.BusI2C:
		s, err := i2c(cfg, b.Arg, h.log)
		if err != nil {
			return nil, &config.UsageError{Option: "--i2c", Msg: err.Error(), Err: err, Hint: "for example --i2c=/dev/i2c-1:0, or --i2c=ALL:ALL"}
		}
		return h.seek(s, table, stats), nil
	case config.BusW1:
		return h.seek(kernel(h.log), table, stats), nil
	case config.BusUSB:
		if allSticks(b.Arg) {
			return h.seek(sticks(cfg, b.Arg, h.log), table, stats), nil
		}
	}
	bus, err := h.bus(cfg, n, b, table, stats)
	return []root.Bus{bus}, err
}

// bus makes what is one bus for certain.
func (h *House) bus(cfg *config.Config, n int, b config.Bus, table *device.Table, stats *virtual.Statistics) (root.Bus, error) {
	switch b.Kind {
	case config.BusSim:
		return h.emulate(n, b, table, stats)
	case config.BusSerial:
		return h.wire(serial(cfg, b.Arg, h.log), table, stats), nil
	case config.BusUSB:
		return h.wire(stick(cfg, b.Arg, h.log), table, stats), nil
	case config.BusPassive:
		return h.wire(passiveAdapter(cfg, b.Arg, h.log), table, stats), nil
	case config.BusFake, config.BusTester, config.BusMock:
		return simulate(cfg, n, b, table)
	}
	client := &owproto.Client{Addr: b.Address()}
	if strings.HasPrefix(client.Addr, "tls:") {
		var err error
		if client.TLS, err = certs.Client(cfg.TLS); err != nil {
			return root.Bus{}, err
		}
	}
	return h.peer(client), nil
}

// connect makes the bus of a peer owserver, whose client knows no more than
// where the server is.
func (h *House) connect(cfg *config.Config, client *owproto.Client, table *device.Table, stats *virtual.Statistics) root.Bus {
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
	h.Settings.OnChange(p.Expire)
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
func (h *House) life() remote.Life {
	var l remote.Life
	l.Directory, _ = h.Settings.Timeout("directory")
	l.Presence, _ = h.Settings.Timeout("presence")
	if d, given := h.Settings.Timeout("volatile"); given {
		l.Volatile = d
	}
	if d, given := h.Settings.Timeout("stable"); given {
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

// Aliases are the names for devices that the configuration gives.
func Aliases(cfg *config.Config) (*virtual.Aliases, error) {
	all := &virtual.Aliases{}
	for _, a := range cfg.Aliases {
		if err := all.Set(a.ROM, a.Name); err != nil {
			return nil, fmt.Errorf("alias %q of %s: %w", a.Name, a.ROM, err)
		}
	}
	return all, nil
}

// Hello asks every peer and every bus master for a sign of life, and says which
// peers give none; of bus masters the log tells. The tree does not depend on
// them: who is away is asked again with each request.
func (h *House) Hello(ctx context.Context, patience time.Duration) (peers []string) {
	peers, _ = h.missing(ctx, patience)
	return peers
}

func (h *House) missing(ctx context.Context, patience time.Duration) (peers, masters []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	ask := func(list *[]string, name string, f func() error) {
		wg.Go(func() {
			if f() == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			*list = append(*list, name)
		})
	}
	for _, c := range h.clients {
		ask(&peers, c.Addr, func() error { return c.Nop(ctx) })
	}
	for _, l := range h.lines {
		ask(&masters, l.address, func() error { return l.line.Do(ctx, func(*hw.Tx) error { return nil }) })
	}
	wg.Wait()
	return peers, masters
}

// A NoAnswerError tells that peers or bus masters which were waited for have not
// answered.
type NoAnswerError struct {
	Peers []string
	After time.Duration
}

func (e *NoAnswerError) Error() string {
	return fmt.Sprintf("no answer from %v within %v", e.Peers, e.After)
}

// Await returns when all peers and bus masters answer, the error of outer if that ends first,
// or a NoAnswerError when the time is over.
func (h *House) Await(outer context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(outer, patience)
	defer cancel()
	for {
		peers, masters := h.missing(ctx, 5*time.Second)
		missing := append(peers, masters...)
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-outer.Done():
			return outer.Err()
		case <-ctx.Done():
			return &NoAnswerError{missing, patience}
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Count adds to /statistics what somebody else counts, by property.
func (h *House) Count(counts func() map[string]uint64) { h.root.Statistics.AddSource(counts) }

// ReadOnly tells whether nothing may be written.
func ReadOnly(cfg *config.Config) bool { return cfg.Access.ReadOnly || cfg.Access.SafeMode }

// Close lets go of the peers and the bus masters.
func (h *House) Close() {
	for _, c := range h.clients {
		c.Close()
	}
	for _, l := range h.lines {
		l.line.Close()
	}
}
