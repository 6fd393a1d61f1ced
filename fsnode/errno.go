// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"errors"
	"syscall"
)

// errno translates an error for the kernel. It is the only place that does.
// Whatever it does not know is EIO: ENOSYS in particular would make the kernel
// stop sending the request for as long as the mount lives.
func errno(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	switch {
	case errors.Is(err, context.Canceled):
		return syscall.EINTR
	case errors.Is(err, context.DeadlineExceeded):
		return syscall.EIO
	}
	var e syscall.Errno
	if !errors.As(err, &e) || e == syscall.ENOSYS || e == 0 {
		return syscall.EIO
	}
	return e
}
