// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"errors"
	"syscall"

	"owfs/hw"
	"owfs/transport"
)

// fault makes sure that an error has a cause that a client understands: what
// the line and the adapter say becomes EIO, what the bus master or the chip
// can't do ENOTSUP.
func fault(err error) error {
	var errno syscall.Errno
	switch {
	case err == nil, errors.As(err, &errno),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errors.ErrUnsupported):
		return transport.Cause(syscall.ENOTSUP, "%v", err)
	case hw.IsLine(err):
		return transport.Cause(syscall.EIO, "%v (check the cabling; it was tried three times)", err)
	}
	return transport.Cause(syscall.EIO, "%v", err)
}
