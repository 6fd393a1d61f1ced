// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"errors"
	"syscall"

	"owfs/owproto"
	"owfs/transport"
)

// fault turns the client's error into one of the transport's. What the peer
// said becomes an errno; that the peer said nothing becomes EIO.
func (p *Peer) fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var said owproto.Errno
	if errors.As(err, &said) {
		errno := errnoOf(said)
		if errno == syscall.ENOENT {
			return errno
		}
		return transport.Cause(errno, "owserver %s: %v", p.Addr, said)
	}
	return transport.Cause(syscall.EIO, "owserver %s: %v", p.Addr, err)
}

// said tells whether the peer answered, if only with an error.
func said(err error) bool {
	var errno owproto.Errno
	return err == nil || errors.As(err, &errno)
}

// errnoOf translates a return value of the wire. Owserver says -1 of every
// path it can't follow, which is ENOENT here; its other numbers are errnos.
// Numbers that are internal to it, or mean trouble between servers, are EIO.
func errnoOf(e owproto.Errno) syscall.Errno {
	switch errno := syscall.Errno(e); errno {
	case 1:
		return syscall.ENOENT
	case syscall.ENOENT, syscall.EIO, syscall.ENOMEM, syscall.EACCES,
		syscall.EFAULT, syscall.EBUSY, syscall.ENODEV, syscall.ENOTDIR,
		syscall.EISDIR, syscall.EINVAL, syscall.EROFS, syscall.ERANGE,
		syscall.EMSGSIZE, syscall.ENOTSUP, syscall.EADDRINUSE,
		syscall.EADDRNOTAVAIL, syscall.ECONNABORTED, syscall.ENOBUFS:
		return errno
	}
	return syscall.EIO
}
