// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"io"
	"log/slog"
	"log/syslog"
	"sync"
)

// An outlet is a writer whose target can change.
type outlet struct {
	mu    sync.Mutex
	to    io.Writer
	clock bool // records carry the time
}

func (o *outlet) set(to io.Writer, clock bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to, o.clock = to, clock
}

func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.to.Write(p)
}

// dropClock takes the time out of records for those who note it themselves.
func (o *outlet) dropClock(groups []string, a slog.Attr) slog.Attr {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.clock && len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// A lateSyslog writes to the system log. While there is none, as early in the
// start of a machine, it tries again with each message.
type lateSyslog struct{ log *syslog.Writer }

func (l *lateSyslog) Write(p []byte) (int, error) {
	if l.log == nil {
		log, err := dialSyslog()
		if err != nil {
			return 0, err
		}
		l.log = log
	}
	return l.log.Write(p)
}

func dialSyslog() (*syslog.Writer, error) {
	return syslog.New(syslog.LOG_DAEMON|syslog.LOG_NOTICE, program())
}

func haveSyslog() bool {
	log, err := dialSyslog()
	if err != nil {
		return false
	}
	log.Close()
	return true
}
