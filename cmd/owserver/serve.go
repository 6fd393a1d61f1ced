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
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"golang.org/x/sync/errgroup"

	"owfs/config"
	"owfs/daemon"
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
	cfg   *config.Config
	log   *daemon.Journal
	house *house.House
	files string // stamps of the config files as they were read
}

// serveAll serves until the program is told to stop.
func serveAll(cfg *config.Config, log *daemon.Journal) error {
	s := &service{cfg: cfg, log: log, files: daemon.Stamps(cfg.Files)}
	louder := daemon.LevelSignals()
	ctx, stop := signal.NotifyContext(context.Background(), daemon.Ends()...)
	defer stop()
	signal.Ignore(syscall.SIGPIPE)
	cfg.Process.PIDFile = daemon.FullName(cfg.Process.PIDFile)
	// They stay open for the program that takes the place of this one when a
	// config file changes.
	handed := activation.Files(false)
	endpoints, err := listen(cfg, handed, log.Logger)
	if err != nil {
		return err
	}
	defer closeAll(endpoints)
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
	err = s.tend(ctx, endpoints, louder)
	reload := errors.Is(err, daemon.ErrChanged)
	daemon.NotifyEnd(reload)
	switch {
	case reload:
		daemon.RemovePID(pid)
		return daemon.Restart(handed...)
	case errors.Is(err, errDone):
		return nil
	}
	return err
}

// tend runs the tasks of the server until the first of them ends.
func (s *service) tend(ctx context.Context, endpoints []endpoint, louder <-chan os.Signal) error {
	token := owproto.NewToken()
	writable, readOnly := s.newServer(token, false), s.newServer(token, true)
	tasks, ctx := errgroup.WithContext(ctx)
	var plain []net.Listener
	for _, e := range endpoints {
		server := writable
		if e.readOnly {
			server = readOnly
		}
		tasks.Go(func() error { return server.Serve(e.Listener) })
		s.log.Info("serving", "address", e.Addr(), "readonly", e.readOnly, "tls", e.secure)
		if !e.secure {
			plain = append(plain, e.Listener)
		}
	}
	tasks.Go(func() error {
		<-ctx.Done()
		bye, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		var both sync.WaitGroup
		both.Go(func() { writable.Shutdown(bye) })
		both.Go(func() { readOnly.Shutdown(bye) })
		both.Wait()
		return errDone
	})
	tasks.Go(func() error { return s.log.Levels(ctx, louder, func(slog.Level) {}) })
	tasks.Go(func() error { return daemon.Watch(ctx, s.log.Logger, s.cfg.Files, s.files, usable) })
	tasks.Go(func() error { s.house.Find(ctx); return nil })
	tasks.Go(func() error { s.announce(ctx, plain); return nil })
	tasks.Go(func() error { s.count(ctx, writable); return nil })
	tasks.Go(func() error { s.count(ctx, readOnly); return nil })
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

// newServer makes a server as the configuration wants it. The limits hold for
// each by itself, so that those who may only read can't shut the others out.
func (s *service) newServer(token owproto.Token, readOnly bool) *owproto.Server {
	c, t := s.cfg.Serve, s.cfg.Timeouts
	uncached := func() bool { return s.house.Settings.Options()&owproto.FlagUncached != 0 }
	return &owproto.Server{
		Handler:        serve.Handler{Config: serve.Config{Tree: s.house.Tree, Table: s.house.Table, ReadOnly: readOnly, Uncached: uncached}},
		Token:          token,
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
