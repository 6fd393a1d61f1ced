// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"owfs/config"
)

// A Journal is the program's log. Where it is written to changes once, when
// the process has gone to the background.
type Journal struct {
	*slog.Logger
	Level *slog.LevelVar
	out   *outlet

	print      config.ErrorPrint
	stderr     *os.File
	keepStderr bool // it is a file, which the background may go on writing
}

// NewJournal returns a log that goes where the configuration and the stage say.
func NewJournal(cfg *config.Config, stderr *os.File) *Journal {
	j := &Journal{Level: new(slog.LevelVar), out: &outlet{}, print: cfg.Log.ErrorPrint, stderr: stderr}
	info, err := stderr.Stat()
	j.keepStderr = err == nil && info.Mode().IsRegular() && (j.print == config.PrintStderr || !haveSyslog())
	j.Level.Set(config.LogLevel(cfg.Log.ErrorLevel))
	j.choose(StageNow() == Settled)
	h := slog.NewTextHandler(j.out, &slog.HandlerOptions{Level: j.Level, ReplaceAttr: j.out.dropClock})
	j.Logger = slog.New(h)
	return j
}

// choose says where the log goes: to standard error while somebody may see it,
// behind to the system log, unless the user has sent standard error to a file.
func (j *Journal) choose(behind bool) {
	switch {
	case j.print == config.PrintNone:
		j.out.set(io.Discard, false)
	case j.print == config.PrintSyslog, behind && !j.keepStderr:
		j.out.set(&lateSyslog{}, false)
	default:
		j.out.set(j.stderr, os.Getenv("JOURNAL_STREAM") == "")
	}
}

// Settle goes to the background for good.
func (j *Journal) Settle() error {
	if StageNow() == WaitedFor && !j.keepStderr && j.print != config.PrintNone && !haveSyslog() {
		j.Warn("there is no system log: messages are lost until there is one; see --foreground and --error_print")
	}
	if err := settle(j.keepStderr); err != nil {
		return err
	}
	j.choose(StageNow() == Settled)
	return nil
}

// LevelSignals asks for the signals that change the log level: without a
// receiver they would end the process.
func LevelSignals() chan os.Signal {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	return signals
}

// Levels lets a user change the log level while the program runs: SIGUSR1 for
// more, SIGUSR2 for less. apply is told the new level.
func (j *Journal) Levels(ctx context.Context, signals <-chan os.Signal, apply func(slog.Level)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-signals:
			now := j.Level.Level() + 4
			if s == syscall.SIGUSR1 {
				now = j.Level.Level() - 4
			}
			now = min(max(now, config.LevelTrace), slog.LevelError)
			j.Level.Set(now)
			apply(now)
			j.Log(ctx, max(now, slog.LevelInfo), "log level changed", "level", now)
		}
	}
}
