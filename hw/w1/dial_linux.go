// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"os"

	"golang.org/x/sys/unix"
)

// Dial opens a socket to the kernel's connector. Events come to those only that
// are bound to their group, for which the right CAP_NET_ADMIN is needed.
// Answers go to the one who asked, since Linux 3.15.
func Dial(events bool) (Socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	address := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if events {
		address.Groups = 1 << (eventGroup - 1)
	}
	if err := unix.Bind(fd, address); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	// Connected to the kernel, the socket takes nothing from anybody else.
	if err := unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("connect", err)
	}
	return newSocket(fd), nil
}
