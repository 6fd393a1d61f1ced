// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"owfs/config"
)

// errChanged ends the program's tasks when a config file has changed.
var errChanged = errors.New("configuration changed")

// interval is how often config files are looked at.
const interval = time.Second

// watch waits until a config file has changed into one that can be used. One
// that can't is reported once, and the program goes on as it is.
func (s *service) watch(ctx context.Context) error {
	for len(s.cfg.Files) > 0 {
		if s.files = changed(ctx, s.cfg.Files, s.files); s.files == "" {
			break
		}
		err := usable(s.cfg.Mount.Point)
		if err == nil {
			s.log.Warn("a config file has changed; starting anew", "files", s.cfg.Files)
			return errChanged
		}
		s.log.Error("a config file has changed but can't be used; going on as before", "err", err)
	}
	return nil
}

// changed waits until files look different, and have looked so for a while:
// somebody may still be writing. It returns their stamps then, or "" if the
// context ends first.
func changed(ctx context.Context, files []string, was string) string {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for before := ""; ; {
		select {
		case <-ctx.Done():
			return ""
		case <-tick.C:
		}
		now := stamps(files)
		if now != was && now == before {
			return now
		}
		before = now
	}
}

// usable tells whether the program would start with the config files as they
// are now. mounted is the place where it has its mount.
func usable(mounted string) error {
	cfg, err := config.Parse(os.Args[0], os.Args[1:], config.Env{Open: openFromOrigin})
	if err != nil {
		return err
	}
	if _, err := aliases(cfg); err != nil {
		return err
	}
	if cfg.Mount.Point != mounted {
		_, err = prepare(fullName(cfg.Mount.Point))
	}
	return err
}

func openFromOrigin(name string) (io.ReadCloser, error) { return os.Open(fullName(name)) }

// stamps sums up what the files look like from outside.
func stamps(files []string) string {
	var all strings.Builder
	for _, name := range files {
		fmt.Fprint(&all, name)
		if info, err := os.Stat(fullName(name)); err == nil {
			fmt.Fprint(&all, " ", info.ModTime().UnixNano(), " ", info.Size())
		}
		fmt.Fprintln(&all)
	}
	return all.String()
}

// restart takes the place of this process with the program as it starts with
// the new configuration.
func restart() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Chdir(origin); err != nil {
		return fmt.Errorf("starting anew: %w", err)
	}
	closeOnExec()
	return syscall.Exec(self, os.Args, os.Environ())
}
