// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"owfs/config"
	"owfs/daemon"
	"owfs/device"
	"owfs/house"
	"owfs/owproto"
	"owfs/serve"
)

// errDone ends the program's tasks without being an error.
var errDone = errors.New("done")

// farewell is how long requests may take that are under way when the program
// is told to end.
const farewell = 2 * time.Second

// A service is one run of the program.
type service struct {
	cfg    *config.Config
	log    *daemon.Journal
	house  *house.House
	server *owproto.Server
	files  string // stamps of the config files as they were read
}

// serveAll serves until the program is told to stop.
func serveAll(cfg *config.Config, log *daemon.Journal) error {
	s := &service{cfg: cfg, log: log, files: daemon.Stamps(cfg.Files)}
	louder := daemon.LevelSignals()
	ctx, stop := signal.NotifyContext(context.Background(), daemon.Ends()...)
	defer stop()
	signal.Ignore(syscall.SIGPIPE)
	cfg.Process.PIDFile = daemon.FullName(cfg.Process.PIDFile)
	listeners, err := listen(cfg, log.Logger)
	if err != nil {
		return err
	}
	defer closeAll(listeners)
	if s.house, err = house.Build(cfg, log.Logger); err != nil {
		return err
	}
	defer s.house.Close()
	if cfg.Wait.Set {
		if err := s.house.Await(ctx, cfg.Wait.Value); err != nil {
			return noAnswer(ctx, err)
		}
	}
	pid, err := daemon.WritePID(cfg.Process.PIDFile)
	if err != nil {
		return err
	}
	defer daemon.RemovePID(pid)
	err = s.tend(ctx, listeners, louder)
	reload := errors.Is(err, daemon.ErrChanged)
	daemon.NotifyEnd(reload)
	switch {
	case reload:
		daemon.RemovePID(pid)
		return daemon.Restart()
	case errors.Is(err, errDone):
		return nil
	}
	return err
}

// tend runs the tasks of the server until the first of them ends.
func (s *service) tend(ctx context.Context, listeners []net.Listener, louder <-chan os.Signal) error {
	s.server = s.newServer()
	tasks, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		tasks.Go(func() error { return s.server.Serve(l) })
		s.log.Info("serving", "address", l.Addr())
	}
	tasks.Go(func() error {
		<-ctx.Done()
		bye, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		s.server.Shutdown(bye)
		return errDone
	})
	tasks.Go(func() error { return s.log.Levels(ctx, louder, func(slog.Level) {}) })
	tasks.Go(func() error { return daemon.Watch(ctx, s.log.Logger, s.cfg.Files, s.files, usable) })
	tasks.Go(func() error { s.house.Find(ctx); return nil })
	tasks.Go(func() error { return s.ready(ctx) })
	err := tasks.Wait()
	if errors.Is(err, owproto.ErrServerClosed) {
		err = errDone
	}
	return err
}

// ready tells whoever started us that we serve, and the user which servers
// behind us do not answer.
func (s *service) ready(ctx context.Context) error {
	if err := s.log.Settle(); err != nil {
		return fmt.Errorf("going to the background: %w", err)
	}
	daemon.NotifyReady()
	for _, addr := range s.house.Hello(ctx, time.Second) {
		s.log.Warn("owserver does not answer; it is used as soon as it does", "server", addr)
	}
	return nil
}

// newServer makes the server as the configuration wants it.
func (s *service) newServer() *owproto.Server {
	c, t := s.cfg.Serve, s.cfg.Timeouts
	return &owproto.Server{
		Handler:        serve.Handler{Config: serve.Config{Tree: s.house.Tree, Table: device.New()}},
		Log:            s.log.Logger,
		RequestTimeout: t.Server.Or(owproto.DefaultRequestTimeout),
		PingCrazy:      c.PingCrazy,
		PersistLow:     c.ClientsLow.Or(owproto.DefaultPersistLow),
		PersistHigh:    c.ClientsHigh.Or(owproto.DefaultPersistHigh),
		IdleLow:        t.PersistentLow.Or(owproto.DefaultIdleLow),
		IdleHigh:       t.PersistentHigh.Or(owproto.DefaultIdleHigh),
		NoPersist:      c.NoPersistence,
		NoDirAll:       c.NoDirall,
		NoGet:          c.NoGet,
		MaxConns:       c.MaxClients,
	}
}

// usable tells whether the program would start with the config files as they
// are now.
func usable() error {
	cfg, err := daemon.Reread()
	if err == nil {
		_, err = house.Aliases(cfg)
	}
	return err
}

// noAnswer says what can be done about servers that were waited for in vain.
func noAnswer(ctx context.Context, err error) error {
	var none *house.NoAnswerError
	switch {
	case errors.As(err, &none):
		return &daemon.Failure{
			Code: config.ExitNoBus, Err: err,
			Hint: "give --wait more time, or leave it out: the server then starts without them",
		}
	case ctx.Err() != nil:
		return nil
	}
	return err
}
