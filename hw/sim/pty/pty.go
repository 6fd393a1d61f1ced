// SPDX-License-Identifier: Apache-2.0

// Package pty makes pseudo terminals, behind which emulated adapters stand in
// for serial ports.
package pty

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// A Terminal is the adapter's end of a pseudo terminal. Name is the file that
// the program under test opens.
type Terminal struct {
	*os.File
	Name string
}

// Open makes a terminal that carries bytes as they are, with no echo, at 9600
// baud.
func Open() (*Terminal, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening /dev/ptmx: %w", err)
	}
	n, err := prepare(fd)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("preparing a pseudo terminal: %w", err)
	}
	return &Terminal{os.NewFile(uintptr(fd), "/dev/ptmx"), "/dev/pts/" + strconv.Itoa(n)}, nil
}

// prepare unlocks the terminal and returns its number.
func prepare(fd int) (n int, err error) {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return 0, err
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return 0, err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B9600
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return 0, err
	}
	return unix.IoctlGetInt(fd, unix.TIOCGPTN)
}

// Rate is the rate in baud that the program has set; 9600 if it is none that an
// adapter is asked for.
func (t *Terminal) Rate() int {
	rate := 0
	if raw, err := t.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			if now, err := unix.IoctlGetTermios(int(fd), unix.TCGETS); err == nil {
				rate = rates()[now.Cflag&unix.CBAUD]
			}
		})
	}
	if rate == 0 {
		return 9600
	}
	return rate
}

func rates() map[uint32]int {
	return map[uint32]int{
		unix.B4800: 4800, unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400, unix.B57600: 57600, unix.B115200: 115200,
	}
}
