// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"syscall"
	"time"

	"owfs/config"
)

// errChanged ends the program's tasks when a config file has changed.
var errChanged = errors.New("configuration changed")

// look is how often config files are looked at.
const look = 2 * time.Second

// watch waits until a config file has changed into one that can be read. One
// that can't is reported once, and the program goes on as it is.
func watch(ctx context.Context, files []string, log *slog.Logger) (changed bool, err error) {
	if len(files) == 0 {
		<-ctx.Done()
		return false, nil
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for was := stamps(files); ; {
		select {
		case <-ctx.Done():
			return false, nil
		case <-tick.C:
		}
		now := stamps(files)
		if now == was {
			continue
		}
		was = now
		if _, err := config.Parse(os.Args[0], os.Args[1:], config.Env{}); err != nil {
			log.Error("a config file has changed but can't be used; going on as before", "err", err)
			continue
		}
		log.Warn("a config file has changed; starting anew", "files", files)
		return true, errChanged
	}
}

// stamps sums up what the files look like from outside.
func stamps(files []string) string {
	var all string
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			all += info.ModTime().String() + info.Name() + string(rune(info.Size()))
		}
	}
	return all
}

// restart takes the place of this process with the program as it starts with
// the new configuration.
func restart(log *slog.Logger) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, os.Environ())
}
