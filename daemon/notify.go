// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"fmt"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// NotifyReady tells systemd that the program serves.
func NotifyReady() { tellSystemd(daemon.SdNotifyReady) }

// NotifyEnd tells systemd that the program ends, for ever or to come back anew.
func NotifyEnd(reload bool) {
	state := daemon.SdNotifyStopping
	if reload {
		state = daemon.SdNotifyReloading + "\n" + monotonic()
	}
	tellSystemd(state)
}

// tellSystemd does nothing where systemd has not asked to be told. Nothing can
// be done about a failure: it is systemd that would have to hear of it.
func tellSystemd(state string) { _, _ = daemon.SdNotify(false, state) }

// monotonic is the time as systemd wants it with a reload.
func monotonic() string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return ""
	}
	return fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000)
}
