// SPDX-License-Identifier: Apache-2.0

// Package serialport opens serial ports of this machine, so that no two programs
// have one at the same time, and with errors that can be told apart.
package serialport

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

// ErrInUse is a port that another program has.
var ErrInUse = errors.New("the port is in use")

// A Port carries bytes as they are, without parity. One goroutine may read and
// another write.
type Port struct {
	port     serial.Port
	lock     int // a descriptor of the same port
	deadline time.Time
}

// Open opens a port, such as /dev/ttyUSB0, at 9600 baud with words of 8 bits. The
// error is ErrInUse, fs.ErrNotExist, fs.ErrPermission, or what the system said,
// or wraps one of them.
func Open(name string) (*Port, error) {
	lock, err := lockPort(name)
	if err != nil {
		return nil, err
	}
	port, err := serial.Open(name, &serial.Mode{BaudRate: 9600})
	if err != nil {
		unix.Close(lock)
		return nil, plain(err)
	}
	return &Port{port: port, lock: lock}, nil
}

// lockPort locks the file: what the kernel has to keep others out of a port does
// not keep root out.
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

// Hint says what may help against an error of Open, or "".
func Hint(name string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is the adapter plugged in? ls /dev/serial/by-id shows those that are"
	case errors.Is(err, fs.ErrPermission):
		group := groupOf(name)
		return fmt.Sprintf("add the user that runs this to the group %s (usermod -aG %s USER), or give the port to another by a udev rule", group, group)
	case errors.Is(err, ErrInUse):
		return "end the program that has it: fuser -v " + name
	}
	return ""
}

// groupOf names the group that may use a port.
func groupOf(name string) string {
	const usual = "dialout"
	st, err := os.Stat(name)
	if err != nil {
		return usual
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok || sys.Gid == 0 {
		return usual
	}
	g, err := user.LookupGroupId(strconv.Itoa(int(sys.Gid)))
	if err != nil {
		return usual
	}
	return g.Name
}

// SetReadDeadline makes a Read that waits for longer fail with
// os.ErrDeadlineExceeded. With a time that has passed, Read returns what has come
// already.
func (p *Port) SetReadDeadline(t time.Time) error {
	p.deadline = t
	return nil
}

// Read implements io.Reader.
func (p *Port) Read(b []byte) (int, error) {
	if err := p.port.SetReadTimeout(max(0, time.Until(p.deadline))); err != nil {
		return 0, err
	}
	n, err := p.port.Read(b)
	if n == 0 && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// Write implements io.Writer.
func (p *Port) Write(b []byte) (n int, err error) {
	for n < len(b) {
		m, err := p.port.Write(b[n:])
		n += m
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
	return n, nil
}

// SetMode changes the rate and the length of words, 5 to 8 bits. That is at once,
// also for words on their way: the caller waits until they have left.
func (p *Port) SetMode(baud, bits int) error {
	return p.port.SetMode(&serial.Mode{BaudRate: baud, DataBits: bits})
}

// Raise sets DTR and RTS, from which adapters have their power. Not all ports have
// them.
func (p *Port) Raise() {
	p.port.SetDTR(true)
	p.port.SetRTS(true)
}

// Break holds the line at start polarity for d. The error is
// errors.ErrUnsupported for a port that can't.
func (p *Port) Break(d time.Duration) error {
	err := p.port.Break(d)
	if errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EINVAL) {
		return errors.ErrUnsupported
	}
	return err
}

// Close gives the port back. The kernel sends what was written before it closes.
func (p *Port) Close() error {
	err := p.port.Close()
	unix.Close(p.lock)
	return err
}
