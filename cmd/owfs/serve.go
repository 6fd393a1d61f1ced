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
	"owfs/daemon"
	"owfs/house"
)

// errDone ends the program's tasks without being an error.
var errDone = errors.New("done")

// A service is one run of the program.
type service struct {
	cfg    *config.Config
	log    *daemon.Journal
	house  *house.House
	louder <-chan os.Signal // signals that change the log level
	files  string           // stamps of the config files as they were read
}

// serve mounts the filesystem and stays until it is told to stop, or somebody
// unmounts it.
func serve(cfg *config.Config, log *daemon.Journal) error {
	s := &service{cfg: cfg, log: log, louder: daemon.LevelSignals(), files: daemon.Stamps(cfg.Files)}
	ctx, stop := signal.NotifyContext(context.Background(), daemon.Ends()...)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // nobody reads the log: no reason to leave a dead mount behind
	point, err := prepare(cfg.Mount.Point)
	if err != nil {
		return err
	}
	cfg.Process.PIDFile = daemon.FullName(cfg.Process.PIDFile)
	if s.house, err = house.Build(cfg, log.Logger); err != nil {
		return err
	}
	defer s.house.Close()
	if cfg.Wait.Set {
		err = noAnswer(s.house.Await(ctx, cfg.Wait.Value))
	}
	if err == nil && ctx.Err() == nil {
		err = s.live(ctx, point)
	}
	if errors.Is(err, errDone) || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
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
	pid, err := daemon.WritePID(s.cfg.Process.PIDFile)
	if err == nil {
		err = s.announce(ctx)
	}
	if err == nil {
		err = s.tend(ctx, m)
	}
	reload := errors.Is(err, daemon.ErrChanged)
	daemon.NotifyEnd(reload)
	if gone := m.unmount(); gone != nil {
		reload, err = false, errors.Join(err, gone)
	}
	daemon.RemovePID(pid)
	if reload {
		return daemon.Restart()
	}
	return err
}

// tend runs the tasks of a mounted filesystem until the first of them ends.
func (s *service) tend(ctx context.Context, m *mount) error {
	traced := m.traced
	debug := func(l slog.Level) {
		// go-fuse does not expect that while it serves, so only if need be.
		if on := l <= config.LevelTrace; on != traced {
			traced = on
			m.server.SetDebug(on)
		}
	}
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.Go(func() error {
		select {
		case <-ctx.Done():
		case <-m.gone:
		}
		return errDone
	})
	tasks.Go(func() error { return s.log.Levels(ctx, s.louder, debug) })
	tasks.Go(func() error { return daemon.Watch(ctx, s.log.Logger, s.cfg.Files, s.files, s.usable) })
	tasks.Go(func() error { s.house.Find(ctx); return nil })
	return tasks.Wait()
}

// announce tells whoever started us that the mount is there, and the user
// which servers are not.
func (s *service) announce(ctx context.Context) error {
	for _, addr := range s.house.Hello(ctx, time.Second) {
		s.log.Warn("owserver does not answer; the mount is there and uses it as soon as it does", "server", addr)
	}
	if ctx.Err() != nil {
		return errDone
	}
	if err := s.log.Settle(); err != nil {
		return fmt.Errorf("going to the background: %w", err)
	}
	daemon.NotifyReady()
	return nil
}

// usable tells whether the program would start with the config files as they
// are now.
func (s *service) usable() error {
	cfg, err := daemon.Reread()
	if err != nil {
		return err
	}
	if _, err := house.Aliases(cfg); err != nil {
		return err
	}
	if cfg.Mount.Point != s.cfg.Mount.Point {
		_, err = prepare(daemon.FullName(cfg.Mount.Point))
	}
	return err
}

// noAnswer says what can be done about servers that were waited for in vain.
func noAnswer(err error) error {
	var none *house.NoAnswerError
	if !errors.As(err, &none) {
		return err
	}
	return &daemon.Failure{
		Code: config.ExitNoBus, Err: err,
		Hint: "start owserver first, give --wait more time, or leave it out: the mount then comes up without the server",
	}
}
