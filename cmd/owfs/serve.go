// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"owfs/config"
)

// errDone ends the program's tasks without being an error.
var errDone = errors.New("done")

// ends are the signals that end the program. Who starts it with nohup wants it
// to live on when the terminal hangs up.
func ends() []os.Signal {
	all := []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// A service is one run of the program.
type service struct {
	cfg    *config.Config
	log    *journal
	house  *house
	louder <-chan os.Signal // signals that change the log level
	files  string           // stamps of the config files as they were read
}

// serve mounts the filesystem and stays until it is told to stop, or somebody
// unmounts it.
func serve(cfg *config.Config, log *journal) error {
	s := &service{cfg: cfg, log: log, louder: levelSignals(), files: stamps(cfg.Files)}
	ctx, stop := signal.NotifyContext(context.Background(), ends()...)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // nobody reads the log: no reason to leave a dead mount behind
	point, err := prepare(cfg.Mount.Point)
	if err != nil {
		return err
	}
	if s.house, err = build(cfg, log.Logger); err != nil {
		return err
	}
	defer s.house.close()
	if cfg.Wait.Set {
		err = s.house.await(ctx, cfg.Wait.Value)
	}
	if err == nil && ctx.Err() == nil {
		err = s.live(ctx, point)
	}
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// live is the time from the mount to its end.
func (s *service) live(ctx context.Context, point string) error {
	m, err := mountAt(point, s.cfg, s.house, s.log)
	if err != nil {
		return err
	}
	pid, err := writePID(s.cfg.Process.PIDFile)
	if err == nil {
		err = s.announce(ctx)
	}
	if err == nil {
		err = s.tend(ctx, m)
	}
	reload := errors.Is(err, errChanged)
	notifyEnd(reload)
	if gone := m.unmount(); gone != nil {
		reload, err = false, errors.Join(err, gone)
	}
	removePID(pid)
	if reload {
		return restart()
	}
	return err
}

// tend runs the tasks of a mounted filesystem until the first of them ends.
func (s *service) tend(ctx context.Context, m *mount) error {
	debug := func(l slog.Level) { m.server.SetDebug(l <= config.LevelTrace) }
	debug(s.log.level.Level())
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.Go(func() error {
		select {
		case <-ctx.Done():
		case <-m.gone:
		}
		return errDone
	})
	tasks.Go(func() error { return s.log.levels(ctx, s.louder, debug) })
	tasks.Go(func() error { return s.watch(ctx) })
	if s.house.browse {
		tasks.Go(func() error { s.house.find(ctx, s.cfg.Buses); return nil })
	}
	return tasks.Wait()
}

// announce tells whoever started us that the mount is there, and the user
// which servers are not.
func (s *service) announce(ctx context.Context) error {
	for _, addr := range s.house.hello(ctx, time.Second) {
		s.log.Warn("owserver does not answer; the mount is there and uses it as soon as it does", "server", addr)
	}
	if ctx.Err() != nil {
		return errDone
	}
	if err := s.log.settle(); err != nil {
		return fmt.Errorf("going to the background: %w", err)
	}
	notifyReady()
	return nil
}
