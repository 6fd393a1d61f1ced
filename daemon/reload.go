// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"owfs/config"
)

// ErrChanged ends the program's tasks when a config file has changed.
var ErrChanged = errors.New("configuration changed")

// interval is how often config files are looked at.
const interval = time.Second

// Watch waits until a config file has changed into one that can be used, as
// usable tells, and returns ErrChanged then. One that can't is reported once,
// and the program goes on as it is. was are the stamps of the files as they
// were read.
func Watch(ctx context.Context, log *slog.Logger, files []string, was string, usable func() error) error {
	for len(files) > 0 {
		if was = changed(ctx, files, was); was == "" {
			break
		}
		err := usable()
		if err == nil {
			log.Warn("a config file has changed; starting anew", "files", files)
			return ErrChanged
		}
		log.Error("a config file has changed but can't be used; going on as before", "err", err)
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
		now := Stamps(files)
		if now != was && now == before {
			return now
		}
		before = now
	}
}

// Reread reads the configuration that the program would start with now.
func Reread() (*config.Config, error) {
	return config.Parse(os.Args[0], os.Args[1:], config.Env{Open: openFromOrigin})
}

func openFromOrigin(name string) (io.ReadCloser, error) { return os.Open(FullName(name)) }

// Stamps sums up what the files look like from outside.
func Stamps(files []string) string {
	var all strings.Builder
	for _, name := range files {
		fmt.Fprint(&all, name)
		if info, err := os.Stat(FullName(name)); err == nil {
			fmt.Fprint(&all, " ", info.ModTime().UnixNano(), " ", info.Size())
		}
		fmt.Fprintln(&all)
	}
	return all.String()
}

// Restart takes the place of this process with the program as it starts with
// the new configuration, and hands it these files under the numbers that they
// have.
func Restart(hand ...*os.File) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Chdir(origin); err != nil {
		return fmt.Errorf("starting anew: %w", err)
	}
	CloseOnExec()
	for _, f := range hand {
		if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0); err != nil {
			return fmt.Errorf("handing over %s: %w", f.Name(), err)
		}
	}
	return syscall.Exec(self, os.Args, os.Environ())
}
