// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A tcpPort is a serial port of another machine, whose rate is set there.
type tcpPort struct {
	*net.TCPConn
	deadline time.Time
}

func (p *tcpPort) SetBaud(int) error         { return errors.ErrUnsupported }
func (p *tcpPort) Break(time.Duration) error { return errors.ErrUnsupported }

func (p *tcpPort) SetReadDeadline(t time.Time) error {
	p.deadline = t
	return nil
}

// Read implements Port. A connection whose deadline has passed would not give
// what has come.
func (p *tcpPort) Read(b []byte) (int, error) {
	if time.Until(p.deadline) > 0 {
		if err := p.TCPConn.SetReadDeadline(p.deadline); err != nil {
			return 0, err
		}
		n, err := p.TCPConn.Read(b)
		if errors.Is(err, io.EOF) {
			err = ErrHungUp
		}
		return n, err
	}
	if err := p.TCPConn.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	raw, err := p.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var readErr error
	err = raw.Read(func(fd uintptr) bool {
		n, readErr = unix.Read(int(fd), b)
		return true
	})
	switch {
	case err != nil:
		return 0, err
	case errors.Is(readErr, unix.EAGAIN):
		return 0, os.ErrDeadlineExceeded
	case readErr != nil:
		return 0, readErr
	case n == 0:
		return 0, ErrHungUp
	}
	return n, nil
}
