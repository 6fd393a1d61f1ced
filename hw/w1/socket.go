// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"context"
	"errors"
	"os"
	"time"
)

// A Socket carries datagrams of the connector to the kernel and back.
type Socket interface {
	Send(p []byte) error
	// Receive waits for a datagram until ctx ends.
	Receive(ctx context.Context, p []byte) (int, error)
	Close() error
}

// newSocket makes a Socket of a file descriptor that keeps datagrams apart and
// does not block.
func newSocket(fd int) Socket { return &socket{os.NewFile(uintptr(fd), "netlink connector")} }

type socket struct{ file *os.File }

func (s *socket) Send(p []byte) error {
	_, err := s.file.Write(p)
	return err
}

func (s *socket) Receive(ctx context.Context, p []byte) (int, error) {
	if err := s.file.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, func() { s.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	n, err := s.file.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		err = ctx.Err()
	}
	return n, err
}

func (s *socket) Close() error { return s.file.Close() }
