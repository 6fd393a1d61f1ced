// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"log/slog"
	"log/syslog"
	"os"
	"os/signal"
	"syscall"

	"owfs/config"
)

// newLog returns the log that the configuration asks for, and its level.
func newLog(cfg *config.Config, stderr io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(config.LogLevel(cfg.Log.ErrorLevel))
	_, behind := os.LookupEnv(readyEnv)
	out, clock := stderr, true
	switch p := cfg.Log.ErrorPrint; {
	case p == config.PrintNone:
		out = io.Discard
	case p == config.PrintSyslog, p == config.PrintMixed && behind:
		if w, err := syslog.New(syslog.LOG_DAEMON|syslog.LOG_NOTICE, "owfs"); err == nil {
			out, clock = w, false
		}
	}
	if os.Getenv("JOURNAL_STREAM") != "" {
		clock = false
	}
	h := slog.NewTextHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if !clock && len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	return slog.New(h), level
}

// levels lets a user change the log level while the program runs: SIGUSR1 for
// more, SIGUSR2 for less. apply is told the new level.
func levels(ctx context.Context, log *slog.Logger, level *slog.LevelVar, apply func(slog.Level)) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	defer signal.Stop(signals)
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-signals:
			now := level.Level() + 4
			if s == syscall.SIGUSR1 {
				now = level.Level() - 4
			}
			now = min(max(now, config.LevelTrace), slog.LevelError)
			level.Set(now)
			apply(now)
			log.Log(ctx, max(now, slog.LevelInfo), "log level changed", "level", now)
		}
	}
}
