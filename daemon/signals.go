// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"os"
	"os/signal"
	"syscall"
)

// Ends are the signals that end the program. Who starts it with nohup wants it
// to live on when the terminal hangs up.
func Ends() []os.Signal {
	all := []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}
