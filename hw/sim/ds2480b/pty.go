// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A PTY is a pseudo terminal with a chip behind it. Its clock must be the one
// on the wall. What a terminal can't carry is left out: the chip sees no break;
// instead it is reset each time the last program that had the terminal open has
// closed it. The rate of the host is the terminal's.
type PTY struct {
	// Name is the file to open.
	Name  string
	Cable *Cable

	master *os.File
	wg     sync.WaitGroup
}

// OpenPTY puts a chip behind a new pseudo terminal.
func OpenPTY(chip *Chip) (*PTY, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening /dev/ptmx: %w", err)
	}
	n, err := prepare(fd)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("preparing a pseudo terminal: %w", err)
	}
	p := &PTY{
		Name:   "/dev/pts/" + strconv.Itoa(n),
		Cable:  plug(chip, true),
		master: os.NewFile(uintptr(fd), "/dev/ptmx"),
	}
	p.wg.Go(p.fromHost)
	p.wg.Go(p.toHost)
	return p, nil
}

// prepare unlocks the terminal, returns its number, and makes it carry bytes as
// they are, with no echo.
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

// Close takes the terminal away.
func (p *PTY) Close() error {
	err := p.master.Close()
	p.Cable.Close()
	p.wg.Wait()
	return err
}

// fromHost passes on what the host writes.
func (p *PTY) fromHost() {
	buf := make([]byte, 512)
	open := false
	for {
		n, err := p.master.Read(buf)
		switch {
		case n > 0:
			open = true
			p.Cable.SetBaud(p.baud())
			p.Cable.Write(buf[:n])
		case errors.Is(err, unix.EIO): // nobody has the terminal open
			if open {
				p.Cable.Break(time.Millisecond)
			}
			open = false
			if p.Cable.clock.Sleep(p.Cable.ctx, 2*time.Millisecond) != nil {
				return
			}
		case err != nil:
			return
		}
	}
}

// baud is the rate that the host has set.
func (p *PTY) baud() int {
	rate := 9600
	raw, err := p.master.SyscallConn()
	if err != nil {
		return rate
	}
	raw.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			return
		}
		switch t.Cflag & unix.CBAUD {
		case unix.B4800:
			rate = 4800
		case unix.B19200:
			rate = 19200
		case unix.B57600:
			rate = 57600
		case unix.B115200:
			rate = 115200
		}
	})
	return rate
}

// toHost passes on what the chip answers.
func (p *PTY) toHost() {
	buf := make([]byte, 64)
	for {
		n, err := p.Cable.Read(buf)
		if err != nil {
			return
		}
		if _, err := p.master.Write(buf[:n]); err != nil && !errors.Is(err, context.Canceled) {
			return
		}
	}
}
