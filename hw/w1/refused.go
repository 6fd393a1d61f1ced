// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"errors"
	"os"
	"syscall"
)

// Reason says in one sentence why netlink is refused, and what mends it. It is
// "" for other errors.
func Reason(err error) string {
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return "the right CAP_NET_ADMIN is missing: run as root, in systemd with AmbientCapabilities=CAP_NET_ADMIN, in a container with --cap-add NET_ADMIN"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the kernel's connector is reached from the host's network namespace alone: run the container with --network host"
	case errors.Is(err, syscall.EAFNOSUPPORT):
		return "netlink is forbidden to this process: in systemd, add AF_NETLINK to RestrictAddressFamilies; in a container, see its seccomp profile"
	case errors.Is(err, syscall.EPROTONOSUPPORT):
		return "this kernel has no connector (CONFIG_CONNECTOR)"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "the kernel's w1 does not answer by netlink (CONFIG_W1_CON)"
	}
	return ""
}

// ErrNoW1 means that the kernel has no w1 (yet).
var ErrNoW1 = errors.New("the kernel's w1 is not loaded: modprobe wire, and the driver of the bus master (w1-gpio, ds2482, ds2490)")
