// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"owfs/config"
)

// errDone ends the program's tasks without being an error.
var errDone = errors.New("done")

// serve mounts the filesystem and stays until it is told to stop, or somebody
// unmounts it.
func serve(cfg *config.Config, stderr io.Writer) error {
	log, level := newLog(cfg, stderr)
	if len(cfg.Buses) == 0 {
		return &failure{code: config.ExitNoBus, err: errors.New("no bus is given"),
			hint: "name an owserver, for example: owfs -s localhost:4304 " + cfg.Mount.Point}
	}
	point, err := prepare(cfg.Mount.Point)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer stop()
	h, err := build(cfg, log)
	if err != nil {
		return err
	}
	defer h.close()
	if cfg.Wait.Set {
		if err := h.await(ctx, cfg.Wait.Value); err != nil {
			return err
		}
	}
	m, err := mountAt(point, cfg, h)
	if err != nil {
		return err
	}
	return tend(ctx, cfg, h, m, level)
}

// tend runs the tasks of a mounted filesystem until the first of them ends.
func tend(ctx context.Context, cfg *config.Config, h *house, m *mount, level *slog.LevelVar) error {
	pid, err := writePID(cfg.Process.PIDFile)
	if err == nil {
		err = announce(ctx, cfg, h)
	}
	if err != nil {
		return errors.Join(err, m.unmount(ctx))
	}
	defer os.Remove(pid)
	debug := func(l slog.Level) { m.server.SetDebug(l <= config.LevelTrace) }
	debug(level.Level())

	tasks, ctx := errgroup.WithContext(ctx)
	reload := false
	tasks.Go(func() error {
		select {
		case <-ctx.Done():
		case <-m.gone:
		}
		return errDone
	})
	tasks.Go(func() error { return levels(ctx, h.log, level, debug) })
	tasks.Go(func() error {
		changed, err := watch(ctx, cfg.Files, h.log)
		reload = changed
		return err
	})
	err = tasks.Wait()
	daemon.SdNotify(false, daemon.SdNotifyStopping)
	if errors.Is(err, errDone) || errors.Is(err, errChanged) {
		err = nil
	}
	if err = errors.Join(err, m.unmount(context.WithoutCancel(ctx))); err == nil && reload {
		return restart(h.log)
	}
	return err
}

// announce tells whoever started us that the mount is there, and the user
// which servers are not.
func announce(ctx context.Context, cfg *config.Config, h *house) error {
	for _, addr := range h.hello(ctx, time.Second) {
		h.log.Warn("owserver does not answer; the mount is there and uses it as soon as it does", "server", addr)
	}
	if err := settle(); err != nil {
		return fmt.Errorf("going to the background: %w", err)
	}
	daemon.SdNotify(false, daemon.SdNotifyReady)
	return nil
}

// writePID writes the pid file, and returns its full path.
func writePID(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	full, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return full, os.WriteFile(full, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
}
