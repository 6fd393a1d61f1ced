// SPDX-License-Identifier: Apache-2.0

//go:build unix && !aix && !solaris && !illumos

package owproto

import (
	"errors"
	"syscall"
)

// nothingToRead tells whether an idle socket is open and silent. It asks the
// system only, and waits for nothing.
func nothingToRead(rc syscall.RawConn) bool {
	silent := false
	// Control and not Read: the read deadline of the last call may have passed.
	err := rc.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
	})
	return err == nil && silent
}
