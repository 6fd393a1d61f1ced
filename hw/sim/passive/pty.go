// SPDX-License-Identifier: Apache-2.0

package passive

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A PTY is a pseudo terminal with an adapter behind it. Its clock must be the
// one on the wall. The rate of the port is the terminal's; the length of words
// is not, as a terminal always has 8 bits.
type PTY struct {
	// Name is the file to open.
	Name    string
	Adapter *Adapter

	bits   int
	master *os.File
	wg     sync.WaitGroup
}

// OpenPTY puts an adapter behind a new pseudo terminal. bits is the length of
// words at 115200 baud; at other rates it is 8.
func OpenPTY(a *Adapter, bits int) (*PTY, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening /dev/ptmx: %w", err)
	}
	n, err := prepare(fd)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("preparing a pseudo terminal: %w", err)
	}
	p := &PTY{Name: "/dev/pts/" + strconv.Itoa(n), Adapter: a, bits: bits, master: os.NewFile(uintptr(fd), "/dev/ptmx")}
	p.wg.Go(p.fromHost)
	p.wg.Go(p.toHost)
	return p, nil
}

const pause = 2 * time.Millisecond

func isClosed(err error) bool { return errors.Is(err, os.ErrClosed) }

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
	p.Adapter.Close()
	p.wg.Wait()
	return err
}

// fromHost passes on what the host writes. While nobody has the terminal open,
// reads fail.
func (p *PTY) fromHost() {
	buf := make([]byte, 512)
	for {
		n, err := p.master.Read(buf)
		switch {
		case n > 0:
			p.mode()
			p.Adapter.Write(buf[:n])
		case isClosed(err):
			return
		default:
			if p.Adapter.clock.Sleep(p.Adapter.ctx, pause) != nil {
				return
			}
		}
	}
}

// mode takes over the rate that the host has set.
func (p *PTY) mode() {
	baud := 9600
	raw, err := p.master.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			return
		}
		baud = rates()[t.Cflag&unix.CBAUD]
	})
	switch baud {
	case 0:
		p.Adapter.SetMode(9600, 8)
	case 115200:
		p.Adapter.SetMode(baud, p.bits)
	default:
		p.Adapter.SetMode(baud, 8)
	}
}

func rates() map[uint32]int {
	return map[uint32]int{
		unix.B4800: 4800, unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400, unix.B57600: 57600, unix.B115200: 115200,
	}
}

// toHost passes on what comes back.
func (p *PTY) toHost() {
	buf := make([]byte, 256)
	for {
		n, err := p.Adapter.Read(buf)
		if err != nil {
			return
		}
		if _, err := p.master.Write(buf[:n]); isClosed(err) {
			return
		}
	}
}
