// SPDX-License-Identifier: Apache-2.0

//go:build unix && !aix && !solaris && !illumos

package owproto

import (
	"errors"
	"net"
	"syscall"
)

// nothingToRead tells whether an idle connection is open and silent. It asks
// the system only, and waits for nothing. A connection that is no socket is believed.
func nothingToRead(nc net.Conn) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	// Control and not Read: the read deadline of the last call may have passed.
	err = rc.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
	})
	return err == nil && silent
}
