// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// A serialPort is a port of this machine.
type serialPort struct {
	serial.Port
	lock     int // a descriptor of the same port
	deadline time.Time
}

// openSerial opens a port that nobody else has. Programs tell each other by a
// lock on the file; what the kernel has for it does not keep root out.
func openSerial(name string) (Port, error) {
	lock, err := lockPort(name)
	if err != nil {
		return nil, err
	}
	port, err := serial.Open(name, &serial.Mode{BaudRate: 9600})
	if err != nil {
		unix.Close(lock)
		return nil, plain(err)
	}
	// A DS9097U has its power from these lines. Not all ports have them.
	port.SetDTR(true)
	port.SetRTS(true)
	return &serialPort{Port: port, lock: lock}, nil
}

func lockPort(name string) (fd int, err error) {
	// Without O_NONBLOCK a port without carrier would not open.
	fd, err = unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, plain(err)
	}
	if _, err = unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("this is not a serial port: %w", err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		return -1, plain(err)
	}
	return fd, nil
}

// plain makes the causes that users meet into errors that can be told apart.
func plain(err error) error {
	var e *serial.PortError
	switch {
	case errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.EWOULDBLOCK),
		errors.As(err, &e) && e.Code() == serial.PortBusy:
		return ErrInUse
	case errors.Is(err, fs.ErrPermission), errors.As(err, &e) && e.Code() == serial.PermissionDenied:
		return fs.ErrPermission
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV),
		errors.As(err, &e) && e.Code() == serial.PortNotFound:
		return fs.ErrNotExist
	}
	return err
}

// permissionHint names the group that may use a port.
func permissionHint(name string) string {
	group := "dialout"
	if st, err := os.Stat(name); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			if g, err := user.LookupGroupId(strconv.Itoa(int(sys.Gid))); err == nil && sys.Gid != 0 {
				group = g.Name
			}
		}
	}
	return fmt.Sprintf("add the user that runs this to the group %s (usermod -aG %s USER), or give the port to another by a udev rule", group, group)
}

// SetReadDeadline implements Port.
func (p *serialPort) SetReadDeadline(t time.Time) error {
	p.deadline = t
	return nil
}

// Read implements Port.
func (p *serialPort) Read(b []byte) (int, error) {
	wait := max(0, time.Until(p.deadline))
	if err := p.Port.SetReadTimeout(wait); err != nil {
		return 0, err
	}
	n, err := p.Port.Read(b)
	if n == 0 && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// Write implements Port.
func (p *serialPort) Write(b []byte) (n int, err error) {
	for n < len(b) {
		m, err := p.Port.Write(b[n:])
		n += m
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
	return n, nil
}

// SetBaud implements Port.
func (p *serialPort) SetBaud(rate int) error {
	return p.Port.SetMode(&serial.Mode{BaudRate: rate})
}

// Break implements Port. Not all ports can; the chip may then still be reached.
func (p *serialPort) Break(d time.Duration) error {
	err := p.Port.Break(d)
	if errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EINVAL) {
		return errors.ErrUnsupported
	}
	return err
}

// Close implements Port. The kernel sends what was written before it closes.
func (p *serialPort) Close() error {
	err := p.Port.Close()
	unix.Close(p.lock)
	return err
}
